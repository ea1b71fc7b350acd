// Writes the outputs of a compiled model, byte for byte, for inputs that are the same on every machine.
//
//     outputs LIBRARY NAME > FILE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resin_model.h"

// Fractions of 2¹⁶ in [-1, 1), which every float can hold; small whole numbers where they are integers.
static void fill(const resin_port *port, void *data, size_t elements) {
  uint32_t state = 12345;
  for (size_t index = 0; index < elements; index++) {
    state = state * 1664525u + 1013904223u;
    uint32_t bits = state >> 15;
    switch (port->element) {
      case RESIN_F32: ((float *)data)[index] = (float)((int32_t)bits - 65536) / 65536.0f; break;
      case RESIN_I64: ((int64_t *)data)[index] = bits % 2; break;
      case RESIN_I32: ((int32_t *)data)[index] = bits % 2; break;
      default: ((uint8_t *)data)[index] = bits % 2; break;
    }
  }
}

static size_t elements(const resin_port *port) {
  size_t count = 1;
  for (int32_t axis = 0; axis < port->rank; axis++) count *= (size_t)port->dims[axis];
  return count;
}

static size_t bytes(const resin_port *port) {
  switch (port->element) {
    case RESIN_I64: return 8 * elements(port);
    case RESIN_F32:
    case RESIN_I32: return 4 * elements(port);
    default: return elements(port);
  }
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
  char symbol[256];
  snprintf(symbol, sizeof symbol, "%s_model", arguments[2]);
  const resin_model *(*get)(void) = NULL;
  *(void **)&get = dlsym(library, symbol);
  if (get == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
  const resin_model *model = get();
  const void *inputs[16];
  void *outputs[16], *workspace = NULL;
  for (int32_t index = 0; index < model->input_count; index++) {
    void *data = malloc(bytes(&model->inputs[index]) + 1);
    fill(&model->inputs[index], data, elements(&model->inputs[index]));
    inputs[index] = data;
  }
  for (int32_t index = 0; index < model->output_count; index++) {
    outputs[index] = calloc(bytes(&model->outputs[index]) + 1, 1);
  }
  if (posix_memalign(&workspace, 4096, model->workspace_bytes + 1) != 0) return 1;
  int32_t code = model->run(NULL, inputs, outputs, workspace, model->workspace_bytes, NULL);
  if (code != RESIN_OK) return fprintf(stderr, "%s\n", model->error(code)), 1;
  for (int32_t index = 0; index < model->output_count; index++) {
    fwrite(outputs[index], 1, bytes(&model->outputs[index]), stdout);
  }
  return 0;
}
