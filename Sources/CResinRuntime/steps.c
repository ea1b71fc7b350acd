// Running steps with denormals taken as zero. Values that die out layer by layer would otherwise cost over a hundred
// cycles each, and the result would depend on the state of whichever thread does the work.
#include <xmmintrin.h>

#include "resin_support.h"

// Flush results to zero, read denormals as zero, round to nearest, all exceptions masked.
enum { RUN_STATE = 0x9fc0 };

typedef struct guarded_work {
  resin_task task;
  const void *context;
} guarded_work;

static void guarded_task(const void *context, int32_t index) {
  const guarded_work *work = context;
  unsigned int before = _mm_getcsr();
  _mm_setcsr(RUN_STATE);
  work->task(work->context, index);
  _mm_setcsr(before);
}

static void guarded_run(void *self, resin_task task, const void *context, int32_t count) {
  const resin_parallel *parallel = self;
  guarded_work work = {task, context};
  parallel->run(parallel->self, guarded_task, &work, count);
}

void RESIN_NAME(guarded_steps)(resin_steps steps, const void *const *bases, const resin_parallel *parallel,
                               int32_t first, int32_t last) {
  resin_parallel inner = {(void *)(uintptr_t)parallel, guarded_run};
  unsigned int before = _mm_getcsr();
  _mm_setcsr(RUN_STATE);
  steps(bases, parallel == NULL ? NULL : &inner, first, last);
  _mm_setcsr(before);
}
