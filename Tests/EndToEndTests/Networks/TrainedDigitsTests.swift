import Artifacts
import Foundation
import GraphIR
import Planning
import Resin
import TensorFiles
import TestSupport
import Testing

/// The trained networks beside the digits network, from their files to what they answer, compiled:
/// `Tests/Goldens/make_trained_digits.py` made the goldens with PyTorch.
@Suite struct TrainedDigitsTests {
  private static let digits = packagePath("Models/digits")

  /// The pictures in a folder, in order of their names, which say what they show.
  private func samples(_ folder: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(Self.digits)/\(folder)")
    return names.sorted().map { "\(Self.digits)/\(folder)/\($0)" }
  }

  private func name(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }

  private func golden(_ name: String) throws -> Tensor {
    try readNumpy(path: packagePath("Tests/Goldens/\(name).npy"))
  }

  private func file(_ name: String, batch: Int) throws -> ModelFile {
    try ModelFile(path: "\(Self.digits)/\(name)/digits_\(name).resin", batch: batch)
  }

  /// What a network gives with its trained weights: the same bits on one and on two threads.
  private func run(
    _ file: ModelFile, _ inputs: [Tensor], algorithms: [ConvolutionAlgorithm]
  ) throws -> [Tensor] {
    let options = PlanningOptions(algorithms: algorithms)
    let model = try Compilation(file, options: options).model()
    let results = try Session(model, threads: 1).run(inputs: inputs)
    #expect(try Session(model, threads: 2).run(inputs: inputs) == results)
    return results
  }

  @Test(arguments: [ConvolutionAlgorithm.allCases, [.direct]])
  func stripsAreRead(_ algorithms: [ConvolutionAlgorithm]) throws {
    let paths = try samples("sequence/samples")
    let file = try file("sequence", batch: paths.count)
    #expect(file.graph.outputs.map(\.name) == ["digits", "steps"])
    let inputs = try readInputs(paths, for: file.inputPorts)
    let results = try run(file, inputs, algorithms: algorithms)
    let read = try #require(results[0].wholeNumbers)
    for (index, path) in paths.enumerated() {
      let shown = read[index * 8..<(index + 1) * 8].map { $0 == 10 ? "" : "\($0)" }.joined()
      #expect(shown == name(path))
    }
    #expect(mismatch(results[1], try golden("digits_sequence"), tolerance: 1e-4) == nil)
  }

  @Test(arguments: [ConvolutionAlgorithm.allCases, [.direct]])
  func theTransformerKnowsTheSamples(_ algorithms: [ConvolutionAlgorithm]) throws {
    let paths = try samples("samples")
    let file = try file("transformer", batch: paths.count)
    let inputs = try readInputs(paths, for: file.inputPorts)
    let logits = try run(file, inputs, algorithms: algorithms)[0]
    #expect(mismatch(logits, try golden("digits_transformer"), tolerance: 1e-4) == nil)
    for (path, ranks) in zip(paths, rankClasses(logits, labels: [], count: 1)) {
      #expect(name(path).hasPrefix("\(ranks[0].index)"))
    }
  }

  /// A digit of each class, which the digits network recognises.
  @Test(arguments: [ConvolutionAlgorithm.allCases, [.direct]])
  func theGeneratorDrawsEveryDigit(_ algorithms: [ConvolutionAlgorithm]) throws {
    let drawing = try file("generator", batch: 10)
    let noise = randomTensor(TensorType([10, 16]), seed: 1, name: "z")
    let wanted = Tensor([10], integers: Array(0..<10))
    let pictures = try run(drawing, [noise, wanted], algorithms: algorithms)[0]
    #expect(mismatch(pictures, try golden("digits_generator"), tolerance: 1e-4) == nil)

    let reading = try ModelFile(path: "\(Self.digits)/digits.resin", batch: 10)
    let pixels = Tensor(pictures.shape, floats: pictures.floats.map { ($0 - 0.1307) / 0.3081 })
    let logits = try run(reading, [pixels], algorithms: algorithms)[0]
    #expect(rankClasses(logits, labels: [], count: 1).map { $0[0].index } == Array(0..<10))
  }

  /// `digit` is an index, for which one that is out of range is the nearest that there is.
  @Test func theGeneratorTakesAnyNumber() throws {
    let drawing = try file("generator", batch: 4)
    let noise = randomTensor(TensorType([1, 16]), seed: 1, name: "z").floats
    let four = Tensor([4, 16], floats: noise + noise + noise + noise)
    let pictures = try run(
      drawing, [four, Tensor([4], integers: [9, 10, 1 << 40, 0])], algorithms: [.direct])[0]
    let each = (0..<4).map { Array(pictures.floats[$0 * 784..<($0 + 1) * 784]) }
    #expect(each[0] == each[1] && each[0] == each[2] && each[0] != each[3])
  }
}
