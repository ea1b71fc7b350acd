// The parts of LLVM's C interface that LLVMKit uses. `llvm-c` and `llvm` beside this file are links to the
// headers of Debian's package llvm-19-dev, which ships no pkg-config file.
#ifndef CLLVM_H
#define CLLVM_H

#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Object.h>
#include <llvm-c/Orc.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

#endif
