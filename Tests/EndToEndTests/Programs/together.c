// together LIBRARY...: models that live in one process: threads that run them at once, calls that fail between calls
// that do not, and libraries that come and go.
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

#include "library.h"

enum { MAXIMUM_MODELS = 8, ROUNDS = 30, LOADS = 1000 };

typedef struct worker {
  const context *expected;
  uint32_t seed;
  const resin_parallel *parallel;
} worker;

static void *work(void *argument) {
  const worker *self = argument;
  const resin_model *model = self->expected->model;
  context own = make_context(model, self->seed);
  for (int round = 0; round < ROUNDS; round++) {
    // A context survives every call that fails.
    void *odd = (char *)own.workspace + 4;
    void *const *outputs = own.outputs;
    size_t bytes = model->workspace_bytes;
    CHECK(model->run(NULL, NULL, outputs, own.workspace, bytes, self->parallel) == RESIN_NULL_POINTER);
    if (bytes > 0) {
      CHECK(model->run(NULL, own.inputs, outputs, own.workspace, bytes - 1, NULL) == RESIN_WORKSPACE_TOO_SMALL);
      CHECK(model->run(NULL, own.inputs, outputs, odd, bytes, NULL) == RESIN_WORKSPACE_MISALIGNED);
    }
    CHECK(model->run_steps(NULL, own.inputs, outputs, own.workspace, bytes, NULL, 1, 0) == RESIN_BAD_STEPS);
    CHECK(run(&own, self->parallel) == RESIN_OK);
    CHECK(same_outputs(&own, self->expected));
  }
  free_context(&own);
  return NULL;
}

static int entries(const char *folder) {
  DIR *open = opendir(folder);
  CHECK(open != NULL);
  int count = 0;
  while (readdir(open) != NULL) count++;
  closedir(open);
  return count;
}

static long resident_pages(void) {
  long size = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2);
  fclose(file);
  return resident;
}

static int is_mapped(const char *path) {
  const char *name = strrchr(path, '/') + 1;
  char line[4096];
  int found = 0;
  FILE *file = fopen("/proc/self/maps", "r");
  CHECK(file != NULL);
  while (fgets(line, sizeof line, file) != NULL) found |= strstr(line, name) != NULL;
  fclose(file);
  return found;
}

// Two threads per model, all at once, each with a context of its own; every other one in the pool of another library.
static void run_together(char **paths, int count) {
  void *handles[MAXIMUM_MODELS];
  context expected[MAXIMUM_MODELS][2];
  worker workers[MAXIMUM_MODELS][2];
  pthread_t threads[MAXIMUM_MODELS][2];
  const resin_model *models[MAXIMUM_MODELS] = {NULL};
  // Global: the functions that all libraries share must not be taken from the first.
  for (int i = 0; i < count; i++) models[i] = open_model(paths[i], RTLD_NOW | RTLD_GLOBAL, &handles[i]);
  resin_pool *pool = models[0]->create_pool(3);
  const resin_parallel *parallel = models[0]->pool_parallel(pool);
  for (int i = 0; i < count; i++) {
    for (int seed = 0; seed < 2; seed++) {
      expected[i][seed] = make_context(models[i], (uint32_t)seed);
      CHECK(run(&expected[i][seed], NULL) == RESIN_OK);
      workers[i][seed] = (worker){&expected[i][seed], (uint32_t)seed, seed == 0 ? NULL : parallel};
    }
    CHECK(!same_outputs(&expected[i][0], &expected[i][1]));
  }
  for (int i = 0; i < 2 * count; i++) pthread_create(&threads[i / 2][i % 2], NULL, work, &workers[i / 2][i % 2]);
  for (int i = 0; i < 2 * count; i++) pthread_join(threads[i / 2][i % 2], NULL);
  models[0]->destroy_pool(pool);
  for (int i = 0; i < count; i++) {
    free_context(&expected[i][0]);
    free_context(&expected[i][1]);
    dlclose(handles[i]);
    CHECK(!is_mapped(paths[i]));
  }
}

static void load_and_unload(char **paths, int count) {
  long pages = 0;
  int files = entries("/proc/self/fd");
  for (int round = 0; round < LOADS; round++) {
    void *handle;
    const resin_model *model = open_model(paths[round % count], RTLD_NOW, &handle);
    resin_pool *pool = model->create_pool(2);
    context own = make_context(model, 1);
    CHECK(pool != NULL && run(&own, model->pool_parallel(pool)) == RESIN_OK);
    free_context(&own);
    // Threads of a pool that is forgotten end with their code.
    if (round != LOADS / 2) model->destroy_pool(pool);
    dlclose(handle);
    CHECK(!is_mapped(paths[round % count]));
    // The system counts a thread for a moment after it was joined.
    for (int wait = 0; wait < 1000 && entries("/proc/self/task") > 3; wait++) usleep(1000);
    CHECK(entries("/proc/self/task") == 3);
    if (round == LOADS / 10) pages = resident_pages();
  }
  CHECK(entries("/proc/self/fd") == files);
  CHECK(resident_pages() - pages < 256);
}

int main(int count, char **arguments) {
  CHECK(count >= 2 && count - 1 <= MAXIMUM_MODELS);
  run_together(arguments + 1, count - 1);
  load_and_unload(arguments + 1, count - 1);
  return 0;
}
