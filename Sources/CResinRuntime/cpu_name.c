#include "resin_host.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)

void resin_cpu_name(char *name, size_t size) {
  unsigned int eax, ebx, ecx, edx;
  char brand[49] = "";
  if (__get_cpuid(0x80000000, &eax, &ebx, &ecx, &edx) && eax >= 0x80000004) {
    for (unsigned int part = 0; part < 3; part++) {
      unsigned int words[4];
      __get_cpuid(0x80000002 + part, &words[0], &words[1], &words[2], &words[3]);
      memcpy(brand + 16 * part, words, 16);
    }
  }
  unsigned int family = 0, model = 0, stepping = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
    family = eax >> 8 & 0xf;
    model = eax >> 4 & 0xf;
    stepping = eax & 0xf;
    if (family == 6 || family == 15) model += (eax >> 16 & 0xf) << 4;
    if (family == 15) family += eax >> 20 & 0xff;
  }
  // Brands are filled up with spaces, on either side.
  const char *start = brand + strspn(brand, " ");
  int length = (int)strlen(start);
  while (length > 0 && start[length - 1] == ' ') length--;
  snprintf(name, size, "%.*s family %u model %u stepping %u", length, start, family, model, stepping);
}

#else

// The kernel's word, which has numbers only.
void resin_cpu_name(char *name, size_t size) {
  static const char *const keys[] = {"CPU implementer", "CPU part", "CPU variant", "CPU revision"};
  unsigned int values[4] = {0};
  char line[256];
  FILE *file = fopen("/proc/cpuinfo", "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    const char *colon = strchr(line, ':');
    for (int key = 0; key < 4 && colon != NULL; key++) {
      if (strncmp(line, keys[key], strlen(keys[key])) == 0) sscanf(colon + 1, "%i", (int *)&values[key]);
    }
  }
  if (file != NULL) fclose(file);
  snprintf(name, size, "AArch64 implementer %u part %u variant %u revision %u", values[0], values[1], values[2], values[3]);
}

#endif
