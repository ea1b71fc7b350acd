// Which features this machine has: the CPU's word, and the operating system's that it saves the registers.
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "resin_support.h"

#if defined(__x86_64__)

// The register sets that the operating system saves; none where the CPU has no instruction that says so.
static unsigned int cpu_saved_state(void) {
  unsigned int low, high, ecx, edx;
  if (!__get_cpuid(1, &low, &high, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

uint64_t RESIN_NAME(cpu_features)(const resin_cpu_feature *features, int32_t count) {
  uint64_t result = 0;
  unsigned int saved = cpu_saved_state();
  unsigned int leaf = 0, subleaf = 0, words[4] = {0};
  for (int32_t index = 0; index < count; index++) {
    const resin_cpu_feature *feature = &features[index];
    // A virtual machine takes long to answer: what stands together is asked for once.
    if (leaf != feature->leaf || subleaf != feature->subleaf) {
      leaf = feature->leaf;
      subleaf = feature->subleaf;
      if (!__get_cpuid_count(leaf, subleaf, &words[0], &words[1], &words[2], &words[3])) memset(words, 0, sizeof words);
    }
    bool is_there = (words[feature->word] >> feature->bit & 1) && (saved & feature->state) == feature->state;
    if (is_there) result |= (uint64_t)1 << index;
  }
  return result;
}

#elif defined(__linux__)

uint64_t RESIN_NAME(cpu_features)(const resin_cpu_feature *features, int32_t count) {
  uint64_t result = 0;
  for (int32_t index = 0; index < count; index++) {
    const resin_cpu_feature *feature = &features[index];
    if (getauxval(feature->leaf) >> feature->bit & 1) result |= (uint64_t)1 << index;
  }
  return result;
}

#elif defined(__APPLE__)

// By the kernel's names, which are those of the architecture: https://developer.apple.com/documentation/kernel/1387446-sysctlbyname.
static const char *cpu_flag(const char *feature) {
  if (strcmp(feature, "dotprod") == 0) return "hw.optional.arm.FEAT_DotProd";
  if (strcmp(feature, "i8mm") == 0) return "hw.optional.arm.FEAT_I8MM";
  return "";
}

uint64_t RESIN_NAME(cpu_features)(const resin_cpu_feature *features, int32_t count) {
  uint64_t result = 0;
  for (int32_t index = 0; index < count; index++) {
    int is_there = 0;
    size_t bytes = sizeof is_there;
    if (sysctlbyname(cpu_flag(features[index].name), &is_there, &bytes, NULL, 0) == 0 && is_there) {
      result |= (uint64_t)1 << index;
    }
  }
  return result;
}

#endif

static char cpu_refusal_text[512] = "the CPU lacks a required feature";

void RESIN_NAME(cpu_note_missing)(const resin_cpu_feature *features, int32_t count, uint64_t missing) {
  size_t length = strlen(cpu_refusal_text);
  const char *before = ": ";
  for (int32_t index = 0; index < count; index++) {
    if (!(missing >> index & 1)) continue;
    int written = snprintf(cpu_refusal_text + length, sizeof cpu_refusal_text - length, "%s%s", before, features[index].name);
    if (written < 0 || (size_t)written >= sizeof cpu_refusal_text - length) return;
    length += (size_t)written;
    before = ", ";
  }
}

const char *RESIN_NAME(cpu_refusal)(void) { return cpu_refusal_text; }
