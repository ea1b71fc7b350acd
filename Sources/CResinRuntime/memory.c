// Words in place of a crash where a limit on memory is met. Libraries that this process uses abort or trap when an
// allocation fails; only the limit on address space makes allocations fail at all, so who has set none sees no change.
#define _GNU_SOURCE

#include "resin_host.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SECONDS_TO_CLEAN = 5 };

static const int memory_signals[] = {SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS};
enum { MEMORY_SIGNALS = sizeof memory_signals / sizeof *memory_signals };
static struct sigaction memory_before[MEMORY_SIGNALS];
static char memory_message[256];
static size_t memory_piece;

static void memory_crash(int number) {
  void *piece = mmap(NULL, memory_piece, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (piece == MAP_FAILED) {
    ssize_t written = write(STDERR_FILENO, memory_message, strlen(memory_message));
    (void)written;
    // The interrupting thread cleans up; where it cannot, the process ends all the same.
    alarm(SECONDS_TO_CLEAN);
    resin_interrupt(2);
    for (;;) pause();
  }
  // Something else is wrong: it happens again, to whoever looked after it before.
  for (int index = 0; index < MEMORY_SIGNALS; index++) {
    sigaction(memory_signals[index], &memory_before[index], NULL);
  }
  if (number == SIGABRT) raise(number);
}

void resin_on_memory_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  // What failed may be a large piece where smaller ones are left.
  memory_piece = limit.rlim_cur / 4;
  snprintf(memory_message, sizeof memory_message,
           "error: out of memory\n  a limit of %llu MB on address space is in force: raise it, see ulimit -v\n",
           (unsigned long long)(limit.rlim_cur >> 20));
  struct sigaction action = {.sa_handler = memory_crash};
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < MEMORY_SIGNALS; index++) {
    struct sigaction before;
    sigaction(memory_signals[index], &action, &before);
    if (before.sa_handler != memory_crash) memory_before[index] = before;
  }
}
