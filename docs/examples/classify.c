// Classifies a handwritten digit with a compiled model and its header.
//
//   resin compile Models/digits/digits.resin --weights Models/digits/digits.safetensors -o libdigits.so
//   cc -O2 -I. docs/examples/classify.c -L. -ldigits -Wl,-rpath,. -o classify
//   ./classify digit.f32        # 784 float32 values, row by row, as digits.h says
#include <stdio.h>
#include <stdlib.h>

#include "digits.h"

int main(int argc, char **argv) {
  static float image[DIGITS_IMAGE_ELEMENTS];
  float logits[DIGITS_LOGITS_ELEMENTS];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL || fread(image, sizeof(float), DIGITS_IMAGE_ELEMENTS, file) != DIGITS_IMAGE_ELEMENTS) {
    fprintf(stderr, "usage: classify FILE with %zu float32 values\n", DIGITS_IMAGE_ELEMENTS);
    return 2;
  }
  fclose(file);

  // One workspace and one pool serve any number of runs.
  void *workspace = NULL;
  if (posix_memalign(&workspace, DIGITS_ALIGNMENT, DIGITS_WORKSPACE_BYTES) != 0) return 1;
  resin_pool *pool = digits_pool_create(2);
  int32_t code =
      digits_run(image, logits, workspace, DIGITS_WORKSPACE_BYTES, digits_pool_parallel(pool));
  digits_pool_destroy(pool);
  free(workspace);
  if (code != RESIN_OK) {
    fprintf(stderr, "classify: %s\n", digits_error(code));
    return 1;
  }
  size_t best = 0;
  for (size_t index = 0; index < DIGITS_LOGITS_ELEMENTS; index++) {
    if (logits[index] > logits[best]) best = index;
  }
  printf("%zu %.6g\n", best, logits[best]);
  return 0;
}
