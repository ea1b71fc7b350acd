import Artifacts
import GraphIR
import Interpreter
import Resin
import TestSupport

/// A model with layers that larger batches run image by image, and some with weights that are read once.
struct CombinedModel {
  let folder: ScratchFolder
  private let path: String

  init() throws {
    folder = try ScratchFolder()
    path = try folder.write(
      "m.resin",
      """
      model m
      input x: f32[N, 5, 90, 94]
      a = relu(conv2d(x, 32, kernel: 3, padding: 1))
      b = relu(conv2d(a, 32, kernel: 3, padding: 1) + a)
      c = max_pool(b, kernel: 3, stride: 2, padding: 1)
      d = conv2d(c, 40, kernel: 3, stride: 2, padding: 1, groups: 4)
      y = softmax(linear(flatten(average_pool(d, kernel: 2, stride: 2)), 700), axis: 1)
      output y
      """)
  }

  /// The model for a number of images.
  func file(_ batch: Int) throws -> ModelFile {
    try ModelFile(path: path, batch: batch, weights: .random(seed: 1))
  }

  /// An input of a number of images, and what the interpreter makes of it.
  func example(_ batch: Int) throws -> (input: Tensor, expected: Tensor) {
    let graph = try file(batch).graph
    let inputs = graph.seededInputs(seed: 2)
    return (inputs["x"]!, try Interpreter(graph).run(inputs: inputs)["y"]!)
  }
}
