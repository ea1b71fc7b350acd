// LLVM's library allocates what it sets up before `main` begins, and aborts where a limit on memory leaves no room for
// that. The loader calls what is in `.preinit_array` before it initialises any library. Only a program may have that
// section, no library: hence a target of its own, for the program alone.
#include "early_limits.h"

#include "resin_host.h"

__attribute__((used, section(".preinit_array"))) static void (*const early_limits)(void) = resin_on_memory_limit;
