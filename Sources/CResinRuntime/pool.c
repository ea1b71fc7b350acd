// The thread pool behind `resin_parallel`.
//
// A run opens a gate, works with everybody who comes in, closes the gate and waits until it is empty. Nobody is
// waited for who has not come in: a thread that lost its core to another process delays nothing but the one share
// it is at. The shares of a run are cut into one contiguous range per thread, the same cut from step to step, so
// that a thread finds in its cache what it wrote one step ago; a thread takes its own range from the front and,
// when that is empty, single shares from the end of the others' ranges.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "resin_pools.h"

// How long a thread looks for work before it sleeps: longer than the gap between two steps, shorter than anything
// that another process would notice.
enum { SPIN_NANOSECONDS = 50000, SPINS_PER_LOOK_AT_CLOCK = 32, CACHE_LINE = 64 };

// The gate: threads inside in the low half, then one bit for "open", then the run's number.
#define GATE_INSIDE UINT64_C(0x00000000ffffffff)
#define GATE_OPEN UINT64_C(0x0000000100000000)
#define GATE_RUN UINT64_C(0x0000000200000000)

// The shares that are left of one thread's range: the first in the low half, the end in the high half.
typedef struct pool_range {
  _Alignas(2 * CACHE_LINE) _Atomic(uint64_t) bounds;
} pool_range;

typedef struct pool_thread {
  resin_pool *pool;
  int32_t index;
  pthread_t handle;
} pool_thread;

struct resin_pool {
  pool_link link;
  _Alignas(2 * CACHE_LINE) _Atomic(uint64_t) gate;
  _Alignas(2 * CACHE_LINE) atomic_flag taken;
  atomic_bool stopping;
  atomic_int sleeping_workers;
  atomic_bool caller_sleeps;
  // The run that the gate is open for; written only while the gate is closed and empty.
  resin_task task;
  const void *context;

  pthread_mutex_t mutex;
  pthread_cond_t work;
  pthread_cond_t empty;
  resin_parallel parallel;
  int32_t threads;
  int32_t started;
  pool_thread *workers;
  pool_range *ranges;
};

static uint64_t pool_pack(uint32_t first, uint32_t end) { return (uint64_t)end << 32 | first; }

// Takes one share of a range: the first for its owner, the last for everybody else; -1 where none is left.
static int64_t pool_take(pool_range *range, bool from_front) {
  uint64_t bounds = atomic_load_explicit(&range->bounds, memory_order_relaxed);
  for (;;) {
    uint32_t first = (uint32_t)bounds;
    uint32_t end = (uint32_t)(bounds >> 32);
    if (first >= end) return -1;
    uint64_t rest = from_front ? pool_pack(first + 1, end) : pool_pack(first, end - 1);
    if (atomic_compare_exchange_weak_explicit(&range->bounds, &bounds, rest, memory_order_relaxed,
                                              memory_order_relaxed)) {
      return from_front ? first : end - 1;
    }
  }
}

// Works until no share is left in any range; the caller is inside the gate.
static void pool_work(resin_pool *pool, int32_t index) {
  for (int32_t distance = 0; distance < pool->threads; distance++) {
    pool_range *range = &pool->ranges[(index + distance) % pool->threads];
    int64_t share;
    while ((share = pool_take(range, distance == 0)) >= 0) {
      pool->task(pool->context, (int32_t)share);
    }
  }
}

static uint64_t pool_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void pool_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// Whether a worker that has seen run `seen` has a reason to leave its waiting place.
static bool pool_calls_worker(resin_pool *pool, uint64_t seen) {
  uint64_t gate = atomic_load(&pool->gate);
  bool new_run = (gate & GATE_OPEN) != 0 && (gate & ~(GATE_INSIDE | GATE_OPEN)) != seen;
  return new_run || atomic_load(&pool->stopping);
}

static bool pool_is_empty(resin_pool *pool) { return (atomic_load(&pool->gate) & GATE_INSIDE) == 0; }

static void pool_await_run(resin_pool *pool, uint64_t seen) {
  uint64_t start = pool_nanoseconds();
  do {
    for (int spin = 0; spin < SPINS_PER_LOOK_AT_CLOCK; spin++) {
      if (pool_calls_worker(pool, seen)) return;
      pool_pause();
    }
  } while (pool_nanoseconds() - start < SPIN_NANOSECONDS);
  pthread_mutex_lock(&pool->mutex);
  // Counted before the last look: whoever opens the gate after that look sees the count and wakes us.
  atomic_fetch_add(&pool->sleeping_workers, 1);
  while (!pool_calls_worker(pool, seen)) pthread_cond_wait(&pool->work, &pool->mutex);
  atomic_fetch_sub(&pool->sleeping_workers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

static void pool_await_empty(resin_pool *pool) {
  uint64_t start = pool_nanoseconds();
  do {
    for (int spin = 0; spin < SPINS_PER_LOOK_AT_CLOCK; spin++) {
      if (pool_is_empty(pool)) return;
      pool_pause();
    }
  } while (pool_nanoseconds() - start < SPIN_NANOSECONDS);
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->caller_sleeps, true);
  while (!pool_is_empty(pool)) pthread_cond_wait(&pool->empty, &pool->mutex);
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->mutex);
}

static void pool_leave(resin_pool *pool) {
  uint64_t before = atomic_fetch_sub(&pool->gate, 1);
  if ((before & GATE_INSIDE) == 1 && atomic_load(&pool->caller_sleeps)) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->empty);
    pthread_mutex_unlock(&pool->mutex);
  }
}

static void *pool_worker(void *argument) {
  pool_thread *self = argument;
  resin_pool *pool = self->pool;
  uint64_t seen = 0;
  for (;;) {
    pool_await_run(pool, seen);
    if (atomic_load(&pool->stopping)) return NULL;
    uint64_t before = atomic_fetch_add(&pool->gate, 1);
    // The gate may have closed since; then this was only a knock.
    if ((before & GATE_OPEN) != 0) {
      seen = before & ~(GATE_INSIDE | GATE_OPEN);
      pool_work(pool, self->index);
    }
    pool_leave(pool);
  }
}

// Starts the workers that are missing, with all signals blocked, so that a program's handlers run on its own threads.
static bool pool_start(resin_pool *pool) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  while (pool->started < pool->threads - 1) {
    pool_thread *worker = &pool->workers[pool->started];
    worker->pool = pool;
    worker->index = pool->started + 1;
    if (pthread_create(&worker->handle, NULL, pool_worker, worker) != 0) break;
    pool->started++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return pool->started == pool->threads - 1;
}

static void pool_run(void *self, resin_task task, const void *context, int32_t count) {
  resin_pool *pool = self;
  bool alone = count <= 1 || pool->threads == 1;
  if (alone || atomic_flag_test_and_set_explicit(&pool->taken, memory_order_acquire)) {
    for (int32_t index = 0; index < count; index++) task(context, index);
    return;
  }
  // Only in a child of fork(); whoever does not start is not waited for.
  if (pool->started == 0) pool_start(pool);
  pool->task = task;
  pool->context = context;
  for (int32_t thread = 0; thread < pool->threads; thread++) {
    uint32_t first = (uint32_t)((int64_t)count * thread / pool->threads);
    uint32_t end = (uint32_t)((int64_t)count * (thread + 1) / pool->threads);
    atomic_store_explicit(&pool->ranges[thread].bounds, pool_pack(first, end), memory_order_relaxed);
  }
  // The run's number and the bit in one addition: it publishes all of the above.
  atomic_fetch_add(&pool->gate, GATE_RUN + GATE_OPEN);
  if (atomic_load(&pool->sleeping_workers) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
  }
  pool_work(pool, 0);
  atomic_fetch_and(&pool->gate, ~GATE_OPEN);
  pool_await_empty(pool);
  atomic_flag_clear_explicit(&pool->taken, memory_order_release);
}

// The state of a pool whose threads are all to be started.
static void pool_reset(resin_pool *pool) {
  pool->started = 0;
  pool->task = NULL;
  pool->context = NULL;
  atomic_init(&pool->gate, 0);
  atomic_init(&pool->stopping, false);
  atomic_init(&pool->sleeping_workers, 0);
  atomic_init(&pool->caller_sleeps, false);
  atomic_flag_clear(&pool->taken);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->empty, NULL);
}

static void *pool_allocate(size_t bytes) {
  void *memory = NULL;
  return posix_memalign(&memory, 2 * CACHE_LINE, bytes) == 0 ? memory : NULL;
}

resin_pool *RESIN_NAME(pool_create)(int32_t threads) {
  if (threads == 0) threads = RESIN_NAME(usable_cpus)();
  if (threads < 1 || threads > RESIN_MAXIMUM_THREADS) return NULL;
  resin_pool *pool = pool_allocate(sizeof(resin_pool));
  if (pool == NULL) return NULL;
  pool->workers = calloc((size_t)threads, sizeof(pool_thread));
  pool->ranges = pool_allocate((size_t)threads * sizeof(pool_range));
  pool->threads = threads;
  pool->parallel.self = pool;
  pool->parallel.run = pool_run;
  pool_reset(pool);
  RESIN_NAME(pools_add)(&pool->link);
  if (pool->workers == NULL || pool->ranges == NULL || !pool_start(pool)) {
    RESIN_NAME(pool_destroy)(pool);
    return NULL;
  }
  return pool;
}

static void pool_stop(resin_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->stopping, true);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  for (int32_t index = 0; index < pool->started; index++) {
    pthread_join(pool->workers[index].handle, NULL);
  }
  pool->started = 0;
}

void RESIN_NAME(pool_destroy)(resin_pool *pool) {
  if (pool == NULL) return;
  RESIN_NAME(pools_remove)(&pool->link);
  pool_stop(pool);
  pthread_cond_destroy(&pool->empty);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->ranges);
  free(pool->workers);
  free(pool);
}

// The link is a pool's first member. What the threads that are not there have left in the locks does not matter: they
// are made anew.
void RESIN_NAME(pool_after_fork)(pool_link *link) { pool_reset((resin_pool *)(void *)link); }

// The flag stays taken: a run that begins after this works alone. The memory stays too, for whoever destroys the pool
// after all.
void RESIN_NAME(pool_before_unload)(pool_link *link) {
  resin_pool *pool = (resin_pool *)(void *)link;
  if (!atomic_flag_test_and_set_explicit(&pool->taken, memory_order_acquire)) pool_stop(pool);
}

const resin_parallel *RESIN_NAME(pool_parallel)(resin_pool *pool) {
  return pool == NULL ? NULL : &pool->parallel;
}
