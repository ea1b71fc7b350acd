// quiet LIBRARY: what a run does beside computing. Every function of the C library that allocates, locks or touches
// files is replaced by one that counts; then the kernel watches, which ends a process at any system call.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

static atomic_int watching, allocations, files, locks, held_in_tasks;
static _Thread_local int held;

static void note(atomic_int *counter) {
  if (atomic_load(&watching)) atomic_fetch_add(counter, 1);
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) { note(&allocations); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { note(&allocations); return __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { note(&allocations); return __libc_realloc(memory, size); }
void free(void *memory) { note(&allocations); __libc_free(memory); }
void *memalign(size_t alignment, size_t size) { note(&allocations); return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == NULL;
}
void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  note(&allocations);
  return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}
int munmap(void *at, size_t size) { note(&allocations); return (int)syscall(SYS_munmap, at, size); }

int open(const char *path, int flags, ...) { note(&files); return (int)syscall(SYS_open, path, flags, 0600); }
int openat(int at, const char *path, int flags, ...) {
  note(&files);
  return (int)syscall(SYS_openat, at, path, flags, 0600);
}
int close(int file) { note(&files); return (int)syscall(SYS_close, file); }
ssize_t read(int file, void *bytes, size_t count) { note(&files); return syscall(SYS_read, file, bytes, count); }
ssize_t write(int file, const void *bytes, size_t count) {
  note(&files);
  return syscall(SYS_write, file, bytes, count);
}

static int (*real_lock)(pthread_mutex_t *), (*real_unlock)(pthread_mutex_t *);

__attribute__((constructor)) static void find_locks(void) {
  real_lock = (int (*)(pthread_mutex_t *))(uintptr_t)dlsym(RTLD_NEXT, "pthread_mutex_lock");
  real_unlock = (int (*)(pthread_mutex_t *))(uintptr_t)dlsym(RTLD_NEXT, "pthread_mutex_unlock");
}
int pthread_mutex_lock(pthread_mutex_t *mutex) {
  note(&locks);
  held++;
  return real_lock(mutex);
}
int pthread_mutex_unlock(pthread_mutex_t *mutex) {
  held--;
  return real_unlock(mutex);
}

// A caller's parallel-for: a second thread that takes every other share, without a lock.
static struct {
  resin_task task;
  const void *context;
  int32_t count;
  atomic_int round, done, stopping;
} shared;

static void *second_thread(void *nothing) {
  for (int seen = 0;; seen++) {
    while (atomic_load(&shared.round) == seen) {
      if (atomic_load(&shared.stopping)) return nothing;
    }
    for (int32_t index = 1; index < shared.count; index += 2) shared.task(shared.context, index);
    atomic_store(&shared.done, seen + 1);
  }
}

static void spread(void *self, resin_task task, const void *work, int32_t count) {
  (void)self;
  shared.task = task;
  shared.context = work;
  shared.count = count;
  int round = atomic_fetch_add(&shared.round, 1) + 1;
  for (int32_t index = 0; index < count; index += 2) task(work, index);
  while (atomic_load(&shared.done) != round) {
  }
}

// The bundled pool, with a look at the locks that a thread holds in every share.
typedef struct looking {
  resin_task task;
  const void *context;
} looking;

static void look(const void *context, int32_t index) {
  const looking *work = context;
  if (held != 0) atomic_fetch_add(&held_in_tasks, 1);
  work->task(work->context, index);
}

static void look_and_spread(void *self, resin_task task, const void *context, int32_t count) {
  const resin_parallel *pool = self;
  looking work = {task, context};
  pool->run(pool->self, look, &work, count);
}

static void watch(const context *with, const resin_parallel *parallel) {
  allocations = files = locks = 0;
  watching = 1;
  for (int round = 0; round < 3; round++) {
    if (run(with, parallel) != RESIN_OK) abort();
  }
  watching = 0;
}

// The status of a child that does something where every system call but read, write and exit is its end.
static int status_without_system_calls(void (*something)(const context *), const context *with) {
  pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(9);
    something(with);
    syscall(SYS_exit, 0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void only_run(const context *with) {
  if (run(with, NULL) != RESIN_OK) syscall(SYS_exit, 1);
}

static void only_call(const context *with) {
  (void)with;
  syscall(SYS_getppid);
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  void *handle;
  const resin_model *model = open_model(arguments[1], RTLD_NOW, &handle);
  context expected = make_context(model, 1), own = make_context(model, 1);
  CHECK(run(&expected, NULL) == RESIN_OK);

  watch(&own, NULL);
  CHECK(allocations == 0 && files == 0 && locks == 0);
  CHECK(same_outputs(&own, &expected));
  CHECK(status_without_system_calls(only_run, &own) == 0);
  CHECK(status_without_system_calls(only_call, &own) == -9);

  pthread_t second;
  CHECK(pthread_create(&second, NULL, second_thread, NULL) == 0);
  resin_parallel spreading = {NULL, spread};
  watch(&own, &spreading);
  CHECK(allocations == 0 && files == 0 && locks == 0);
  CHECK(same_outputs(&own, &expected));
  atomic_store(&shared.stopping, 1);
  pthread_join(second, NULL);

  // Locks are taken where a pool's thread goes to sleep or is woken, and are not held in a share.
  watching = 1;
  resin_pool *pool = model->create_pool(2);
  watching = 0;
  CHECK(pool != NULL && allocations > 0 && locks > 0);
  resin_parallel outer = {(void *)(uintptr_t)model->pool_parallel(pool), look_and_spread};
  watch(&own, &outer);
  CHECK(allocations == 0 && files == 0 && held_in_tasks == 0);
  CHECK(same_outputs(&own, &expected));
  model->destroy_pool(pool);
  free_context(&expected);
  free_context(&own);
  return 0;
}
