import Foundation
import GraphIR
import Interpreter
import ModelLanguage
import TensorFiles
import TestSupport
import Testing

/// The demo network from its files to its answers, by the interpreter: model text, weights,
/// pictures and preprocessing.
@Suite struct DigitsTests {
  static let folder = packagePath("Models/digits")

  /// `Tests/Goldens/make_digits_logits.py` made the golden.
  @Test func theSamplesGivePyTorchsLogits() throws {
    var graph = try parseModel(file: "\(Self.folder)/digits.resin")
    try bindWeights(&graph, from: SafetensorsFile(path: "\(Self.folder)/digits.safetensors"))
    let input = try #require(graph.inputs.first)
    let (inputNode, clause) = (graph[input.node], try #require(input.preprocessing))
    let interpreter = Interpreter(graph)

    let golden = try readNumpy(
      path: packagePath("Tests/Goldens/digits_logits.npy"))
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/samples")
      .sorted()
    try #require(golden.shape == [names.count, 10])
    for (row, name) in names.enumerated() {
      let picture = try Picture(path: "\(Self.folder)/samples/\(name)")
      let image = try preprocess(picture, as: clause, for: inputNode.type)
      let logits = try #require(
        interpreter.run(inputs: [inputNode.name: image])[graph.outputs[0].name]
      ).floats
      let expected = golden.floats[row * 10..<row * 10 + 10]
      #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
      let digit = logits.indices.max { logits[$0] < logits[$1] }
      #expect(digit.map(String.init) == name.prefix(1).description)
    }
  }

  /// Random weights keep a net of 1,202 layers finite, and its answer depends on its input.
  @Test func randomWeightsSuitAThousandLayers() throws {
    let text = """
      model deep
      input image: f32[1, 4, 8, 8]
      first = conv2d(image, 4, kernel: 3, padding: 1)
      blocks = stack 600 of basic(first)
      fc = linear(flatten(global_average_pool(blocks)), 5)
      output logits = fc
      block basic(x) {
        conv1 = conv2d(x, 4, kernel: 3, padding: 1)
        bn1 = batch_norm(conv1)
        conv2 = conv2d(relu(bn1), 4, kernel: 3, padding: 1)
        bn2 = batch_norm(conv2)
        return relu(x + bn2)
      }
      """
    var graph = try parseModel(text: text)
    randomWeights(for: &graph, seed: 7)
    let interpreter = Interpreter(graph)
    let answers = try ["a", "b"].map { name in
      let image = randomTensor(TensorType([1, 4, 8, 8]), seed: 7, name: name)
      return try #require(interpreter.run(inputs: ["image": image])["logits"]).floats
    }
    let largest = try #require(answers[0].map(abs).max())
    #expect(largest.isFinite && largest > 0)
    let change = zip(answers[0], answers[1]).map { abs($0 - $1) }.max() ?? 0
    #expect(change > largest / 1000)
  }
}
