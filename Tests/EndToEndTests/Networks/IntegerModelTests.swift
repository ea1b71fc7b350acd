import GraphIR
import TensorFiles
import TestSupport
import Testing

/// A model that takes a picture of bytes and token numbers, and gives integers, through everything that
/// runs it.
@Suite struct IntegerModelTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    try folder.write(
      "mixed.resin",
      """
      model mixed
      input image: u8[N, 2, 2, 3] from rgb8
      input ids: i64[N, 3]
      sums = reduce_sum(cast(image, to: f32), axes: [1, 2])
      numbers = constant([1.5, 2.5, 3.5, 4.5])
      table = reshape(numbers, shape: [4, 1])
      output class = cast(top_indices(sums, axis: 1), to: i32) labels "names.txt"
      output sums
      output rows = reshape(gather(table, ids, axis: 0), shape: [N, 3])
      output ids2 = transpose(ids, permutation: [1, 0])
      output level = cast(sums, to: u8)
      """)
    try folder.write("names.txt", "red\ngreen\nblue\n")
    try writeNumpy(
      Tensor([1, 2, 2, 3], elements: (0..<12).map { UInt8(20 * $0) }),
      to: folder.path("image.npy"))
    try writeNumpy(
      Tensor([1, 3], integers: [-1, 1 << 40 + 1, 0]), to: folder.path("ids.npy"))
  }

  private func compile() throws {
    let result = try resin(["compile", "mixed.resin"], in: folder)
    try #require(result.status == 0, "\(result.errors)")
  }

  @Test(arguments: ["mixed.resin", "libmixed.so"]) func runWritesEveryType(model: String) throws {
    try compile()
    let run = try resin(
      ["run", model, "--input", "image.npy", "--input", "ids.npy", "--output", "y.npy"]
        + ["--top", "1"], in: folder)
    try #require(run.status == 0, "\(run.errors)")
    #expect(
      run.output.hasPrefix("output class: i32[1, 1]\nimage 0\n      2  blue\n"), "\(run.output)")
    func value(_ name: String) throws -> Tensor {
      try readNumpy(path: folder.path("y.\(name).npy"))
    }
    #expect(try value("class") == Tensor([1, 1], elements: [Int32(2)]))
    #expect(try value("sums") == Tensor([1, 3], floats: [360, 440, 520]))
    #expect(try value("rows") == Tensor([1, 3], floats: [4.5, 4.5, 1.5]))
    #expect(try value("ids2") == Tensor([3, 1], integers: [-1, 1 << 40 + 1, 0]))
    #expect(try value("level") == Tensor([1, 3], elements: [UInt8(104), 184, 8]))
  }

  @Test func arraysOfOtherTypesFitWhereNoValueChanges() throws {
    try writeNumpy(
      Tensor([1, 2, 2, 3], integers: (0..<12).map { 20 * $0 }), to: folder.path("wide.npy"))
    try writeNumpy(Tensor([1, 3], elements: [Int32(1), 2, 3]), to: folder.path("narrow.npy"))
    let run = try resin(
      ["run", "mixed.resin", "--input", "wide.npy", "--input", "narrow.npy"], in: folder)
    #expect(
      run.output.hasPrefix("output class: i32[1, 1]\nimage 0\n      2  blue\n"),
      "\(run.output)\(run.errors)")
    try writeNumpy(
      Tensor([1, 2, 2, 3], floats: (0..<12).map { $0 == 7 ? 0.5 : Float($0) }),
      to: folder.path("half.npy"))
    let refused = try resin(
      ["run", "mixed.resin", "--input", "half.npy", "--input", "ids.npy"], in: folder)
    #expect(refused.status == 2)
    #expect(
      refused.errors
        == "half.npy: error: the input 'image' is u8, which does not hold element [0, 1, 0, 1], 0.5, of this f32[1, 2, 2, 3]\n"
    )
  }

  @Test(arguments: ["gcc", "clang"].filter(hasProgram)) func aProgramInC(compiler: String) throws {
    try compile()
    try folder.write(
      "call.c",
      """
      #include "mixed.h"
      #include <stdio.h>
      #include <stdlib.h>
      int main(void) {
        uint8_t image[MIXED_IMAGE_ELEMENTS] = {0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220};
        int64_t ids[MIXED_IDS_ELEMENTS] = {-1, ((int64_t)1 << 40) + 1, 0};
        int32_t class_of[1];
        float sums[3], rows[3];
        int64_t ids2[3];
        uint8_t level[3];
        void *workspace = aligned_alloc(MIXED_ALIGNMENT, (MIXED_WORKSPACE_BYTES + 63) / 64 * 64 + 64);
        int32_t code = mixed_run(image, ids, class_of, sums, rows, ids2, level, workspace, MIXED_WORKSPACE_BYTES, NULL);
        const resin_model *model = mixed_model();
        printf("%d %d %g %g %lld %u", code, class_of[0], sums[2], rows[0], (long long)ids2[1], level[0]);
        printf(" %d%d %d%d%d\\n", model->inputs[0].element == RESIN_U8, model->inputs[1].element == RESIN_I64,
               model->outputs[0].element == RESIN_I32, model->outputs[3].element == RESIN_I64,
               model->outputs[4].element == RESIN_U8);
        free(workspace);
        return 0;
      }
      """)
    let built = try runProgram(
      [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "call.c", "-L.", "-lmixed"]
        + ["-Wl,-rpath,.", "-o", "call"], in: folder.path)
    try #require(built.status == 0, "\(built.errors)")
    let result = try runProgram(["./call"], in: folder.path)
    #expect(result.output == "0 2 520 4.5 1099511627777 104 11 111\n")
  }

  @Test(.enabled(if: hasProgram("python3"), "there is no python3"))
  func theExampleInPython() throws {
    try compile()
    try folder.write("image.u8", (0..<12).map { UInt8(20 * $0) })
    try folder.write("ids.i64", [Int64(3), 2, 1].withUnsafeBytes { Array($0) })
    let result = try runProgram(
      ["python3", packagePath("docs/examples/run_model.py"), "libmixed.so", "image.u8", "ids.i64"],
      in: folder.path)
    #expect(
      result.output
        == "class 2\nsums 360 440 520\nrows 4.5 3.5 2.5\nids2 3 2 1\nlevel 104 184 8\n",
      "\(result.errors)")
  }

  @Test func verifyComparesIntegersExactly() throws {
    try writeNumpy(Tensor([1, 3], integers: [500_000, 1, 2]), to: folder.path("large.npy"))
    try writeNumpy(Tensor([3, 1], integers: [500_001, 1, 2]), to: folder.path("other.npy"))
    let arguments = ["verify", "moved.resin", "--input", "large.npy", "--expect"]
    try folder.write(
      "moved.resin",
      """
      model moved
      input ids: i64[N, 3]
      output y = transpose(ids, permutation: [1, 0])
      """)
    let failed = try resin(arguments + ["other.npy"], in: folder)
    #expect(failed.status == 1 && failed.output.contains("FAILED"), "\(failed.output)")
    try writeNumpy(Tensor([3, 1], floats: [500_000, 1, 2]), to: folder.path("same.npy"))
    let passed = try resin(arguments + ["same.npy"], in: folder)
    #expect(passed.status == 0, "\(passed.errors)")
  }
}
