// The parts that a compiled model is bundled with, as source, and that the compiler itself uses. RESIN_PREFIX is
// the model's name there, so that two libraries can be linked into one program; here it is `resin`.
#ifndef RESIN_SUPPORT_H
#define RESIN_SUPPORT_H

#include "resin_class.h"
#include "resin_model.h"

#ifndef RESIN_PREFIX
#define RESIN_PREFIX resin
#endif
#define RESIN_JOIN(prefix, name) prefix##_##name
#define RESIN_EXPAND(prefix, name) RESIN_JOIN(prefix, name)
#define RESIN_NAME(name) RESIN_EXPAND(RESIN_PREFIX, name)

// Functions that a library exports; everything else in it is hidden.
#define RESIN_PUBLIC __attribute__((visibility("default")))

// Some functions got a new version in a later glibc, besides the first one, which every glibc has: exp() in 2.29, those of
// threads in 2.32 and 2.34. A library asks for the first, so that it can be loaded where glibc is older than where it was
// compiled. RESIN_OLDEST_GLIBC is defined for libraries alone: a program may be linked with the archive of glibc, which has
// no versions.
#if defined(RESIN_OLDEST_GLIBC) && defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 29) && defined(__x86_64__)
#define RESIN_FIRST_VERSION(name) __asm__(".symver " #name ", " #name "@GLIBC_2.2.5")
#elif __GLIBC_PREREQ(2, 29) && defined(__aarch64__)
#define RESIN_FIRST_VERSION(name) __asm__(".symver " #name ", " #name "@GLIBC_2.17")
#endif
#endif

#define RESIN_MAXIMUM_THREADS 256
#define RESIN_WEIGHTS_HEADER_BYTES 4096
#define RESIN_WEIGHTS_FORMAT_VERSION 1
// The largest side that a picture is resized or cropped to, and the most pixels of one.
#define RESIN_MOST_SIDE 32768
#define RESIN_MOST_PIXELS 67108864

#ifdef __cplusplus
extern "C" {
#endif

// A pool of `threads` threads, the calling one included; of RESIN_NAME(usable_cpus)() where that is 0. NULL where it is
// not in 0...256 or the system gives no memory or threads. One run at a time has the threads; a run that finds them
// taken (another thread's, or the one it is nested in) does its work alone. Idle threads sleep. Threads run on the CPUs
// that the creating thread may run on.
//
// A child of fork() has none of the threads; its first run in a pool that it inherits starts them there. The threads of
// pools that were not destroyed end when the library is unloaded or the process exits.
RESIN_PUBLIC resin_pool *RESIN_NAME(pool_create)(int32_t threads);

// Ends the threads and frees the pool; no run may be using it. NULL is ignored.
RESIN_PUBLIC void RESIN_NAME(pool_destroy)(resin_pool *pool);

// The pool as a parallel-for, valid until the pool is destroyed; NULL gives NULL.
RESIN_PUBLIC const resin_parallel *RESIN_NAME(pool_parallel)(resin_pool *pool);

// The CPUs that the process may run on, or fewer where its control groups grant it less time: 1...256.
int32_t RESIN_NAME(usable_cpus)(void);

// The whole CPUs' worth of time that control groups of version 1 and 2 grant the process, at least 1, or INT32_MAX
// where they set no limit; they are looked for under `root`, which is the empty string but in tests.
int32_t RESIN_NAME(cpus_of_groups)(const char *root);

// A feature of the CPU: its name, and the bit that tells of it. On x86-64 that is one of `cpuid` (word 0 is EAX, 3 EDX),
// with the sets of registers that the operating system has to save, as bits of XCR0. On AArch64 it is one of the entry
// `leaf` of the auxiliary vector.
typedef struct resin_cpu_feature {
  const char *name;
  uint32_t leaf;
  uint32_t subleaf;
  uint32_t word;
  uint32_t bit;
  uint32_t state;
} resin_cpu_feature;

// Which of at most 63 features the CPU and the operating system have: bit i is that of features[i].
uint64_t RESIN_NAME(cpu_features)(const resin_cpu_feature *features, int32_t count);

// Makes what RESIN_NAME(error) says of RESIN_UNSUPPORTED_CPU name the features that have a bit in `missing`. To be called
// once, before anything else may ask.
void RESIN_NAME(cpu_note_missing)(const resin_cpu_feature *features, int32_t count, uint64_t missing);

// What RESIN_NAME(error) says of RESIN_UNSUPPORTED_CPU.
const char *RESIN_NAME(cpu_refusal)(void);

// Runs steps with denormal numbers taken as zero on every thread that works on them; the callers' floating-point
// state is as before afterwards.
void RESIN_NAME(guarded_steps)(resin_steps steps, const void *const *bases, const resin_parallel *parallel,
                               int32_t first, int32_t last);

// A 64-bit checksum of packed weights: docs/library.md has the definition.
uint64_t RESIN_NAME(weights_checksum)(const void *data, size_t bytes);

// Maps a file of weights after checking that its header names this model and that no byte is missing. Gives the
// address of the first weight, aligned to a page, or a code and NULL.
int32_t RESIN_NAME(weights_file_map)(const char *path, const char *model, uint64_t bytes, uint64_t checksum,
                                     const void **weights);

// Undoes RESIN_NAME(weights_file_map). NULL is ignored.
void RESIN_NAME(weights_file_unmap)(const void *weights, uint64_t bytes);

// The height and width that a clause gives a picture of such extents before it is cropped, for an input of a height and a
// width. No extent is below 1 and none above RESIN_MOST_PIXELS, those of the clause and the input not above
// RESIN_MOST_SIDE.
void RESIN_NAME(resized_extent)(const resin_preprocessing *clause, const int64_t *input, const int64_t *picture,
                                int64_t *resized);

// Makes one image of an input, of type `element` and extents `dims`, from a picture, as its clause says: see
// resin_preprocessing.preprocess. Gives RESIN_BAD_PICTURE for extents below 1, more than RESIN_MOST_PIXELS (also between
// the two passes of resizing), a stride shorter than a row, a format that is none, and where what the clause makes of the
// picture has not the size of the input.
int32_t RESIN_NAME(picture_input)(const resin_preprocessing *clause, const int64_t *dims, int32_t element,
                                  const uint8_t *pixels, int64_t width, int64_t height, int64_t stride,
                                  int32_t format, void *input);

// The `count` most probable of `classes` classes, the best first, and of equals the one with the lower index; behind the last
// one index -1, probability 0. Scores that are probabilities (none below 0, their sum 1 within 0.001) are taken as they are,
// others as logits, of which the softmax is taken. Labels are NULL.
void RESIN_NAME(best_classes)(const float *scores, int64_t classes, resin_class *best, size_t count);

// The best classes of a picture, by the output `scores`, f32, of a model with one input, which is made from pictures, of
// one image or of several that are computed by themselves. `outputs` has room for the addresses of all outputs. `workspace`
// holds what a run needs, the input and the outputs, each aligned as the workspace is. Codes are those of its preprocessing
// and of a run; nothing is written to `classes` with any but RESIN_OK.
int32_t RESIN_NAME(classify_picture)(const resin_model *model, int32_t scores, const void *weights,
                                     const uint8_t *pixels, int64_t width, int64_t height, int64_t stride,
                                     int32_t format, resin_class *classes, size_t count, void **outputs,
                                     void *workspace, size_t workspace_bytes, const resin_parallel *parallel);

// A code of a compiled model in words.
RESIN_PUBLIC const char *RESIN_NAME(error)(int32_t code);

#ifdef __cplusplus
}
#endif

#endif
