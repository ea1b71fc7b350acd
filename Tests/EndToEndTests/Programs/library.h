// A compiled model loaded by name, with inputs that a seed determines and room for outputs: for the tests' programs.
#ifndef LIBRARY_H
#define LIBRARY_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resin_model.h"

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) {                                         \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);   \
      exit(1);                                                  \
    }                                                           \
  } while (0)

enum { MAXIMUM_PORTS = 8 };

// What one thread needs for runs of its own.
typedef struct context {
  const resin_model *model;
  const void *inputs[MAXIMUM_PORTS];
  void *outputs[MAXIMUM_PORTS];
  size_t output_bytes[MAXIMUM_PORTS];
  void *workspace;
} context;

static inline const resin_model *open_model(const char *path, int flags, void **handle) {
  *handle = dlopen(path, flags);
  if (*handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  const resin_model *(*get)(void) = (const resin_model *(*)(void))(uintptr_t)dlsym(*handle, "resin_model_get");
  CHECK(get != NULL);
  CHECK(get()->abi_version == RESIN_ABI_VERSION);
  return get();
}

static inline size_t port_elements(const resin_port *port) {
  size_t count = 1;
  for (int32_t axis = 0; axis < port->rank; axis++) count *= (size_t)port->dims[axis];
  return count;
}

// All inputs are f32.
static inline context make_context(const resin_model *model, uint32_t seed) {
  context made = {.model = model};
  CHECK(model->input_count <= MAXIMUM_PORTS && model->output_count <= MAXIMUM_PORTS);
  for (int32_t index = 0; index < model->input_count; index++) {
    size_t count = port_elements(&model->inputs[index]);
    float *values = malloc(count * sizeof(float));
    CHECK(model->inputs[index].element == RESIN_F32 && values != NULL);
    for (size_t i = 0; i < count; i++) {
      seed = seed * 1664525u + 1013904223u;
      values[i] = (float)(seed >> 8) / (1 << 23) - 1;
    }
    made.inputs[index] = values;
  }
  for (int32_t index = 0; index < model->output_count; index++) {
    size_t size = model->outputs[index].element == RESIN_F32 ? 4 : model->outputs[index].element == RESIN_I64 ? 8 : 1;
    made.output_bytes[index] = port_elements(&model->outputs[index]) * size;
    made.outputs[index] = calloc(1, made.output_bytes[index] + 1);
  }
  CHECK(posix_memalign(&made.workspace, model->alignment, model->workspace_bytes + 1) == 0);
  return made;
}

static inline void free_context(context *made) {
  for (int32_t index = 0; index < made->model->input_count; index++) free((void *)(uintptr_t)made->inputs[index]);
  for (int32_t index = 0; index < made->model->output_count; index++) free(made->outputs[index]);
  free(made->workspace);
}

static inline int32_t run(const context *with, const resin_parallel *parallel) {
  const resin_model *model = with->model;
  return model->run(NULL, with->inputs, with->outputs, with->workspace, model->workspace_bytes, parallel);
}

static inline int same_outputs(const context *a, const context *b) {
  for (int32_t index = 0; index < a->model->output_count; index++) {
    if (memcmp(a->outputs[index], b->outputs[index], a->output_bytes[index]) != 0) return 0;
  }
  return 1;
}

#endif
