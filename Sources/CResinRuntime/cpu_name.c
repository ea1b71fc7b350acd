#include "resin_host.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>

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
