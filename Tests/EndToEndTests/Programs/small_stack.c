// small_stack LIBRARY LIMIT: runs a model, alone and with a pool, on a thread with the smallest stack that there is and
// a page behind it that nothing may touch; prints how many bytes of it a run takes, and fails above the limit.
#include "library.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAINT = 0xa5, PAGE = 4096 };

typedef struct small_run {
  context *own;
  const resin_parallel *parallel;
  unsigned char *top;
  int32_t code;
} small_run;

static void *run_small(void *argument) {
  small_run *work = argument;
  work->top = __builtin_frame_address(0);
  work->code = run(work->own, work->parallel);
  return NULL;
}

// Bytes below the frame that made the run.
static size_t stack_bytes(context *own, const resin_parallel *parallel) {
  size_t size = (size_t)sysconf(_SC_THREAD_STACK_MIN);
  unsigned char *memory = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED && mprotect(memory, PAGE, PROT_NONE) == 0);
  memset(memory + PAGE, PAINT, size);
  pthread_attr_t attributes;
  pthread_t thread;
  small_run work = {own, parallel, NULL, -1};
  CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, memory + PAGE, size) == 0);
  CHECK(pthread_create(&thread, &attributes, run_small, &work) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(work.code == RESIN_OK);
  unsigned char *lowest = memory + PAGE;
  while (*lowest == PAINT) lowest++;
  size_t used = (size_t)(work.top - lowest);
  munmap(memory, size + PAGE);
  return used;
}

int main(int count, char **arguments) {
  CHECK(count == 3);
  void *handle;
  const resin_model *model = open_model(arguments[1], RTLD_NOW, &handle);
  context own = make_context(model, 1);
  size_t limit = strtoul(arguments[2], NULL, 10);
  resin_pool *pool = model->create_pool(2);
  CHECK(pool != NULL);
  size_t alone = stack_bytes(&own, NULL);
  size_t together = stack_bytes(&own, model->pool_parallel(pool));
  model->destroy_pool(pool);
  printf("%zu alone, %zu with a pool\n", alone, together);
  CHECK(alone <= limit && together <= limit);
  return 0;
}
