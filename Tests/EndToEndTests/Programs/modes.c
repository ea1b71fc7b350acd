// modes LIBRARY: whatever floating-point state the caller is in, a run gives the same bits and puts the state back, on
// one thread and in a pool; and denormal inputs cost what others cost.
#include <time.h>
#include <xmmintrin.h>

#include "library.h"

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static double shortest(double a, double b) { return a < b ? a : b; }

static double time_of_run(const context *with) {
  double start = milliseconds();
  CHECK(run(with, NULL) == RESIN_OK);
  return milliseconds() - start;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  void *handle;
  const resin_model *model = open_model(arguments[1], RTLD_NOW, &handle);
  context expected = make_context(model, 1), own = make_context(model, 1), tiny = make_context(model, 1);
  CHECK(run(&expected, NULL) == RESIN_OK);
  resin_pool *pool = model->create_pool(2);
  // Rounding to nearest, down, up, to zero; exceptions masked or not; denormals kept or not; flags raised.
  const unsigned int usual = _mm_getcsr() & ~0x3fu;
  for (unsigned int rounding = 0; rounding < 4; rounding++) {
    for (unsigned int other = 0; other < 16; other++) {
      unsigned int state = (usual & ~0xe040u) | rounding << 13;
      if (other & 1) state &= ~0x1f80u;
      if (other & 2) state |= 0x8040u;
      // A raised flag of an exception that is not masked would be one.
      if ((other & 4) && !(other & 1)) state |= 0x25u;
      _mm_setcsr(state);
      int32_t code = run(&own, other & 8 ? model->pool_parallel(pool) : NULL);
      unsigned int after = _mm_getcsr();
      _mm_setcsr(usual);
      CHECK(code == RESIN_OK && after == state);
      CHECK(same_outputs(&own, &expected));
    }
  }
  model->destroy_pool(pool);
  for (int32_t index = 0; index < model->input_count; index++) {
    float *values = (float *)(uintptr_t)tiny.inputs[index];
    for (size_t i = 0; i < port_elements(&model->inputs[index]); i++) values[i] *= 1e-39f;
  }
  double with_tiny = 1e9, without = 1e9;
  for (int round = 0; round < 200; round++) {
    with_tiny = shortest(with_tiny, time_of_run(&tiny));
    without = shortest(without, time_of_run(&own));
  }
  fprintf(stderr, "%.4f ms with denormal inputs, %.4f ms without\n", with_tiny, without);
  CHECK(with_tiny < 2 * without);
  return 0;
}
