// The list of a library's pools, and the hooks that walk it.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "resin_pools.h"

#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t pools_mutex = PTHREAD_MUTEX_INITIALIZER;
static pool_link *pools_first;

void RESIN_NAME(pools_add)(pool_link *pool) {
  pthread_mutex_lock(&pools_mutex);
  pool->previous = NULL;
  pool->next = pools_first;
  if (pools_first != NULL) pools_first->previous = pool;
  pools_first = pool;
  pthread_mutex_unlock(&pools_mutex);
}

void RESIN_NAME(pools_remove)(pool_link *pool) {
  pthread_mutex_lock(&pools_mutex);
  if (pool->previous != NULL) pool->previous->next = pool->next;
  if (pool->next != NULL) pool->next->previous = pool->previous;
  if (pools_first == pool) pools_first = pool->next;
  pthread_mutex_unlock(&pools_mutex);
}

// No thread of the parent is between the two halves of a change to the list when the child is made.
static void pools_before_fork(void) { pthread_mutex_lock(&pools_mutex); }

static void pools_in_parent(void) { pthread_mutex_unlock(&pools_mutex); }

static void pools_in_child(void) {
  for (pool_link *pool = pools_first; pool != NULL; pool = pool->next) RESIN_NAME(pool_after_fork)(pool);
  pthread_mutex_unlock(&pools_mutex);
}

__attribute__((constructor)) static void pools_watch_forks(void) {
  pthread_atfork(pools_before_fork, pools_in_parent, pools_in_child);
}

__attribute__((destructor)) static void pools_unload(void) {
  // exit() may have been called by whoever holds the list.
  if (pthread_mutex_trylock(&pools_mutex) != 0) return;
  for (pool_link *pool = pools_first; pool != NULL; pool = pool->next) RESIN_NAME(pool_before_unload)(pool);
  pthread_mutex_unlock(&pools_mutex);
}
