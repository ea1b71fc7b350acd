// Compiled models on several threads at once: `models [--spoiled] LIBRARY…`, built with a sanitizer or run under
// Valgrind. Spoiled, inputs are too small and callers share a workspace.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resin_model.h"

#define CHECK(condition) \
  if (!(condition)) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)

enum { RUNS = 3, PORTS = 4 };

static int spoiled;

static size_t port_bytes(const resin_port *port) {
  size_t bytes = port->element == RESIN_F32 ? 4 : port->element == RESIN_I64 ? 8 : 1;
  for (int32_t axis = 0; axis < port->rank; axis++) bytes *= (size_t)port->dims[axis];
  return bytes;
}

// One call of a model: memory of its own, exactly as much as the model asks for.
typedef struct call {
  const resin_model *model;
  const void *weights;
  const resin_parallel *parallel;
  void *inputs[PORTS];
  void *outputs[PORTS];
  void *workspace;
} call;

static void prepare(call *call, const resin_model *model, const void *weights, const resin_parallel *parallel) {
  CHECK(model->input_count <= PORTS && model->output_count <= PORTS);
  *call = (struct call){.model = model, .weights = weights, .parallel = parallel};
  for (int32_t i = 0; i < model->input_count; i++) {
    size_t bytes = port_bytes(&model->inputs[i]);
    if (spoiled) bytes -= 64;
    float *values = call->inputs[i] = malloc(bytes);
    for (size_t k = 0; k < bytes / 4; k++) values[k] = (float)(k % 17) / 17;
  }
  for (int32_t i = 0; i < model->output_count; i++) call->outputs[i] = malloc(port_bytes(&model->outputs[i]));
  CHECK(posix_memalign(&call->workspace, model->alignment, model->workspace_bytes) == 0);
}

static int32_t run(call *call, size_t bytes) {
  return call->model->run(call->weights, (const void *const *)call->inputs, call->outputs, call->workspace, bytes,
                          call->parallel);
}

static void forget(call *call) {
  for (int i = 0; i < PORTS; i++) free(call->inputs[i]), free(call->outputs[i]);
  free(call->workspace);
}

static void *runs(void *argument) {
  call *mine = argument;
  const size_t bytes = mine->model->workspace_bytes;
  void *workspace = mine->workspace;
  for (int round = 0; round < RUNS; round++) {
    CHECK(run(mine, bytes - 1) == RESIN_WORKSPACE_TOO_SMALL);
    mine->workspace = (char *)workspace + 4;
    CHECK(run(mine, bytes) == RESIN_WORKSPACE_MISALIGNED);
    mine->workspace = NULL;
    CHECK(run(mine, bytes) == RESIN_NULL_POINTER);
    mine->workspace = workspace;
    CHECK(run(mine, bytes) == RESIN_OK);
  }
  return NULL;
}

// Callers with one pool, pools of their own, and none, at the same time.
static void use(const resin_model *model, const char *path) {
  const void *weights = NULL;
  if (model->weights_mode == RESIN_WEIGHTS_SEPARATE) {
    char file[4096];
    snprintf(file, sizeof file, "%.*s/%s", (int)(strrchr(path, '/') - path), path, model->weights_file);
    CHECK(model->map_weights("/nonexistent", &weights) == RESIN_CANNOT_OPEN_WEIGHTS);
    CHECK(model->map_weights(file, &weights) == RESIN_OK);
  }
  resin_pool *shared = model->create_pool(3), *own = model->create_pool(2);
  const resin_parallel *pools[] = {model->pool_parallel(shared), model->pool_parallel(shared),
                                   model->pool_parallel(own), NULL};
  enum { COUNT = sizeof pools / sizeof pools[0] };
  call calls[COUNT];
  pthread_t threads[COUNT];
  for (int i = 0; i < COUNT; i++) {
    prepare(&calls[i], model, weights, pools[i]);
    if (spoiled) calls[i].workspace = calls[0].workspace;
    CHECK(pthread_create(&threads[i], NULL, runs, &calls[i]) == 0);
  }
  for (int i = 0; i < COUNT; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  for (int i = 0; i < COUNT; i++) {
    // The same bits on any number of threads.
    for (int32_t k = 0; k < model->output_count; k++)
      CHECK(memcmp(calls[i].outputs[k], calls[0].outputs[k], port_bytes(&model->outputs[k])) == 0);
    if (i > 0) forget(&calls[i]);
  }
  forget(&calls[0]);
  model->destroy_pool(shared);
  model->destroy_pool(own);
  if (weights != NULL) model->unmap_weights(weights);
}

static const resin_model *model_of(void *library) {
  const resin_model *(*get)(void);
  void *symbol = dlsym(library, "resin_model_get");
  CHECK(symbol != NULL);
  memcpy(&get, &symbol, sizeof get);
  return get();
}

int main(int count, char **paths) {
  spoiled = count > 1 && strcmp(paths[1], "--spoiled") == 0;
  paths += spoiled, count -= spoiled;
  CHECK(count > 1 && count < 9);
  for (int round = 0; round < 2; round++) {
    void *libraries[8];
    for (int i = 1; i < count; i++) {
      libraries[i] = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
      if (libraries[i] == NULL) fprintf(stderr, "%s\n", dlerror());
      CHECK(libraries[i] != NULL);
    }
    for (int i = 1; i < count; i++) use(model_of(libraries[i]), paths[i]);
    for (int i = 1; i < count; i++) CHECK(dlclose(libraries[i]) == 0);
  }
  return 0;
}
