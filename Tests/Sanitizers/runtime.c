// The C runtime by itself: `runtime FOLDER`, built with a sanitizer.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resin_host.h"
#include "resin_support.h"

#define CHECK(condition) \
  if (!(condition)) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)

enum { SHARES = 97, CALLERS = 3 };

// What a run works on.
typedef struct board {
  int values[SHARES];
  const resin_parallel *nested;
} board;

static void add_one(const void *context, int32_t index) { ((board *)(void *)context)->values[index]++; }

static void nest(const void *context, int32_t index) {
  const board *outer = context;
  board inner = {{0}, NULL};
  outer->nested->run(outer->nested->self, add_one, &inner, 5);
  for (int i = 0; i < 5; i++) CHECK(inner.values[i] == 1);
  add_one(context, index);
}

static void *many_runs(void *argument) {
  const resin_parallel *parallel = argument;
  board work = {{0}, parallel};
  for (int round = 1; round <= 200; round++) {
    parallel->run(parallel->self, round % 50 == 0 ? nest : add_one, &work, SHARES);
    // What one run has written, the next reads on another thread.
    for (int i = 0; i < SHARES; i++) CHECK(work.values[i] == round);
  }
  return NULL;
}

static void pools(void) {
  CHECK(resin_pool_create(-1) == NULL && resin_pool_create(RESIN_MAXIMUM_THREADS + 1) == NULL);
  CHECK(resin_pool_parallel(NULL) == NULL);
  resin_pool_destroy(NULL);
  for (int threads = 1; threads <= 5; threads++) {
    resin_pool *pool = resin_pool_create(threads);
    CHECK(pool != NULL);
    void *parallel = (void *)resin_pool_parallel(pool);
    pthread_t callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) CHECK(pthread_create(&callers[i], NULL, many_runs, parallel) == 0);
    for (int i = 0; i < CALLERS; i++) CHECK(pthread_join(callers[i], NULL) == 0);
    resin_pool_destroy(pool);
  }
  for (int round = 0; round < 50; round++) resin_pool_destroy(resin_pool_create(1 + round % 4));
  // As many threads as there are CPUs to use, and destroyed by nobody but the end of the process.
  resin_pool *left = resin_pool_create(0);
  CHECK(left != NULL);
  many_runs((void *)resin_pool_parallel(left));
}

static void steps(const void *const *bases, const resin_parallel *parallel, int32_t first, int32_t last) {
  board *work = (board *)(void *)bases[0];
  for (int32_t step = first; step < last; step++) {
    if (parallel != NULL)
      parallel->run(parallel->self, add_one, work, SHARES);
    else
      for (int32_t i = 0; i < SHARES; i++) add_one(work, i);
  }
}

static void guarded(void) {
  board work = {{0}, NULL};
  const void *bases[] = {&work};
  resin_pool *pool = resin_pool_create(3);
  resin_guarded_steps(steps, bases, resin_pool_parallel(pool), 0, 4);
  resin_guarded_steps(steps, bases, NULL, 4, 5);
  resin_pool_destroy(pool);
  for (int i = 0; i < SHARES; i++) CHECK(work.values[i] == 5);
}

static void weights(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/weights", folder);
  unsigned char bytes[RESIN_WEIGHTS_HEADER_BYTES + 100];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7);
  for (size_t length = 0; length < sizeof bytes; length += 37) {
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
    const void *mapped = bytes;
    CHECK(resin_weights_file_map(path, "model", 100, 1, &mapped) == RESIN_BAD_WEIGHTS && mapped == NULL);
    (void)resin_weights_checksum(bytes + length % 5, length);
  }
  const void *mapped;
  CHECK(resin_weights_file_map("/nonexistent", "model", 100, 1, &mapped) == RESIN_CANNOT_OPEN_WEIGHTS);
  CHECK(resin_weights_file_map(NULL, "model", 100, 1, &mapped) == RESIN_NULL_POINTER);
  resin_weights_file_unmap(NULL, 100);
}

static void programs(const char *folder) {
  const char *fine[] = {"true", NULL}, *failing[] = {"false", NULL}, *missing[] = {"no-such-program", NULL};
  CHECK(resin_spawn(fine, folder, "log") == 0);
  CHECK(resin_spawn(failing, folder, "log") == 1);
  CHECK(resin_spawn(missing, folder, "log") != 0);
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  pools();
  guarded();
  weights(arguments[1]);
  programs(arguments[1]);
  char name[8];
  resin_cpu_name(name, sizeof name);
  CHECK(strlen(name) < sizeof name);
  // SSE2, and a leaf that no CPU has.
  const resin_cpu_feature features[] = {{"sse2", 1, 0, 3, 26, 0}, {"none", 0x7fffffff, 0, 0, 0, 0}};
  CHECK(resin_cpu_features(features, 2) == 1);
  resin_cpu_note_missing(features, 2, 2);
  CHECK(strcmp(resin_error(RESIN_UNSUPPORTED_CPU), "the CPU lacks a required feature: none") == 0);
  for (int code = -1; code < 20; code++) CHECK(strlen(resin_error(code)) > 5);
  return 0;
}
