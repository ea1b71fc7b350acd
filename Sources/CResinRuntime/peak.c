#include "resin_host.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#include <stddef.h>

// Chains of dependent multiply-adds: more than latency times units of any x86-64 so far, and few enough to stay in
// sixteen registers.
enum { CHAINS = 12 };

typedef struct peak_work {
  int32_t vector_bytes;
  int64_t rounds;
} peak_work;

// The chains converge to 1 and are kept alive by an empty statement that claims to read them. Another one keeps factor
// and term in registers of their own: a multiply-add that reads one register twice draws less power, so that processors
// clock it higher than any kernel's, which reads three.
#if defined(__x86_64__)

__attribute__((target("avx512f"))) static void peak_avx512(int64_t rounds) {
  __m512 chains[CHAINS], factor = _mm512_set1_ps(0.5f), term = _mm512_set1_ps(0.5f);
  __asm__ volatile("" : "+v"(term));
  for (int i = 0; i < CHAINS; i++) chains[i] = _mm512_set1_ps((float)i);
  for (int64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < CHAINS; i++) chains[i] = _mm512_fmadd_ps(chains[i], factor, term);
  }
  for (int i = 0; i < CHAINS; i++) __asm__ volatile("" : : "v"(chains[i]));
}

__attribute__((target("avx2,fma"))) static void peak_avx2(int64_t rounds) {
  __m256 chains[CHAINS], factor = _mm256_set1_ps(0.5f), term = _mm256_set1_ps(0.5f);
  __asm__ volatile("" : "+x"(term));
  for (int i = 0; i < CHAINS; i++) chains[i] = _mm256_set1_ps((float)i);
  for (int64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < CHAINS; i++) chains[i] = _mm256_fmadd_ps(chains[i], factor, term);
  }
  for (int i = 0; i < CHAINS; i++) __asm__ volatile("" : : "x"(chains[i]));
}

static void peak_sse(int64_t rounds) {
  __m128 chains[CHAINS], factor = _mm_set1_ps(0.5f), term = _mm_set1_ps(0.5f);
  for (int i = 0; i < CHAINS; i++) chains[i] = _mm_set1_ps((float)i);
  for (int64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < CHAINS; i++) chains[i] = _mm_add_ps(_mm_mul_ps(chains[i], factor), term);
  }
  for (int i = 0; i < CHAINS; i++) __asm__ volatile("" : : "x"(chains[i]));
}

static void peak_rounds(const peak_work *work) {
  switch (work->vector_bytes) {
    case 64: peak_avx512(work->rounds); break;
    case 32: peak_avx2(work->rounds); break;
    default: peak_sse(work->rounds); break;
  }
}

#elif defined(__aarch64__)

// A vector is two registers.
static void peak_rounds(const peak_work *work) {
  float32x4_t chains[2 * CHAINS], factor = vdupq_n_f32(0.5f), term = vdupq_n_f32(0.5f);
  __asm__ volatile("" : "+w"(term));
  for (int i = 0; i < 2 * CHAINS; i++) chains[i] = vdupq_n_f32((float)i);
  for (int64_t round = 0; round < work->rounds; round++) {
    for (int i = 0; i < 2 * CHAINS; i++) chains[i] = vfmaq_f32(term, chains[i], factor);
  }
  for (int i = 0; i < 2 * CHAINS; i++) __asm__ volatile("" : : "w"(chains[i]));
}

#endif

static void peak_task(const void *context, int32_t index) {
  (void)index;
  peak_rounds(context);
}

double resin_peak_flops(int32_t vector_bytes) {
  return 2.0 * CHAINS * (vector_bytes / 4);
}

void resin_peak_run(const resin_parallel *parallel, int32_t vector_bytes, int64_t rounds, int32_t threads) {
  peak_work work = {vector_bytes, rounds};
  if (parallel == NULL) {
    for (int32_t index = 0; index < threads; index++) peak_task(&work, index);
  } else {
    parallel->run(parallel->self, peak_task, &work, threads);
  }
}
