// SwiftPM asks for a source file in every C target; LLVM's is in its shared library.
#include "CLLVM.h"
