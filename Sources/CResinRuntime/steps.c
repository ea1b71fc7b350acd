// Running steps with denormals taken as zero. Values that die out layer by layer would otherwise cost over a hundred
// cycles each, and the result would depend on the state of whichever thread does the work.
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "resin_support.h"

// Flush results to zero, read denormals as zero, round to nearest, all exceptions masked.
#if defined(__x86_64__)

typedef unsigned int float_state;
enum { RUN_STATE = 0x9fc0 };

static inline float_state float_state_get(void) { return _mm_getcsr(); }
static inline void float_state_set(float_state state) { _mm_setcsr(state); }

#elif defined(__aarch64__)

typedef uint64_t float_state;
enum { RUN_STATE = 1 << 24 };

static inline float_state float_state_get(void) {
  float_state state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  return state;
}
static inline void float_state_set(float_state state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }

#endif

typedef struct guarded_work {
  resin_task task;
  const void *context;
} guarded_work;

static void guarded_task(const void *context, int32_t index) {
  const guarded_work *work = context;
  float_state before = float_state_get();
  float_state_set(RUN_STATE);
  work->task(work->context, index);
  float_state_set(before);
}

static void guarded_run(void *self, resin_task task, const void *context, int32_t count) {
  const resin_parallel *parallel = self;
  guarded_work work = {task, context};
  parallel->run(parallel->self, guarded_task, &work, count);
}

void RESIN_NAME(guarded_steps)(resin_steps steps, const void *const *bases, const resin_parallel *parallel,
                               int32_t first, int32_t last) {
  resin_parallel inner = {(void *)(uintptr_t)parallel, guarded_run};
  float_state before = float_state_get();
  float_state_set(RUN_STATE);
  steps(bases, parallel == NULL ? NULL : &inner, first, last);
  float_state_set(before);
}
