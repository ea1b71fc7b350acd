// How many CPUs this process may keep busy: those it may run on, and what its control groups grant it of their time.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "resin_support.h"

#if defined(__APPLE__)

int32_t RESIN_NAME(usable_cpus)(void) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  return cpus < 1 ? 1 : cpus > RESIN_MAXIMUM_THREADS ? RESIN_MAXIMUM_THREADS : (int32_t)cpus;
}

#else

#include <sched.h>

enum { CPUS_TEXT = 4096, CPUS_MASK_WORDS = 256 };

// A small file as text; the empty text where it cannot be read.
static void cpus_read(const char *path, char *text) {
  ssize_t count = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    count = read(file, text, CPUS_TEXT - 1);
    close(file);
  }
  text[count > 0 ? count : 0] = 0;
}

// The whole number that a text begins with, behind blanks; `end` is `text` where there is none. Programs that are compiled
// with glibc 2.38 or later find strtoll() in no earlier one.
static int64_t cpus_decimal(const char *text, const char **end) {
  const char *next = text + strspn(text, " \t\n");
  bool is_negative = *next == '-';
  if (is_negative) next++;
  *end = text;
  int64_t number = 0;
  for (; *next >= '0' && *next <= '9'; *end = ++next) {
    number = number < INT64_MAX / 100 ? number * 10 + (*next - '0') : INT64_MAX / 100;
  }
  return is_negative ? -number : number;
}

static int64_t cpus_number(const char *folder, const char *name) {
  char path[CPUS_TEXT], text[CPUS_TEXT];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= CPUS_TEXT) return -1;
  cpus_read(path, text);
  const char *end;
  return text[0] == 0 ? -1 : cpus_decimal(text, &end);
}

// Whole CPUs in a quota per period, at least one: threads that together pass the quota stand still for the rest of
// every period. No limit where there is no quota.
static int32_t cpus_in_quota(int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0) return INT32_MAX;
  int64_t cpus = quota / period;
  return cpus < 1 ? 1 : cpus > INT32_MAX ? INT32_MAX : (int32_t)cpus;
}

// The limit of one group: `cpu.max` of version 2, or `cpu.cfs_quota_us` and `cpu.cfs_period_us` of version 1.
static int32_t cpus_of_group(const char *folder) {
  char path[CPUS_TEXT], text[CPUS_TEXT];
  if (snprintf(path, sizeof path, "%s/cpu.max", folder) >= CPUS_TEXT) return INT32_MAX;
  cpus_read(path, text);
  if (text[0] != 0) {
    const char *end, *last;
    int64_t quota = cpus_decimal(text, &end);
    return end == text ? INT32_MAX : cpus_in_quota(quota, cpus_decimal(end, &last));
  }
  return cpus_in_quota(cpus_number(folder, "cpu.cfs_quota_us"), cpus_number(folder, "cpu.cfs_period_us"));
}

// The least limit of a group and those above it. Within a container the group's path may be the host's: folders that
// are not there limit nothing, and the container's own group is the last.
static int32_t cpus_of_groups_above(const char *mount, const char *group) {
  char folder[CPUS_TEXT];
  if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= CPUS_TEXT) return INT32_MAX;
  int32_t least = INT32_MAX;
  size_t bottom = strlen(mount);
  for (;;) {
    int32_t cpus = cpus_of_group(folder);
    if (cpus < least) least = cpus;
    char *slash = strrchr(folder + bottom, '/');
    if (slash == NULL) return least;
    *slash = 0;
  }
}

// Whether a list such as `cpu,cpuacct` names the controller of CPU time; version 2 has an empty list for all.
static bool cpus_are_controlled(const char *controllers) {
  if (controllers[0] == 0) return true;
  for (const char *name = controllers; name != NULL; name = strchr(name, ',')) {
    if (*name == ',') name++;
    if (strncmp(name, "cpu", 3) == 0 && (name[3] == ',' || name[3] == 0)) return true;
  }
  return false;
}

int32_t RESIN_NAME(cpus_of_groups)(const char *root) {
  static const char *const mounts[] = {"", "/unified", "/cpu", "/cpu,cpuacct"};
  char path[CPUS_TEXT], text[CPUS_TEXT], mount[CPUS_TEXT];
  if (snprintf(path, sizeof path, "%s/proc/self/cgroup", root) >= CPUS_TEXT) return INT32_MAX;
  cpus_read(path, text);
  int32_t least = INT32_MAX;
  // Each line is `number:controllers:group`.
  char *rest;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL) continue;
    *group++ = 0;
    if (!cpus_are_controlled(controllers + 1)) continue;
    for (size_t index = 0; index < sizeof mounts / sizeof *mounts; index++) {
      if (snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, mounts[index]) >= CPUS_TEXT) continue;
      int32_t cpus = cpus_of_groups_above(mount, group);
      if (cpus < least) least = cpus;
    }
  }
  return least;
}

int32_t RESIN_NAME(usable_cpus)(void) {
  unsigned long mask[CPUS_MASK_WORDS] = {0};
  int32_t allowed = 0;
  if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)(void *)mask) == 0) {
    for (int word = 0; word < CPUS_MASK_WORDS; word++) allowed += __builtin_popcountl(mask[word]);
  }
  int32_t granted = RESIN_NAME(cpus_of_groups)("");
  int32_t cpus = allowed < granted ? allowed : granted;
  return cpus < 1 ? 1 : cpus > RESIN_MAXIMUM_THREADS ? RESIN_MAXIMUM_THREADS : cpus;
}

#endif
