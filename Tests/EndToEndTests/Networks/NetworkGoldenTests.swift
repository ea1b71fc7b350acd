import Artifacts
import Foundation
import GraphIR
import KernelGen
import Planning
import Resin
import TensorFiles
import TestSupport
import Testing

/// A line of `Tests/Goldens/networks.json`: a model's text and what PyTorch makes of the same
/// network with the same weights. `Tests/Goldens/make_goldens.py` writes it.
struct NetworkGolden: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  /// The text below `Models`.
  let model: String
  /// What `--set` gives it: most networks are compared on small images.
  let parameters: [String: Int]
  let outputs: [String]
  /// Of the weights and of the images.
  let seed: UInt64
  /// The largest difference allowed, over the largest output.
  let tolerance: Float
  /// What is compiled and compared.
  let runs: [Run]

  struct Run: Decodable {
    let batch: Int
    /// Whether convolutions may be computed by Winograd's algorithm.
    let winograd: Bool
  }

  var testDescription: String { name }

  /// All of them, or none where the list cannot be read, which `everyTextHasAGolden` reports.
  static let all: [NetworkGolden] = {
    let url = URL(fileURLWithPath: packagePath("Tests/Goldens/networks.json"))
    guard let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode([NetworkGolden].self, from: data)) ?? []
  }()

  /// The expected outputs for three images.
  func expected() throws -> [Tensor] {
    try outputs.map { output in
      let label = outputs.count == 1 ? name : "\(name).\(output)"
      return try readNumpy(path: packagePath("Tests/Goldens/networks/\(label).npy"))
    }
  }
}

/// Every model's text, compiled, against PyTorch, and the stack that its runs take.
@Suite struct NetworkGoldenTests {
  /// Networks of one family share most of their kernels.
  private static let cache = KernelCache()

  @Test(arguments: NetworkGolden.all)
  func equalsPyTorch(_ golden: NetworkGolden) throws {
    let expected = try golden.expected()
    for values in expected { expectSpread(values) }
    for run in golden.runs { try compare(golden, expected, run) }
  }

  /// Compiles for a batch and compares the outputs on one and on two threads; the thread that
  /// calls gives little of its stack.
  private func compare(
    _ golden: NetworkGolden, _ expected: [Tensor], _ run: NetworkGolden.Run
  ) throws {
    let file = try ModelFile(
      path: packagePath("Models/\(golden.model).resin"), batch: run.batch,
      weights: .random(seed: golden.seed), parameters: golden.parameters)
    try #require(file.graph.outputs.map(\.name) == golden.outputs)
    let inputs = self.inputs(of: file.graph, seed: golden.seed).map { $0.firstImages(run.batch) }
    let options = PlanningOptions(
      algorithms: run.winograd ? ConvolutionAlgorithm.allCases : [.direct])
    let model = try Compilation(file, options: options).model(sharing: Self.cache)
    let session = try Session(model, threads: 1)
    let results = try session.run(inputs: inputs)
    for (output, (result, wanted)) in zip(golden.outputs, zip(results, expected)) {
      let problem = mismatch(result, wanted.firstImages(run.batch), tolerance: golden.tolerance)
      #expect(problem == nil, "\(output), \(run)")
    }
    let stack = stackBytes { try? session.runOnce() }
    #expect(stack <= stackLimit, "\(run)")
    #expect(try Session(model, threads: 2).run(inputs: inputs) == results)
  }

  /// The three images that the goldens are for, and three random values of every other input.
  private func inputs(of graph: Graph, seed: UInt64) -> [Tensor] {
    graph.inputs.enumerated().map { index, input in
      let node = graph[input.node]
      let shape = Array(node.type.shape.dropFirst())
      if index == 0, node.type.element == .float32 { return images(shape, seed: seed) }
      return randomTensor(
        TensorType([3] + shape, element: node.type.element), seed: seed, name: node.name)
    }
  }

  /// Noise over a colour of its own for each image, where the first axis is that of the channels.
  private func images(_ shape: [Int], seed: UInt64) -> Tensor {
    let noise = randomTensor(TensorType([3] + shape), seed: seed, name: "image")
    let colours = [3, shape[0]] + shape.dropFirst().map { _ in 1 }
    let colour = randomTensor(TensorType(colours), seed: seed, name: "colour").floats
    let pixels = shape.dropFirst().reduce(1, *)
    let values = noise.floats.enumerated().map { $1 + 2 * colour[$0 / pixels] }
    return Tensor(noise.shape, floats: values)
  }

  /// A comparison of constants, or of images that look all the same to the network, would mean
  /// nothing.
  private func expectSpread(_ values: Tensor) {
    let floats = values.asFloats
    #expect(floats.allSatisfy { $0.isFinite })
    let largest = floats.map(\.magnitude).max() ?? 0
    let images = (0..<3).map { values.image($0) }
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
      let difference = zip(images[first], images[second]).map { abs($0 - $1) }.max() ?? 0
      #expect(difference > 0.01 * largest)
    }
    // A single number has nothing to differ from.
    for image in images where image.count > 1 {
      let mean = image.reduce(0, +) / Float(image.count)
      let variance = image.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Float(image.count)
      #expect(variance.squareRoot() > 0.01 * largest)
    }
  }

  @Test func everyTextHasAGolden() throws {
    let root = packagePath("Models")
    let files = try #require(FileManager.default.enumerator(atPath: root))
    let texts = files.compactMap { $0 as? String }.filter { $0.hasSuffix(".resin") }
    let models = texts.filter { !$0.hasSuffix("blocks.resin") }.map { String($0.dropLast(6)) }
    let compared = Set(NetworkGolden.all.map(\.model))
    // These are compared with PyTorch on trained weights: `DigitsTests`, `TrainedDigitsTests`,
    // `TrainedNetworkTests`.
    let trained: Set = [
      "digits/digits", "digits/generator/digits_generator", "digits/sequence/digits_sequence",
      "digits/transformer/digits_transformer", "trunk/resnet18_trunk",
    ]
    #expect(models.filter { !compared.contains($0) && !trained.contains($0) } == [])
  }
}

extension Tensor {
  /// The elements of one image of a batch.
  fileprivate func image(_ index: Int) -> ArraySlice<Float> {
    let size = count / shape[0]
    return asFloats[index * size..<(index + 1) * size]
  }

  /// The first images of a batch.
  fileprivate func firstImages(_ number: Int) -> Tensor {
    let extents = [number] + shape.dropFirst()
    let elements = count / shape[0] * number
    return type.element == .int64
      ? Tensor(extents, integers: Array(integers[..<elements]))
      : Tensor(extents, floats: Array(floats[..<elements]))
  }
}
