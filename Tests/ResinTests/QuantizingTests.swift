import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Resin
import TensorFiles
import TestSupport
import Testing

/// Models of f32 that become models of 8 bits.
@Suite struct QuantizingTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private let block = """
    model m
    input x: f32[N, 3, 8, 8]
    conv1 = conv2d(x, 8, kernel: 3, padding: 1)
    a = relu(conv1)
    conv2 = conv2d(a, 8, kernel: 3, padding: 1, bias: true)
    conv3 = conv2d(relu(conv2), 8, kernel: 1)
    pooled = max_pool(relu(a + conv3), kernel: 2, stride: 2)
    conv4 = conv2d(pooled, 12, kernel: 3, padding: 1, groups: 4)
    conv5 = conv2d(clip(conv4, 0, 1), 12, kernel: 1)
    output y = linear(flatten(global_average_pool(conv5)), 5)
    """

  private func file(_ text: String) throws -> ModelFile {
    try ModelFile(path: folder.write("m.resin", text), weights: .random(seed: 1))
  }

  private func images(_ count: Int, for file: ModelFile) throws -> CalibrationImages {
    let type = file.inputPorts[0].type
    let tensor = randomTensor(
      TensorType([count] + type.shape.dropFirst()), seed: 5, name: "images")
    try writeNumpy(tensor, to: folder.path("images.npy"))
    return try CalibrationImages([folder.path("images.npy")], for: file)
  }

  private func quantized(_ text: String, maximumLoss: Double? = nil) throws -> QuantizedModel {
    let file = try file(text)
    return try quantize(file, images: images(24, for: file), maximumLoss: maximumLoss)
  }

  private func nodes(_ graph: Graph, _ mnemonic: String) -> [Node] {
    graph.order.map { graph[$0] }.filter { $0.operation.mnemonic == mnemonic }
  }

  @Test func whatLayersReadHasLevelsAndSumsAreRoundedOnce() throws {
    let model = try quantized(block)
    let graph = model.graph
    #expect(model.layerCount == (6, 6))
    // x, three activations, the sum and what is pooled of it, the means and what is one row of them.
    #expect(nodes(graph, "quantize").count == 8)
    // What cuts at 0 and at 1 has nothing left to do.
    #expect(nodes(graph, "relu").isEmpty && nodes(graph, "clip").isEmpty)
    let pool = try #require(nodes(graph, "max_pool").first)
    #expect(graph[pool.inputs[0]].operation.mnemonic == "dequantize")
    for layer in nodes(graph, "conv2d") + nodes(graph, "linear") {
      #expect(layer.inputs.count == 3)
      for (operand, element) in zip(layer.inputs, [ElementType.uint8, .int8, .int32]) {
        let source = graph[operand]
        #expect(source.operation.mnemonic == "dequantize")
        #expect(graph[source.inputs[0]].type.element == element)
      }
      let levels = graph.constantValue(of: graph[layer.inputs[1]].inputs[0])?.wholeNumbers ?? []
      #expect(levels.allSatisfy { abs($0) <= 127 } && levels.contains { abs($0) > 110 })
    }
    #expect(graph.firstBrokenInvariant() == nil)
  }

  @Test func theResultIsNear() throws {
    let score = try quantized(block).score
    #expect(score.images == 24)
    #expect(score.relativeError < 0.03, "\(score)")
    #expect((score.agreeing ?? 0) >= 22, "\(score)")
  }

  @Test func aValueWithoutNegativesHasNoZeroPointAndZeroIsExact() throws {
    let graph = try quantized(block).graph
    for node in nodes(graph, "quantize") {
      let zero = graph.constantValue(of: node.inputs[2])?.wholeNumbers?.first
      let isSigned = node.name == "x.quantized" || node.type.elementCount == 12
      if !isSigned { #expect(zero == 0, "\(node.name)") }
    }
  }

  @Test func biasesKeepTheMeansOfChannels() throws {
    let text = """
      model m
      input x: f32[N, 4, 6, 6]
      output y = conv2d(x, 6, kernel: 3, padding: 1)
      """
    let file = try file(text)
    let images = try images(32, for: file)
    let model = try quantize(file, images: images)
    let path = folder.path("m.q.onnx")
    try QuantizedOutput(path, for: file).write(model)
    let inputs = try readInputs([folder.path("images.npy")], for: file.inputPorts)
    func means(_ file: ModelFile) throws -> [Double] {
      let fitting = try file.fitting(inputs.map(\.type))
      let ready = try compileInProcess(fitting)
      let session = try Session(ready.model)
      let y = try ready.model.interface.inChunks(inputs) { try session.run(inputs: $0) }[0]
      let plane = 36
      return (0..<6).map { channel in
        (0..<32).reduce(0.0) { sum, image in
          let start = (image * 6 + channel) * plane
          return sum + y.floats[start..<start + plane].reduce(0.0) { $0 + Double($1) }
        } / Double(32 * plane)
      }
    }
    let pairs = zip(try means(file), try means(try ModelFile(path: path)))
    for (wanted, found) in pairs { #expect(abs(wanted - found) < 1e-4) }
  }

  @Test func textAndONNXAreTheSameModelAndBytesRepeat() throws {
    let file = try file(block)
    let images = try images(16, for: file)
    var outputs: [[Tensor]] = []
    var bytes: [Data] = []
    for name in ["one.onnx", "two.onnx", "m.q.resin"] {
      let output = try QuantizedOutput(folder.path(name), for: file)
      try output.write(try quantize(file, images: images, threads: bytes.count + 1))
      bytes.append(try Data(contentsOf: URL(fileURLWithPath: output.files[0])))
      let again = try ModelFile(path: output.files[0])
      let model = try Compilation(again).model()
      outputs.append(try Session(model).run(inputs: seededInputs(for: model.interface)))
    }
    #expect(bytes[0] == bytes[1])
    #expect(outputs[0] == outputs[1] && outputs[0] == outputs[2])
    #expect(String(decoding: bytes[2], as: UTF8.self).contains("f32[N, 3, 8, 8]"))
  }

  @Test func layersGoBackUntilTheLossIsAllowed() throws {
    let text = block.replacingOccurrences(
      of: "linear(flatten(global_average_pool(conv5)), 5)", with: "relu(conv5)")
    let all = try quantized(text)
    #expect(all.score.agreeing == nil && all.layers.isEmpty)
    let allowed = all.score.relativeError * 0.7
    let some = try quantized(text, maximumLoss: allowed)
    #expect(some.score.loss <= allowed)
    #expect(some.layers.map(\.name) == (1...5).map { "conv\($0)" })
    #expect((1...4).contains(some.layerCount.quantized))
    #expect(some.layers.filter(\.isFloat).count == 5 - some.layerCount.quantized)
    #expect(some.layers.allSatisfy { $0.error > 0 && $0.savedCycles > 0 })
    #expect(nodes(some.graph, "conv2d").count == 5)
    #expect(
      message { try quantized(text, maximumLoss: 0) }.contains("no layer can be quantised"))
  }

  /// What the error of a body says; nothing where it throws none.
  private func message(_ body: () throws -> QuantizedModel) -> String {
    do {
      _ = try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func modelsWithNothingToQuantiseAreRefused() throws {
    let plain = "model m\ninput x: f32[N, 3, 4, 4]\noutput y = relu(x)"
    #expect(message { try quantized(plain) }.contains("no convolution or linear layer"))
    let file = try file(block)
    let path = folder.path("m.q.onnx")
    try QuantizedOutput(path, for: file).write(
      try quantize(file, images: images(4, for: file)))
    let again = try ModelFile(path: path)
    #expect(message { try quantize(again, images: images(4, for: again)) }.contains("already"))
    let blank = try ModelFile(path: folder.write("blank.resin", block))
    #expect(message { try quantize(blank, images: images(4, for: blank)) }.contains("weights"))
  }

  @Test func aModelIsComparedWithItsOriginal() throws {
    let file = try file(block)
    let images = try images(24, for: file)
    let path = folder.path("m.q.onnx")
    try QuantizedOutput(path, for: file).write(try quantize(file, images: images))
    let quantized = try ModelFile(path: path)
    let good = try compare(quantized, against: file, images: images)
    #expect(good.passes && good.firstThatHurts == nil, "\(good.text)")
    #expect(
      good.layers.map(\.name).filter { $0.hasPrefix("conv") } == (1...5).map { "conv\($0)" })
    let other = try ModelFile(path: folder.path("m.resin"), weights: .random(seed: 2))
    let bad = try compare(quantized, against: other, images: images)
    #expect(!bad.passes && bad.firstThatHurts?.name == "conv1", "\(bad.text)")
    #expect(bad.text.contains("first layer that hurts: conv1"))
  }

  @Test(arguments: [
    ("0\n2\n4\n", "0 2 4"), ("0\n2\n", "2 labels for 3 images"), ("0\n2\n5\n", "line 3: '5'"),
    ("0\n-1\n1\n", "line 2: '-1'"), ("\n1\n1\n1\n", "1 1 1"),
  ])
  func labelsAreOnePerImage(_ text: String, _ expected: String) throws {
    let file = try file(block)
    let images = try images(3, for: file)
    let path = try folder.write("labels.txt", text)
    do {
      let labels = try readImageLabels(path, for: images, of: file)
      #expect(labels.map(String.init).joined(separator: " ") == expected)
    } catch let error as DiagnosticError {
      #expect("\(error)".contains(expected), "\(error)")
    }
  }
}
