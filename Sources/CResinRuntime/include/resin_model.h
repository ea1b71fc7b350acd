// What a compiled model tells about itself: read without knowing which model it is.
#ifndef RESIN_MODEL_H
#define RESIN_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "resin_codes.h"
#include "resin_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

// Changes when a struct below changes; a loader refuses other versions.
#define RESIN_ABI_VERSION 6

// Element types of inputs and outputs: float, int64_t, uint8_t holding 0 or 1, uint8_t, int8_t, int32_t.
enum resin_element { RESIN_F32 = 0, RESIN_I64 = 1, RESIN_BOOL = 2, RESIN_U8 = 3, RESIN_I8 = 4, RESIN_I32 = 5 };

// What a pixel of a picture is: bytes in this order. The fourth, alpha, is not looked at.
enum resin_pixel_format { RESIN_RGB8 = 0, RESIN_BGR8 = 1, RESIN_GRAY8 = 2, RESIN_RGBA8 = 3, RESIN_BGRA8 = 4 };

// Where the packed weights are: inside the library, or in a file beside it that the caller maps.
enum resin_weights_mode { RESIN_WEIGHTS_EMBEDDED = 0, RESIN_WEIGHTS_SEPARATE = 1 };

// How the pixels between those of a picture are found when it is resized, as Pillow does: by a triangle, by a cubic
// (a = -0.5), both wider when the picture shrinks, or as the nearest one.
enum resin_interpolation { RESIN_BILINEAR = 0, RESIN_BICUBIC = 1, RESIN_NEAREST = 2 };

// How an 8-bit picture becomes an input, [N, C, H, W] or, where the second extent is not that of the channels,
// [N, H, W, C]; an input of RESIN_U8 takes the pixels as they are (scale 1, mean 0, deviation 1): resize the shorter
// side to `resize`, or the picture to `resize_height` and `resize_width` (all 0: straight to the crop or the input), take
// the centre crop (0: none), then (pixel * scale - mean) / deviation per channel. An output becomes a picture the other
// way: (value * deviation + mean) / scale, rounded, within 0 to 255.
typedef struct resin_preprocessing {
  const char *channels;  // "rgb8", "bgr8" or "gray8"
  int64_t resize;
  int64_t resize_height;
  int64_t resize_width;
  int64_t crop_height;
  int64_t crop_width;
  int32_t interpolation;  // enum resin_interpolation
  int32_t channel_count;
  float scale;
  const float *mean;       // channel_count values
  const float *deviation;  // channel_count values
  // Of an input: makes one image of it from the pixels of a picture, row by row from the top, the rows `stride` bytes
  // apart, in a format of enum resin_pixel_format. `input` is where the image goes. Of an output: NULL.
  int32_t (*preprocess)(const uint8_t *pixels, int64_t width, int64_t height, int64_t stride, int32_t format,
                        void *input);
} resin_preprocessing;

// An input or an output: a dense tensor, row-major (the last extent varies fastest).
typedef struct resin_port {
  const char *name;
  int32_t element;  // enum resin_element
  int32_t rank;
  const int64_t *dims;  // `rank` extents
  const resin_preprocessing *preprocessing;  // NULL where the model says nothing
  int32_t label_count;                       // outputs: 0 where the model says nothing
  const char *const *labels;                 // `label_count` strings
  // How many images lie along the first axis, where the model computes each image by itself: a run for fewer of them
  // may fill up its input. 0 for a tensor without images, and for all of a model whose images depend on each other.
  int64_t images;
} resin_port;

// An axis by the name that the model has for it, in a library with code for several extents of it.
typedef struct resin_dimension {
  const char *name;
  int32_t count;
  const int64_t *extents;  // `count` of them
} resin_dimension;

// A step of a run, for profiles.
typedef struct resin_step {
  const char *name;    // of the node whose result it writes
  const char *kernel;  // what computes it, in words
  double flops;        // floating-point operations by the definition, a multiply-add counting as two
  double operations;   // floating-point operations that the kernel does
  // Bytes, each counted once: weights, activations read, activations written.
  double weight_bytes;
  double read_bytes;
  double written_bytes;
} resin_step;

// A pool of threads that implements `resin_parallel`.
typedef struct resin_pool resin_pool;

// A compiled model. Everything it points to is constant and lives as long as the library is loaded.
typedef struct resin_model {
  uint32_t abi_version;   // RESIN_ABI_VERSION
  uint32_t struct_bytes;  // sizeof(resin_model)
  const char *name;
  const char *resin_version;
  const char *instruction_set;  // what the code is for: x86-64-v3, armv8-a
  int32_t feature_count;
  const char *const *features;  // required CPU features beyond those that all of its kind have
  int32_t input_count;
  const resin_port *inputs;
  int32_t output_count;
  const resin_port *outputs;
  int32_t step_count;
  const resin_step *steps;
  uint64_t workspace_bytes;
  uint64_t alignment;  // of the workspace and of the weights
  int32_t weights_mode;  // enum resin_weights_mode
  uint64_t weights_bytes;
  uint64_t weights_checksum;
  const char *weights_file;  // separate mode: the file's name, relative to the library's folder; else NULL

  // How it was made: the version of LLVM, the options of the compiler, and the SHA-256 sums, in hexadecimal, of the
  // model's graph and of its weights, which docs/library.md defines.
  const char *llvm_version;
  const char *options;
  const char *model_sha256;
  const char *weights_sha256;

  // RESIN_OK or RESIN_UNSUPPORTED_CPU, decided when the library was loaded.
  int32_t (*check_cpu)(void);
  // Runs the model. `weights` is what map_weights gave, and ignored in embedded mode.
  int32_t (*run)(const void *weights, const void *const *inputs, void *const *outputs, void *workspace,
                 size_t workspace_bytes, const resin_parallel *parallel);
  // Runs steps first..<last alone, for profiles; all steps in order, with the same arguments, are a run.
  int32_t (*run_steps)(const void *weights, const void *const *inputs, void *const *outputs, void *workspace,
                       size_t workspace_bytes, const resin_parallel *parallel, int32_t first,
                       int32_t last);
  // Separate mode: maps the file of weights; embedded mode: NULL.
  int32_t (*map_weights)(const char *path, const void **weights);
  void (*unmap_weights)(const void *weights);
  resin_pool *(*create_pool)(int32_t threads);
  void (*destroy_pool)(resin_pool *pool);
  const resin_parallel *(*pool_parallel)(resin_pool *pool);
  const char *(*error)(int32_t code);
} resin_model;

#ifdef __cplusplus
}
#endif

#endif
