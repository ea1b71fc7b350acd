import GraphIR
import TensorFiles
import TestSupport
import Testing

/// `--without`, from the text to a library and to ONNX.
@Suite struct WithoutBlocksTests {
  private let folder: ScratchFolder

  /// y = relu(x + 10 u), u = relu(x + 2 x), with u = x and so on where a block is left out.
  init() throws {
    folder = try ScratchFolder()
    try folder.write(
      "small.resin",
      """
      model small
      input x: f32[N, 1, 1, 2]
      first = unit(x)
      second = unit(first)
      output y = flatten(second)
      block unit(x) {
        conv = conv2d(x, 1, kernel: 1)
        return relu(conv + x)
      }
      """)
    try writeSafetensors(
      [
        ("first.conv.weight", Tensor([1, 1, 1, 1], floats: [2])),
        ("second.conv.weight", Tensor([1, 1, 1, 1], floats: [10])),
      ], to: folder.path("small.safetensors"))
    try writeNumpy(Tensor([1, 1, 1, 2], floats: [1, -3]), to: folder.path("x.npy"))
  }

  private func values(_ arguments: [String]) throws -> [Float] {
    let result = try resin(
      ["run"] + arguments + ["--input", "x.npy", "--output", "y.npy"], in: folder)
    try #require(result.status == 0, "\(result.errors)")
    return try readNumpy(path: folder.path("y.npy")).floats
  }

  static let cases: [(options: [String], values: [Float])] = [
    ([], [33, 0]), (["--without", "second"], [3, 0]), (["--without", "first"], [11, 0]),
    (["--without", "first", "--without", "second"], [1, 0]),
  ]

  @Test(arguments: cases) func blocksAreLeftOut(_ options: [String], _ expected: [Float]) throws {
    #expect(try values(["small.resin"] + options) == expected)
    let compiled = try resin(["compile", "small.resin"] + options, in: folder)
    try #require(compiled.status == 0, "\(compiled.errors)")
    #expect(try values(["libsmall.so"]) == expected)
    let exported = try resin(["export", "small.resin"], in: folder)
    try #require(exported.status == 0, "\(exported.errors)")
    #expect(try values(["small.onnx"] + options) == expected)
    for model in ["small.resin", "small.onnx"] {
      let verified = try resin(["verify", model, "--layers"] + options, in: folder)
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }
    let text = try resin(["inspect", "small.resin", "--stage", "imported"] + options, in: folder)
    #expect(text.output.contains("second.conv.weight") == !options.contains("second"))
  }

  @Test func whatIsNotThereIsSaid() throws {
    let result = try resin(["verify", "small.resin", "--without", "thrid"], in: folder)
    #expect(result.status == 2)
    #expect(
      result.errors == """
        small.resin: error: the model has no block 'thrid'
          its residual blocks are first, second

        """, "\(result.errors)")
    let compiled = try resin(["compile", "small.resin"], in: folder)
    try #require(compiled.status == 0)
    let library = try resin(
      ["run", "libsmall.so", "--input", "x.npy", "--without", "first"], in: folder)
    #expect(library.status == 2 && library.errors.contains("a library is compiled already"))
  }
}
