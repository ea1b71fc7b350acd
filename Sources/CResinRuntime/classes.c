// A picture as its best classes: made an input, run, and ranked.
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "resin_support.h"

#ifdef RESIN_FIRST_VERSION
RESIN_FIRST_VERSION(exp);
#endif

// Scores that are none below 0 and together 1 are probabilities already.
static bool are_probabilities(const float *scores, int64_t count) {
  double sum = 0;
  for (int64_t index = 0; index < count; index++) {
    if (!(scores[index] >= 0)) return false;
    sum += (double)scores[index];
  }
  return fabs(sum - 1) < 1e-3;
}

void RESIN_NAME(best_classes)(const float *scores, int64_t classes, resin_class *best, size_t count) {
  double largest = -INFINITY, sum = 0;
  bool is_distribution = are_probabilities(scores, classes);
  for (int64_t index = 0; index < classes; index++) {
    if ((double)scores[index] > largest) largest = (double)scores[index];
  }
  for (int64_t index = 0; index < classes && !is_distribution; index++) sum += exp((double)scores[index] - largest);
  size_t found = 0;
  for (int64_t index = 0; index < classes; index++) {
    // Those that are better stay before it, and so do equals, which have lower indices.
    size_t place = found;
    while (place > 0 && scores[index] > scores[best[place - 1].index]) place--;
    if (place == count) continue;
    size_t last = found < count ? found++ : count - 1;
    memmove(best + place + 1, best + place, (last - place) * sizeof *best);
    double probability = is_distribution ? (double)scores[index] : exp((double)scores[index] - largest) / sum;
    best[place] = (resin_class){(int32_t)index, (float)probability, NULL};
  }
  while (found < count) best[found++] = (resin_class){-1, 0, NULL};
}

static int64_t elements_of(const resin_port *port) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < port->rank; axis++) count *= port->dims[axis];
  return count;
}

// The place of a tensor behind others, and the end of it, which the next one is aligned to.
static size_t take(size_t *end, const resin_port *port, size_t alignment) {
  static const size_t element_bytes[] = {
      [RESIN_F32] = 4, [RESIN_I64] = 8, [RESIN_BOOL] = 1, [RESIN_U8] = 1, [RESIN_I8] = 1, [RESIN_I32] = 4};
  size_t place = *end;
  size_t bytes = (size_t)elements_of(port) * element_bytes[port->element];
  *end += (bytes + alignment - 1) / alignment * alignment;
  return place;
}

int32_t RESIN_NAME(classify_picture)(const resin_model *model, int32_t scores, const void *weights,
                                     const uint8_t *pixels, int64_t width, int64_t height, int64_t stride,
                                     int32_t format, resin_class *classes, size_t count, void **outputs,
                                     void *workspace, size_t workspace_bytes, const resin_parallel *parallel) {
  if (pixels == NULL || workspace == NULL || (classes == NULL && count > 0)) return RESIN_NULL_POINTER;
  size_t alignment = (size_t)model->alignment;
  size_t own_bytes = ((size_t)model->workspace_bytes + alignment - 1) / alignment * alignment;
  size_t end = own_bytes;
  char *memory = workspace;
  const resin_port *port = &model->inputs[0];
  char *input = memory + take(&end, port, alignment);
  size_t input_bytes = end - own_bytes;
  for (int32_t index = 0; index < model->output_count; index++) {
    outputs[index] = memory + take(&end, &model->outputs[index], alignment);
  }
  if (workspace_bytes < end) return RESIN_WORKSPACE_TOO_SMALL;
  if ((uintptr_t)workspace % alignment != 0) return RESIN_WORKSPACE_MISALIGNED;
  int64_t images = port->images > 0 ? port->images : 1;
  // Of several images the others are empty.
  if (images > 1) memset(input, 0, input_bytes);
  int32_t code = port->preprocessing->preprocess(pixels, width, height, stride, format, input);
  if (code != RESIN_OK) return code;
  const void *inputs[] = {input};
  code = model->run(weights, inputs, outputs, workspace, own_bytes, parallel);
  if (code != RESIN_OK) return code;
  const resin_port *output = &model->outputs[scores];
  RESIN_NAME(best_classes)(outputs[scores], elements_of(output) / images, classes, count);
  for (size_t index = 0; index < count; index++) {
    int32_t number = classes[index].index;
    if (number >= 0 && number < output->label_count) classes[index].label = output->labels[number];
  }
  return RESIN_OK;
}
