// level LIBRARY: prints the level that the library says it is for, what it says of this CPU, and the outputs' bytes
// where it runs.
#include "library.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  void *handle;
  const resin_model *model = open_model(arguments[1], RTLD_NOW, &handle);
  context own = make_context(model, 1);
  int32_t code = run(&own, NULL);
  printf("%s: %d, %s\n", model->instruction_set, code, model->error(code));
  CHECK(model->check_cpu() == code);
  for (int32_t index = 0; index < model->output_count; index++) {
    for (size_t i = 0; i < own.output_bytes[index]; i++) printf("%02x", ((unsigned char *)own.outputs[index])[i]);
    printf("\n");
  }
  return 0;
}
