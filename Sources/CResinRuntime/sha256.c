// SHA-256: FIPS 180-4, "Secure Hash Standard", section 6.2.
#include "resin_host.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif
#include <string.h>

static const uint32_t sha_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, int count) { return word >> count | word << (32 - count); }

static void sha_blocks(uint32_t state[8], const unsigned char *data, size_t blocks) {
  for (; blocks > 0; blocks--, data += 64) {
    uint32_t w[64], s[8];
    for (int t = 0; t < 16; t++) {
      w[t] = (uint32_t)data[4 * t] << 24 | (uint32_t)data[4 * t + 1] << 16 | (uint32_t)data[4 * t + 2] << 8 |
             data[4 * t + 3];
    }
    for (int t = 16; t < 64; t++) {
      uint32_t low = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
      uint32_t high = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
      w[t] = high + w[t - 7] + low + w[t - 16];
    }
    memcpy(s, state, sizeof s);
    for (int t = 0; t < 64; t++) {
      uint32_t sum = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
      uint32_t first = s[7] + sum + ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha_constants[t] + w[t];
      uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
      memmove(s + 1, s, 7 * sizeof *s);
      s[4] += first;
      s[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
  }
}

#if defined(__x86_64__)

// The same by the processor's instructions, which take the state as ABEF and CDGH.
__attribute__((target("sha,sse4.1"))) static void sha_blocks_fast(uint32_t state[8], const unsigned char *data,
                                                                  size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
  __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(abcd, efgh, 8), cdgh = _mm_blend_epi16(efgh, abcd, 0xf0);
  for (; blocks > 0; blocks--, data += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++) {
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i)), swap);
    }
    for (int group = 0; group < 16; group++) {
      const __m128i *constants = (const __m128i *)(const void *)(sha_constants + 4 * group);
      __m128i next = _mm_add_epi32(w[group % 4], _mm_loadu_si128(constants));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, next);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(next, 0x0e));
      if (group >= 12) continue;
      // Words 16 on from the sixteen before.
      __m128i late = w[(group + 3) % 4];
      __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[group % 4], w[(group + 1) % 4]),
                                  _mm_alignr_epi8(late, w[(group + 2) % 4], 4));
      w[group % 4] = _mm_sha256msg2_epu32(sum, late);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static int sha_is_fast(void) {
  unsigned int eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & bit_SSE4_1) == 0) return 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & 1u << 29) != 0;
}

#else

static void sha_blocks_fast(uint32_t state[8], const unsigned char *data, size_t blocks) { sha_blocks(state, data, blocks); }

static int sha_is_fast(void) { return 0; }

#endif

static void sha_process(resin_sha256 *sum, const unsigned char *data, size_t blocks) {
  (sum->fast ? sha_blocks_fast : sha_blocks)(sum->state, data, blocks);
}

void resin_sha256_begin(resin_sha256 *sum, int may_be_fast) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memset(sum, 0, sizeof *sum);
  memcpy(sum->state, start, sizeof start);
  sum->fast = may_be_fast && sha_is_fast();
}

void resin_sha256_add(resin_sha256 *sum, const void *data, size_t bytes) {
  const unsigned char *next = data;
  size_t held = sum->bytes % 64;
  sum->bytes += bytes;
  if (held > 0) {
    size_t part = bytes < 64 - held ? bytes : 64 - held;
    memcpy(sum->block + held, next, part);
    if (held + part < 64) return;
    sha_process(sum, sum->block, 1);
    next += part;
    bytes -= part;
  }
  sha_process(sum, next, bytes / 64);
  if (bytes % 64 > 0) memcpy(sum->block, next + bytes / 64 * 64, bytes % 64);
}

void resin_sha256_end(resin_sha256 *sum, unsigned char result[32]) {
  uint64_t bits = 8 * sum->bytes;
  size_t held = sum->bytes % 64;
  unsigned char tail[72] = {0x80};
  size_t zeros = (held < 56 ? 56 : 120) - held;
  for (int i = 0; i < 8; i++) tail[zeros + i] = (unsigned char)(bits >> (56 - 8 * i));
  resin_sha256_add(sum, tail, zeros + 8);
  for (int i = 0; i < 32; i++) result[i] = (unsigned char)(sum->state[i / 4] >> (24 - 8 * (i % 4)));
}
