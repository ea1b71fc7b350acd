// Return codes in words.
#include "resin_support.h"

// What a library for several sizes says of those that it has code for.
#ifndef RESIN_SIZES
#define RESIN_SIZES ""
#endif

const char *RESIN_NAME(error)(int32_t code) {
  switch (code) {
    case RESIN_OK: return "no error";
    case RESIN_NULL_POINTER: return "a required pointer is NULL";
    case RESIN_WORKSPACE_TOO_SMALL: return "the workspace is too small";
    case RESIN_WORKSPACE_MISALIGNED: return "the workspace is not aligned";
    case RESIN_UNSUPPORTED_CPU: return RESIN_NAME(cpu_refusal)();
    case RESIN_BAD_WEIGHTS: return "the weights are missing, damaged or another model's";
    case RESIN_CANNOT_OPEN_WEIGHTS: return "the file of weights cannot be opened or mapped";
    case RESIN_BAD_STEPS: return "the range of steps lies outside the model";
    case RESIN_BAD_BATCH: return "the library has no code for this number of images";
    case RESIN_BAD_SIZES: return "the library has no code for these sizes" RESIN_SIZES;
    case RESIN_BAD_PICTURE: return "the picture has no pixels, a size that the model does not take, or no known format";
    case RESIN_NO_MEMORY: return "the system gives no memory to resize the picture in";
    default: return "unknown code";
  }
}
