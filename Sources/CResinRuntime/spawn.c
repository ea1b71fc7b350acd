#define _GNU_SOURCE

#include "resin_host.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn_in(posix_spawn_file_actions_t *actions, const char *const *arguments,
                    const char *folder, const char *log, pid_t *child) {
  int code = posix_spawn_file_actions_addchdir_np(actions, folder);
  if (code != 0) return code;
  code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  if (code != 0) return code;
  code = posix_spawn_file_actions_addopen(actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (code != 0) return code;
  code = posix_spawn_file_actions_adddup2(actions, 1, 2);
  if (code != 0) return code;
  // The arguments are constant by promise; only the type in the standard is not.
  return posix_spawnp(child, arguments[0], actions, NULL, (char *const *)arguments, environ);
}

int resin_spawn(const char *const *arguments, const char *folder, const char *log) {
  posix_spawn_file_actions_t actions;
  pid_t child;
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return -code;
  code = spawn_in(&actions, arguments, folder, log, &child);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return -code;
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
