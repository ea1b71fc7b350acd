// Files of packed weights: a header page that says whose weights they are, then the weights as code reads them.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "resin_support.h"

// The start of the file; the model's name follows, ended by a zero byte, and zeros up to the weights.
typedef struct weights_header {
  char magic[8];
  uint32_t version;
  uint32_t header_bytes;
  uint64_t weights_bytes;
  uint64_t checksum;
} weights_header;

uint64_t RESIN_NAME(weights_checksum)(const void *data, size_t bytes) {
  // Four chains of FNV-1a over 64-bit words, so that the multiplications overlap; then the rest byte by byte.
  const uint64_t prime = UINT64_C(0x100000001b3);
  const uint64_t basis = UINT64_C(0xcbf29ce484222325);
  uint64_t chains[4] = {basis, basis + 1, basis + 2, basis + 3};
  const unsigned char *next = data;
  for (; bytes >= 32; bytes -= 32, next += 32) {
    uint64_t words[4];
    memcpy(words, next, 32);
    for (int chain = 0; chain < 4; chain++) chains[chain] = (chains[chain] ^ words[chain]) * prime;
  }
  uint64_t sum = basis;
  for (int chain = 0; chain < 4; chain++) sum = (sum ^ chains[chain] ^ chains[chain] >> 32) * prime;
  for (; bytes > 0; bytes--, next++) sum = (sum ^ *next) * prime;
  return sum ^ sum >> 32;
}

static int weights_header_fits(const char *page, const char *model, uint64_t bytes, uint64_t checksum) {
  weights_header header;
  memcpy(&header, page, sizeof header);
  const char *name = page + sizeof header;
  size_t length = strnlen(name, RESIN_WEIGHTS_HEADER_BYTES - sizeof header);
  return memcmp(header.magic, "RESINWTS", 8) == 0 && header.version == RESIN_WEIGHTS_FORMAT_VERSION &&
         header.header_bytes == RESIN_WEIGHTS_HEADER_BYTES && header.weights_bytes == bytes &&
         header.checksum == checksum && length == strlen(model) && memcmp(name, model, length) == 0;
}

int32_t RESIN_NAME(weights_file_map)(const char *path, const char *model, uint64_t bytes, uint64_t checksum,
                                     const void **weights) {
  if (weights == NULL) return RESIN_NULL_POINTER;
  *weights = NULL;
  if (path == NULL) return RESIN_NULL_POINTER;
  // A pipe would block the open; it is no file of weights in any case.
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return RESIN_CANNOT_OPEN_WEIGHTS;
  uint64_t total = RESIN_WEIGHTS_HEADER_BYTES + bytes;
  int32_t code = RESIN_BAD_WEIGHTS;
  // What is no regular file has no end, or another. Not fstat(), which programs that are compiled with glibc 2.33 or later find
  // in no earlier one.
  if ((uint64_t)lseek(file, 0, SEEK_END) == total) {
    void *base = mmap(NULL, total, PROT_READ, MAP_PRIVATE, file, 0);
    if (base == MAP_FAILED) {
      code = RESIN_CANNOT_OPEN_WEIGHTS;
    } else if (weights_header_fits(base, model, bytes, checksum)) {
      *weights = (const char *)base + RESIN_WEIGHTS_HEADER_BYTES;
      code = RESIN_OK;
    } else {
      munmap(base, total);
    }
  }
  close(file);
  return code;
}

void RESIN_NAME(weights_file_unmap)(const void *weights, uint64_t bytes) {
  if (weights == NULL) return;
  uintptr_t base = (uintptr_t)weights - RESIN_WEIGHTS_HEADER_BYTES;
  munmap((void *)base, RESIN_WEIGHTS_HEADER_BYTES + bytes);
}
