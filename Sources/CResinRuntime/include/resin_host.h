// What the compiler itself uses of the machine it runs on; not bundled into models.
#ifndef RESIN_HOST_H
#define RESIN_HOST_H

#include <stddef.h>

#include "resin_runtime.h"

// Runs a program, found along PATH, in a folder, which is for its temporary files too, with its output and errors in the
// file `log` there, and waits. Gives its exit status, 128 + the number of the signal that ended it, or the negated errno
// where it did not start.
int resin_spawn(const char *const *arguments, const char *folder, const char *log);

// Ends all programs that resin_spawn has started, and what they have started, and waits for that. No more will be
// started: resin_spawn does not return from now on.
void resin_end_children(void);

// From now on SIGINT, SIGTERM and SIGHUP, unless they are ignored already, end the programs that resin_spawn has started;
// then `clean` is called, on a thread of its own; then the process ends by the signal. To be called before there are
// other threads. Gives 0 or an errno.
int resin_on_interrupt(void (*clean)(int number));

// Does as if the process had been interrupted, but ends it with an exit status. May be called by handlers of signals.
void resin_interrupt(int status);

// Where a limit on address space is in force: from now on a crash while memory is short becomes a message and the exit
// status 2, by way of resin_interrupt. May be called again, where others have taken the signals meanwhile.
void resin_on_memory_limit(void);

// Ends the process by a signal, or with the status that resin_interrupt was given.
__attribute__((noreturn)) void resin_die(int number);

// Opens standard streams that the caller has closed, so that no file which is opened later takes their numbers, and with
// them what is printed.
void resin_open_streams(void);

// Writes what was printed and is not written yet. Gives 0, or an errno where some of all that was printed is lost.
int resin_close_output(void);

// The brand of this machine's CPU with its family, model and stepping, since virtual machines share brands. Writes at
// most `size` bytes, the zero at the end included.
void resin_cpu_name(char *name, size_t size);

// Floating-point operations of one round of resin_peak_run on one thread. Vectors have 16 bytes, 32 (AVX2, FMA) or 64
// (AVX-512), here and below; the machine must have them.
double resin_peak_flops(int32_t vector_bytes);

// Runs so many rounds of independent multiply-adds in registers on each of `threads` threads.
void resin_peak_run(const resin_parallel *parallel, int32_t vector_bytes, int64_t rounds, int32_t threads);

// Reads so many rounds of `bytes` bytes, a multiple of 512, on each of `threads` threads: thread i those from
// data + i * bytes on, aligned to 64.
void resin_read_run(const resin_parallel *parallel, int32_t vector_bytes, const void *data, int64_t bytes,
                    int64_t rounds, int32_t threads);

// A SHA-256 sum of bytes that come in pieces. `may_be_fast` allows the processor's own instructions for it.
typedef struct resin_sha256 {
  uint32_t state[8];
  unsigned char block[64];
  uint64_t bytes;
  int fast;
} resin_sha256;
void resin_sha256_begin(resin_sha256 *sum, int may_be_fast);
void resin_sha256_add(resin_sha256 *sum, const void *data, size_t bytes);
void resin_sha256_end(resin_sha256 *sum, unsigned char result[32]);

#endif
