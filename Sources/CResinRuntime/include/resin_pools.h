// All pools of a library that were not destroyed, for what happens to the whole process: fork() and unloading.
#ifndef RESIN_POOLS_H
#define RESIN_POOLS_H

#include "resin_support.h"

// glibc 2.34 took the functions of threads from libpthread into libc and gave them a new version there, besides the first.
#ifdef RESIN_FIRST_VERSION
RESIN_FIRST_VERSION(pthread_create);
RESIN_FIRST_VERSION(pthread_join);
RESIN_FIRST_VERSION(pthread_mutex_trylock);
RESIN_FIRST_VERSION(pthread_sigmask);
#endif

// What a pool begins with.
typedef struct pool_link {
  struct pool_link *next;
  struct pool_link *previous;
} pool_link;

// Puts a pool on the list, and takes it off.
void RESIN_NAME(pools_add)(pool_link *pool);
void RESIN_NAME(pools_remove)(pool_link *pool);

// What a pool does in a child of fork(), which has none of its threads: it is as if no thread had been started yet.
void RESIN_NAME(pool_after_fork)(pool_link *pool);

// What a pool does when its code goes away, at dlclose() or exit(): it ends its threads, but for those that are in a
// run, which exit() may find there.
void RESIN_NAME(pool_before_unload)(pool_link *pool);

#endif
