import Artifacts
import Foundation
import TestSupport
import Testing

/// Compiled models called from C, C++, Python and Swift, as their users do.
@Suite struct CallerTests {
  @Test func codesForWrongArguments() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents().write(.library, to: folder.path("libaffine.so"))
    let program = """
      #include <stdio.h>
      #include <string.h>
      #include "affine.h"
      #define CHECK(condition) if (!(condition)) { printf("line %d\\n", __LINE__); return 1; }
      static _Alignas(64) unsigned char workspace[AFFINE_WORKSPACE_BYTES + 64];
      int main(void) {
        // One byte off: inputs need no alignment.
        unsigned char bytes[sizeof(float) * AFFINE_X_ELEMENTS + 1];
        float x[AFFINE_X_ELEMENTS] = {1, 2, 3, 4, 5, 6}, y[AFFINE_Y_ELEMENTS] = {0};
        memcpy(bytes + 1, x, sizeof x);
        resin_parallel empty = {NULL, NULL};
        size_t size = AFFINE_WORKSPACE_BYTES;
        CHECK(affine_run(NULL, y, workspace, size, NULL) == RESIN_NULL_POINTER);
        CHECK(affine_run(x, NULL, workspace, size, NULL) == RESIN_NULL_POINTER);
        CHECK(affine_run(x, y, NULL, size, NULL) == RESIN_NULL_POINTER);
        CHECK(affine_run(x, y, workspace, size, &empty) == RESIN_NULL_POINTER);
        CHECK(affine_run(x, y, workspace, size - 1, NULL) == RESIN_WORKSPACE_TOO_SMALL);
        CHECK(affine_run(x, y, workspace + 32, size, NULL) == RESIN_WORKSPACE_MISALIGNED);
        CHECK(y[0] == 0);
        const resin_model *model = resin_model_get();
        const void *inputs[] = {x};
        void *outputs[] = {y};
        CHECK(model == affine_model());
        CHECK(model->run(NULL, NULL, outputs, workspace, size, NULL) == RESIN_NULL_POINTER);
        CHECK(model->run(NULL, inputs, NULL, workspace, size, NULL) == RESIN_NULL_POINTER);
        CHECK(model->run_steps(NULL, inputs, outputs, workspace, size, NULL, -1, 1) == RESIN_BAD_STEPS);
        CHECK(model->run_steps(NULL, inputs, outputs, workspace, size, NULL, 0, 3) == RESIN_BAD_STEPS);
        CHECK(model->run_steps(NULL, inputs, outputs, workspace, size, NULL, 2, 1) == RESIN_BAD_STEPS);
        CHECK(y[0] == 0);
        CHECK(affine_run((const float *)(const void *)(bytes + 1), y, workspace, size, NULL) == RESIN_OK);
        CHECK(y[5] == 18);
        for (int code = -1; code < 20; code++) CHECK(strlen(affine_error(code)) > 5);
        return 0;
      }
      """
    let result = try runC(program, in: folder, linking: ["-L.", "-laffine"])
    #expect(result.status == 0, "\(result.output)")
  }

  @Test func separateWeightsFromC() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents(.separate).write(.archive, to: folder.path("libaffine.a"))
    let program = """
      #include "affine.h"
      #include <cstdlib>
      #define CHECK(condition) if (!(condition)) return __LINE__;
      alignas(64) static unsigned char workspace[128];
      int main() {
        const void *weights = workspace;
        float x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {};
        CHECK(affine_weights_map("absent", &weights) == RESIN_CANNOT_OPEN_WEIGHTS && weights == nullptr);
        CHECK(affine_weights_map(".", &weights) == RESIN_BAD_WEIGHTS && weights == nullptr);
        CHECK(affine_weights_map("/dev/zero", &weights) == RESIN_BAD_WEIGHTS);
        CHECK(affine_weights_map(nullptr, &weights) == RESIN_NULL_POINTER);
        CHECK(affine_weights_map("x", nullptr) == RESIN_NULL_POINTER);
        CHECK(affine_weights_check(nullptr) == RESIN_BAD_WEIGHTS);
        CHECK(affine_run(nullptr, x, y, workspace, 128, nullptr) == RESIN_BAD_WEIGHTS);
        CHECK(affine_run(workspace + 4, x, y, workspace, 128, nullptr) == RESIN_BAD_WEIGHTS);
        CHECK(affine_weights_map(AFFINE_WEIGHTS_FILE, &weights) == RESIN_OK);
        CHECK(affine_weights_check(weights) == RESIN_OK);
        CHECK(affine_weights_check(workspace) == RESIN_BAD_WEIGHTS);
        resin_pool *pool = affine_pool_create(2);
        CHECK(affine_run(weights, x, y, workspace, 128, affine_pool_parallel(pool)) == RESIN_OK);
        affine_pool_destroy(pool);
        CHECK(y[5] == 18);
        affine_weights_unmap(weights);
        affine_weights_unmap(nullptr);
        return 0;
      }
      """
    let result = try runC(
      program, in: folder, compiler: ["g++", "-std=c++17"], linking: ["libaffine.a"])
    #expect(result.status == 0)
  }

  @Test func twoThreadsRunOneLibraryWithoutAllocating() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents().write(.library, to: folder.path("libaffine.so"))
    let program = """
      #include <pthread.h>
      #include <stdatomic.h>
      #include <stdlib.h>
      #include "affine.h"
      extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
      static atomic_int running, allocations;
      static void note(void) { if (atomic_load(&running)) atomic_fetch_add(&allocations, 1); }
      void *malloc(size_t size) { note(); return __libc_malloc(size); }
      void *calloc(size_t count, size_t size) { note(); return __libc_calloc(count, size); }
      void *realloc(void *memory, size_t size) { note(); return __libc_realloc(memory, size); }
      static resin_pool *pool;
      static void *work(void *argument) {
        float offset = *(float *)argument;
        _Alignas(64) unsigned char workspace[AFFINE_WORKSPACE_BYTES];
        for (int round = 0; round < 20000; round++) {
          float x[6], y[6];
          for (int i = 0; i < 6; i++) x[i] = offset + (float)(round % 100);
          const resin_parallel *parallel = round % 2 ? affine_pool_parallel(pool) : NULL;
          if (affine_run(x, y, workspace, sizeof workspace, parallel) != RESIN_OK) return argument;
          for (int i = 0; i < 6; i++) if (y[i] != 2 * x[i] + (float)(i + 1)) return argument;
        }
        return NULL;
      }
      int main(void) {
        pool = affine_pool_create(2);
        float offsets[2] = {0, 1000};
        pthread_t threads[2];
        void *failed[2];
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &offsets[i]);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], &failed[i]);
        atomic_store(&running, 1);
        void *alone = work(&offsets[0]);
        atomic_store(&running, 0);
        if (atomic_load(&allocations) != 0) return 2;
        running = 1;
        free(malloc(10));
        if (atomic_load(&allocations) != 1) return 3;
        running = 0;
        affine_pool_destroy(pool);
        return failed[0] || failed[1] || alone ? 1 : 0;
      }
      """
    let result = try runC(
      program, in: folder, compiler: ["cc", "-std=gnu11", "-O0"], linking: ["-L.", "-laffine"])
    #expect(result.status == 0)
  }

  @Test(arguments: [LibraryKind.object, .archive])
  func twoModelsLinkIntoOneProgram(kind: LibraryKind) throws {
    let folder = try ScratchFolder()
    let names = ["first", "second"]
    for name in names {
      try FixtureModel.affine(name: name).contents()
        .write(kind, to: folder.path(kind.defaultFileName(model: name)))
    }
    let program = """
      #include <string.h>
      #include "first.h"
      #include "second.h"
      int main(void) {
        static _Alignas(64) unsigned char workspace[128];
        float x[6] = {1, 2, 3, 4, 5, 6}, y[6], z[6];
        resin_pool *pool = second_pool_create(2);
        if (first_run(x, y, workspace, 128, second_pool_parallel(pool)) != RESIN_OK) return 1;
        if (second_run(y, z, workspace, 128, NULL) != RESIN_OK) return 2;
        second_pool_destroy(pool);
        if (strcmp(first_model()->name, "first") || strcmp(second_model()->name, "second")) return 3;
        return z[5] == 42 ? 0 : 4;
      }
      """
    let result = try runC(
      program, in: folder, linking: names.map { kind.defaultFileName(model: $0) })
    #expect(result.status == 0)
  }

  @Test func denormalsAreZeroOnEveryThreadAndTheCallersStateStays() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents().write(.object, to: folder.path("affine.o"))
    let program = """
      #include <fenv.h>
      #include <xmmintrin.h>
      #include "affine.h"
      int main(void) {
        static _Alignas(64) unsigned char workspace[128];
        float x[6] = {1e-40f, 1e-40f, 1e-40f, 1e-40f, 1e-40f, 1e-40f}, y[6];
        fesetround(FE_UPWARD);
        unsigned before = _mm_getcsr();
        resin_pool *pool = affine_pool_create(3);
        for (int threads = 0; threads < 2; threads++) {
          const resin_parallel *parallel = threads ? affine_pool_parallel(pool) : NULL;
          if (affine_run(x, y, workspace, 128, parallel) != RESIN_OK) return 1;
          for (int i = 0; i < 6; i++) {
            float doubled;
            __builtin_memcpy(&doubled, workspace + 4 * i, 4);
            if (doubled != 0) return 2;
          }
        }
        affine_pool_destroy(pool);
        return _mm_getcsr() == before ? 0 : 3;
      }
      """
    let result = try runC(program, in: folder, linking: ["affine.o"])
    #expect(result.status == 0)
  }
}
