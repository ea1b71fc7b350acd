// Which level of the x86-64 psABI this machine has: the CPU's word, and the operating system's that it saves the
// registers.
#include <cpuid.h>
#include <stdbool.h>

#include "resin_support.h"

static bool cpu_has(unsigned int word, unsigned int bits) { return (word & bits) == bits; }

// The register sets that the operating system saves; `cpuid` has said that the instruction exists.
static unsigned int cpu_saved_state(void) {
  unsigned int low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

int32_t RESIN_NAME(cpu_level)(void) {
  unsigned int eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return 1;
  const unsigned int v3_ecx = bit_SSE3 | bit_SSSE3 | bit_FMA | bit_SSE4_1 | bit_SSE4_2 | bit_MOVBE |
                              bit_POPCNT | bit_OSXSAVE | bit_AVX | bit_F16C;
  if (!cpu_has(ecx, v3_ecx)) return 1;
  unsigned int saved = cpu_saved_state();
  const unsigned int vector_state = 0x06, mask_and_wide_state = 0xe0;
  if (!cpu_has(saved, vector_state)) return 1;
  if (!__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx)) return 1;
  if (!cpu_has(ecx, bit_LZCNT)) return 1;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 1;
  if (!cpu_has(ebx, bit_AVX2 | bit_BMI | bit_BMI2)) return 1;
  const unsigned int v4_ebx = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
  return cpu_has(ebx, v4_ebx) && cpu_has(saved, mask_and_wide_state) ? 4 : 3;
}
