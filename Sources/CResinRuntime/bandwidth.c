#include "resin_host.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#include <stddef.h>

typedef struct read_work {
  int32_t vector_bytes;
  const char *data;
  int64_t bytes;
  int64_t rounds;
} read_work;

// Loads that nothing uses: an empty statement claims to read each, so that none is left out. Eight lines a turn, so
// that the loop costs nothing.
#if defined(__x86_64__)

__attribute__((target("avx512f"))) static void read_avx512(const char *data, int64_t bytes) {
  for (int64_t offset = 0; offset < bytes; offset += 512) {
    for (int line = 0; line < 512; line += 64) {
      __asm__ volatile("" : : "v"(_mm512_load_ps((const void *)(data + offset + line))));
    }
  }
}

__attribute__((target("avx2"))) static void read_avx2(const char *data, int64_t bytes) {
  for (int64_t offset = 0; offset < bytes; offset += 512) {
    for (int line = 0; line < 512; line += 32) {
      __asm__ volatile("" : : "x"(_mm256_load_ps((const void *)(data + offset + line))));
    }
  }
}

static void read_sse(const char *data, int64_t bytes) {
  for (int64_t offset = 0; offset < bytes; offset += 512) {
    for (int line = 0; line < 512; line += 16) {
      __asm__ volatile("" : : "x"(_mm_load_ps((const void *)(data + offset + line))));
    }
  }
}

static void read_once(int32_t vector_bytes, const char *data, int64_t bytes) {
  switch (vector_bytes) {
    case 64: read_avx512(data, bytes); break;
    case 32: read_avx2(data, bytes); break;
    default: read_sse(data, bytes); break;
  }
}

#elif defined(__aarch64__)

static void read_once(int32_t vector_bytes, const char *data, int64_t bytes) {
  (void)vector_bytes;
  for (int64_t offset = 0; offset < bytes; offset += 512) {
    for (int line = 0; line < 512; line += 16) {
      __asm__ volatile("" : : "w"(vld1q_f32((const void *)(data + offset + line))));
    }
  }
}

#endif

static void read_task(const void *context, int32_t index) {
  const read_work *work = context;
  const char *data = work->data + index * work->bytes;
  for (int64_t round = 0; round < work->rounds; round++) {
    read_once(work->vector_bytes, data, work->bytes);
  }
}

void resin_read_run(const resin_parallel *parallel, int32_t vector_bytes, const void *data, int64_t bytes,
                    int64_t rounds, int32_t threads) {
  read_work work = {vector_bytes, data, bytes, rounds};
  if (parallel == NULL) {
    for (int32_t index = 0; index < threads; index++) read_task(&work, index);
  } else {
    parallel->run(parallel->self, read_task, &work, threads);
  }
}
