// Loads one compiled model, runs it some times and prints as JSON what that took: startup LIBRARY RUNS
#define _POSIX_C_SOURCE 200809L

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resin_model.h"

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return a < b ? -1 : a > b;
}

// The most memory that was resident at once. `getrusage` would also count what ran in this process before it became
// this program.
static long peak_resident_bytes(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long kilobytes = -1;
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "VmHWM: %ld kB", &kilobytes) == 1) break;
  }
  if (kilobytes < 0) fail("the system does not say how much memory is resident");
  fclose(status);
  return kilobytes * 1024;
}

// Memory for a tensor; inputs are small positive numbers.
static void *tensor(const resin_port *port) {
  size_t count = 1;
  for (int axis = 0; axis < port->rank; axis++) count *= (size_t)port->dims[axis];
  float *values = malloc(count * sizeof(float));
  if (values == NULL || port->element != RESIN_F32) fail("a tensor that this program cannot make");
  for (size_t index = 0; index < count; index++) values[index] = (float)(index % 17) / 17;
  return values;
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: startup LIBRARY RUNS");
  int runs = atoi(arguments[2]);
  double start = milliseconds();
  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fail(dlerror());
  const resin_model *(*get)(void);
  *(void **)&get = dlsym(library, "resin_model_get");
  if (get == NULL) fail("no compiled model");
  const resin_model *model = get();
  if (model->abi_version != RESIN_ABI_VERSION || model->weights_file != NULL) fail("not such a model");
  if (model->check_cpu() != RESIN_OK) fail("not for this CPU");
  double load = milliseconds() - start;

  const void **inputs = calloc((size_t)model->input_count, sizeof(void *));
  void **outputs = calloc((size_t)model->output_count, sizeof(void *));
  double *times = calloc((size_t)runs, sizeof(double));
  void *workspace = NULL;
  if (posix_memalign(&workspace, model->alignment, model->workspace_bytes) != 0) fail("no memory");
  for (int index = 0; index < model->input_count; index++) inputs[index] = tensor(&model->inputs[index]);
  for (int index = 0; index < model->output_count; index++) outputs[index] = tensor(&model->outputs[index]);
  for (int run = 0; run < runs; run++) {
    double before = milliseconds();
    int32_t code = model->run(NULL, inputs, outputs, workspace, model->workspace_bytes, NULL);
    if (code != RESIN_OK) fail(model->error(code));
    times[run] = milliseconds() - before;
  }
  double first = times[0];
  qsort(times + 1, (size_t)(runs - 1), sizeof(double), ascending);
  printf("{\"load_ms\": %.3f, \"first_ms\": %.3f, \"later_ms\": %.3f, \"resident_bytes\": %ld, "
         "\"weights_bytes\": %llu, \"workspace_bytes\": %llu}\n",
         load, first, times[1 + (runs - 1) / 2], peak_resident_bytes(),
         (unsigned long long)model->weights_bytes, (unsigned long long)model->workspace_bytes);
  return 0;
}
