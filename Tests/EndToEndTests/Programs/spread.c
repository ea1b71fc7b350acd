// spread LIBRARY: parallel-fors of a caller's own: any number of threads, any order, threads that come and go. The bits
// are those of one thread, and every step's shares are done when the parallel-for returns.
#include <pthread.h>

#include "library.h"

enum { MAXIMUM_WORKERS = 7 };

typedef struct job {
  resin_task task;
  const void *context;
  int32_t first, count, step;
} job;


static void *work(void *argument) {
  const job *own = argument;
  for (int32_t index = own->first; index < own->count; index += own->step) own->task(own->context, index);
  return NULL;
}

// New threads for every step; the calling one does nothing.
static void on_new_threads(void *self, resin_task task, const void *context, int32_t count) {
  int workers = *(int *)self;
  pthread_t threads[MAXIMUM_WORKERS];
  job jobs[MAXIMUM_WORKERS];
  for (int i = 0; i < workers; i++) {
    jobs[i] = (job){task, context, i, count, workers};
    CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
  }
  for (int i = 0; i < workers; i++) pthread_join(threads[i], NULL);
}

static void backwards(void *self, resin_task task, const void *context, int32_t count) {
  (void)self;
  for (int32_t index = count - 1; index >= 0; index--) task(context, index);
}

// A stride that is prime to every number of shares that is no multiple of it.
static void scattered(void *self, resin_task task, const void *context, int32_t count) {
  (void)self;
  const int32_t stride = 7919;
  if (count % stride == 0) {
    backwards(self, task, context, count);
  } else {
    for (int32_t i = 0; i < count; i++) task(context, (int32_t)((int64_t)i * stride % count));
  }
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  void *handle;
  const resin_model *model = open_model(arguments[1], RTLD_NOW, &handle);
  context expected = make_context(model, 1), own = make_context(model, 1);
  CHECK(run(&expected, NULL) == RESIN_OK);
  for (int workers = 1; workers <= MAXIMUM_WORKERS; workers++) {
    resin_parallel parallel = {&workers, on_new_threads};
    for (int round = 0; round < 5; round++) {
      CHECK(run(&own, &parallel) == RESIN_OK);
      CHECK(same_outputs(&own, &expected));
    }
  }
  resin_parallel orders[] = {{NULL, backwards}, {NULL, scattered}};
  for (int order = 0; order < 2; order++) {
    CHECK(run(&own, &orders[order]) == RESIN_OK);
    CHECK(same_outputs(&own, &expected));
  }
  return 0;
}
