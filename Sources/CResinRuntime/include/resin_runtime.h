// The interface between compiled models and whoever runs them.
#ifndef RESIN_RUNTIME_H
#define RESIN_RUNTIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One share of a step's work: `context` is what the step gave, `index` counts from 0.
typedef void (*resin_task)(const void *context, int32_t index);

// How a model runs the shares of a step. `run` calls task(context, i) once for every i in 0..<count, on any
// threads, and returns when all are done. Which thread takes which share never changes the result.
typedef struct resin_parallel {
  void *self;
  void (*run)(void *self, resin_task task, const void *context, int32_t count);
} resin_parallel;

// What the compiler emits for a model: runs the steps first..<last. bases[0] is the packed weights, bases[1] the
// workspace, then the inputs in order, then the outputs. Without `parallel` (NULL) the calling thread does all.
typedef void (*resin_steps)(const void *const *bases, const resin_parallel *parallel, int32_t first,
                            int32_t last);

#ifdef __cplusplus
}
#endif

#endif
