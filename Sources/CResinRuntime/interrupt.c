// Ending early: what has been started ends too, and what is unfinished is removed, when somebody interrupts the process.
#define _GNU_SOURCE

#include "resin_host.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

static void (*interrupt_clean)(int);
static pthread_t interrupt_thread;
static bool interrupt_is_watched;
static atomic_int interrupt_status;

// Signals that ask a process to end, but for those that it was started to ignore, as by nohup.
static sigset_t interrupt_signals(void) {
  static const int asking[] = {SIGINT, SIGTERM, SIGHUP};
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < sizeof asking / sizeof *asking; index++) {
    struct sigaction action;
    if (sigaction(asking[index], NULL, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&set, asking[index]);
  }
  return set;
}

static void *interrupt_await(void *nothing) {
  sigset_t set = interrupt_signals();
  sigaddset(&set, SIGUSR1);
  int number;
  if (sigwait(&set, &number) == 0) {
    resin_end_children();
    interrupt_clean(number);
    resin_die(number);
  }
  return nothing;
}

int resin_on_interrupt(void (*clean)(int)) {
  interrupt_clean = clean;
  sigset_t set = interrupt_signals();
  sigaddset(&set, SIGUSR1);
  int code = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (code == 0) code = pthread_create(&interrupt_thread, NULL, interrupt_await, NULL);
  if (code == 0) code = pthread_detach(interrupt_thread);
  interrupt_is_watched = code == 0;
  if (code != 0) pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  return code;
}

void resin_interrupt(int status) {
  atomic_store(&interrupt_status, status);
  if (!interrupt_is_watched) _exit(status);
  pthread_kill(interrupt_thread, SIGUSR1);
}

void resin_die(int number) {
  int status = atomic_load(&interrupt_status);
  if (status != 0) _exit(status);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  signal(number, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
  _exit(128 + number);
}
