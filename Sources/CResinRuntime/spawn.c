#define _GNU_SOURCE

#include "resin_host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM_CHILDREN = 64, MILLISECONDS_TO_END = 2000 };

// Programs that run, each the leader of a process group with what it has started itself.
static pthread_mutex_t children_mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t children[MAXIMUM_CHILDREN];
static int child_count;
static bool children_end;

static int spawn_files(posix_spawn_file_actions_t *actions, const char *folder, const char *log) {
  int code = posix_spawn_file_actions_addchdir_np(actions, folder);
  if (code != 0) return code;
  code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  if (code != 0) return code;
  code = posix_spawn_file_actions_addopen(actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (code != 0) return code;
  return posix_spawn_file_actions_adddup2(actions, 1, 2);
}

// A process group of its own, no blocked signal, and an end where a file becomes too large.
static int spawn_signals(posix_spawnattr_t *attributes) {
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  sigaddset(&usual, SIGXFSZ);
  int code = posix_spawnattr_setsigmask(attributes, &none);
  if (code != 0) return code;
  code = posix_spawnattr_setsigdefault(attributes, &usual);
  if (code != 0) return code;
  return posix_spawnattr_setflags(
      attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

// This process's environment with `folder` as the place for temporary files; NULL where there is no memory.
static char **spawn_environment(const char *folder) {
  size_t count = 0;
  while (environ[count] != NULL) count++;
  size_t length = strlen("TMPDIR=") + strlen(folder) + 1;
  // The text of the variable lies behind the list.
  char **list = malloc((count + 2) * sizeof(char *) + length);
  if (list == NULL) return NULL;
  size_t kept = 0;
  for (size_t index = 0; index < count; index++) {
    if (strncmp(environ[index], "TMPDIR=", 7) != 0) list[kept++] = environ[index];
  }
  char *variable = (char *)(list + count + 2);
  strcat(strcpy(variable, "TMPDIR="), folder);
  list[kept++] = variable;
  list[kept] = NULL;
  return list;
}

static int spawn_in(const char *const *arguments, const char *folder, const char *log, pid_t *child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return code;
  code = posix_spawnattr_init(&attributes);
  if (code == 0) {
    char **environment = spawn_environment(folder);
    code = environment == NULL ? ENOMEM : spawn_files(&actions, folder, log);
    if (code == 0) code = spawn_signals(&attributes);
    // The arguments are constant by promise; only the type in the standard is not.
    if (code == 0) {
      code = posix_spawnp(child, arguments[0], &actions, &attributes, (char *const *)arguments, environment);
    }
    free(environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

// Waits for ever: another thread is ending the process, and what its children said does not matter.
static void await_end(void) {
  for (;;) pause();
}

int resin_spawn(const char *const *arguments, const char *folder, const char *log) {
  pid_t child = 0;
  pthread_mutex_lock(&children_mutex);
  bool ends = children_end;
  int code = ends ? 0 : child_count == MAXIMUM_CHILDREN ? EAGAIN : spawn_in(arguments, folder, log, &child);
  if (!ends && code == 0) children[child_count++] = child;
  pthread_mutex_unlock(&children_mutex);
  if (ends) await_end();
  if (code != 0) return -code;
  // Waits first and takes its number back under the lock: nobody signals a number that is another process's already.
  siginfo_t ended;
  while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) < 0) {
    if (errno != EINTR) return -errno;
  }
  int status = 0;
  pthread_mutex_lock(&children_mutex);
  waitpid(child, &status, 0);
  for (int index = 0; index < child_count; index++) {
    if (children[index] == child) children[index] = children[--child_count];
  }
  ends = children_end;
  pthread_mutex_unlock(&children_mutex);
  if (ends) await_end();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Signals all programs that run and gives their number.
static int signal_children(int number) {
  pthread_mutex_lock(&children_mutex);
  children_end = true;
  int count = child_count;
  for (int index = 0; index < count; index++) kill(-children[index], number);
  pthread_mutex_unlock(&children_mutex);
  return count;
}

void resin_end_children(void) {
  int running = signal_children(SIGTERM);
  for (int waited = 0; running > 0; waited++) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    running = signal_children(waited < MILLISECONDS_TO_END ? 0 : SIGKILL);
  }
}
