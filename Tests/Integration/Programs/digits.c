// Prints the first logit of an image of zeros.
#include <stdio.h>
#include <stdlib.h>

#include "digits.h"

int main(void) {
  static float image[DIGITS_IMAGE_ELEMENTS];
  float logits[DIGITS_LOGITS_ELEMENTS];
  void *workspace = NULL;
  if (posix_memalign(&workspace, DIGITS_ALIGNMENT, DIGITS_WORKSPACE_BYTES) != 0) return 1;
  int32_t code = digits_run(image, logits, workspace, DIGITS_WORKSPACE_BYTES, NULL);
  printf("%d %.4f\n", code, logits[0]);
  free(workspace);
  return 0;
}
