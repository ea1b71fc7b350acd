import Foundation
import GraphIR
import Resin
import TestSupport
import Testing

/// Whether a model computes each image of a batch by itself.
@Suite struct ImagePortsTests {
  /// All networks of the package do.
  static let models: [String] = {
    let root = packagePath("Models")
    let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix(".resin") && !$0.hasSuffix("blocks.resin") }.sorted()
  }()

  @Test(arguments: models) func networksComputeImagesByThemselves(model: String) throws {
    let file = try ModelFile(path: packagePath("Models/\(model)"))
    #expect(file.computesImagesByThemselves)
  }

  /// Statements between `input x: f32[N, 8, 4, 4]` and the output `y`.
  static let separate = [
    "y = flatten(conv2d(x, 3, kernel: 4))",
    "y = softmax(flatten(x), axis: 1)",
    "y = reshape(x, shape: [N, -1]) - reduce_mean(reshape(x, shape: [N, -1]), axes: [1], keep_dimensions: true)",
    // Channels are shuffled.
    "y = reshape(transpose(reshape(x, shape: [N, 2, 4, 4, 4]), permutation: [0, 2, 1, 3, 4]), shape: [N, 8, 4, 4])",
    // Windows join the images, are attended to by themselves, and go apart again.
    """
    w = reshape(transpose(reshape(x, shape: [N, 8, 2, 2, 2, 2]), permutation: [0, 2, 4, 3, 5, 1]), shape: [4 * N, 4, 8])
    a = softmax(matmul(w, transpose(w, permutation: [0, 2, 1])), axis: 2)
    v = reshape(matmul(a, w), shape: [N, 2, 2, 2, 2, 8])
    y = reshape(transpose(v, permutation: [0, 5, 1, 3, 2, 4]), shape: [N, 8, 4, 4])
    """,
    // Heads before images, as attention has them in many files.
    """
    t = reshape(x, shape: [N, 16, 2, 4])
    h = transpose(t, permutation: [2, 0, 1, 3])
    y = transpose(matmul(h, transpose(h, permutation: [0, 1, 3, 2])), permutation: [1, 0, 2, 3])
    """,
    // Rows of all images become rows of one matrix.
    "y = reshape(linear(reshape(x, shape: [N * 32, 4]), 5), shape: [N, 160])",
    "y = reshape(x, shape: [N * 8, 16])",
    "y = concat(x, sigmoid(x), axis: 1)",
    // A value that is repeated for every image, and a number that is made of extents.
    """
    t = concat(broadcast($token f32[1, 1, 4, 4], shape: [N, 1, 4, 4]), x, axis: 1)
    y = t / sqrt(cast(slice(shape(x), start: [1], end: [2]), to: f32))
    """,
  ]

  static let mixed = [
    // Gram's matrix of all images.
    "f = flatten(x)\ny = matmul(f, transpose(f, permutation: [1, 0]))",
    "y = softmax(flatten(x), axis: 0)",
    "y = x - reduce_mean(x, axes: [0], keep_dimensions: true)",
    "y = x - reduce_mean(x, axes: [0, 2, 3], keep_dimensions: true)",
    // Images become channels, or come among the elements of each other.
    "y = conv2d(reshape(x, shape: [1, 8 * N, 4, 4]), 2, kernel: 1)",
    "y = reshape(x, shape: [8, N * 16])",
    "y = reshape(transpose(x, permutation: [1, 0, 2, 3]), shape: [N, 8, 4, 4])",
    "y = concat(x, x, axis: 0)",
    "y = x / cast(slice(shape(x), end: [1]), to: f32)",
    "y = x * N",
    "y = x + reduce_sum(broadcast($token f32[1, 8, 4, 4], shape: [N, 8, 4, 4]), axes: [0])",
    "y = slice(x, end: [1, 8, 4, 4])",
    "y = reduce_max(reshape(x, shape: [2, N * 4, 16]), axes: [0])",
  ]

  private func computesImagesByThemselves(_ statements: String) throws -> Bool {
    let folder = try ScratchFolder()
    try folder.write(
      "m.resin", "model m\ninput x: f32[N, 8, 4, 4]\n\(statements)\noutput y\n")
    return try ModelFile(path: folder.path("m.resin")).computesImagesByThemselves
  }

  @Test(arguments: separate) func imagesStayApart(statements: String) throws {
    #expect(try computesImagesByThemselves(statements))
  }

  @Test(arguments: mixed) func imagesMix(statements: String) throws {
    #expect(try !computesImagesByThemselves(statements))
  }

  /// The values are those of all images together, and of each by itself.
  @Test func anyNumberOfImagesIsComputedAsOneBatch() throws {
    let folder = try ScratchFolder()
    try folder.write(
      "m.resin",
      """
      model m
      input x: f32[N, 2]
      input scale: f32[2]
      output centred = (x - reduce_mean(x, axes: [0], keep_dimensions: true)) * scale
      """)
    let file = try ModelFile(path: folder.path("m.resin"))
    let scale = Tensor([2], floats: [1, 10])
    let images = Tensor([3, 2], floats: [1, 2, 3, 4, 8, 6])
    let fitted = try file.fitting([images.type, scale.type])
    let ready = try compileInProcess(fitted)
    #expect(ready.model.interface.inputs.map(\.type.shape) == [[3, 2], [2]])
    #expect(ready.model.interface.imagesPerRun == nil)
  }

  @Test func aModelOfSeparateImagesStaysForOne() throws {
    let file = try ModelFile(path: packagePath("Models/digits/digits.resin"))
    let ready = try compileInProcess(file.fitting([TensorType([3, 1, 28, 28])]))
    #expect(ready.model.interface.imagesPerRun == 1)
    #expect(ready.model.interface.inputs[0].type.shape[0] == 1)
  }
}
