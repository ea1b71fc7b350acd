import Foundation
import GraphIR
import Interpreter
import ONNXImport
import Testing

/// Trained networks as various exporters wrote them.
@Suite(.enabled(if: hasSharedData, "shared data is absent"))
struct ReferenceNetworkTests {
  /// A network on CIFAR-10 images and the logits that it should give.
  struct Classifier: CustomTestStringConvertible, Sendable {
    var name: String
    var logits: String?
    var isNormalised = true
    var testDescription: String { name }
  }

  static let classifiers = [
    Classifier(name: "resnet20_b1", logits: "resnet20"),
    Classifier(name: "resnet20_b1_folded", logits: "resnet20"),
    Classifier(name: "resnet20_dynamic", logits: "resnet20"),
    Classifier(name: "resnet20_dynamo", logits: "resnet20"),
    Classifier(name: "resnet56_b1", logits: "resnet56"),
    Classifier(name: "resnet56_dynamic", logits: "resnet56"),
    Classifier(name: "resnet8_mlperf_tiny", logits: "resnet8_mlperf_tiny", isNormalised: false),
    Classifier(name: "resnet20_projection_torch16_opset9"),
  ]

  @Test(arguments: classifiers)
  func givesTheReferenceLogits(of classifier: Classifier) throws {
    let folder = sharedData.appendingPathComponent("resnet-cifar10")
    let graph = try importONNX(
      path: folder.appendingPathComponent("\(classifier.name).onnx").path)
    #expect(graph.firstBrokenInvariant() == nil)
    let input = graph[graph.inputs[0].node]
    #expect(input.type == TensorType([1, 3, 32, 32]))
    let record = try Data(
      contentsOf: sharedData.appendingPathComponent("cifar10/test_1000.bin")
    ).prefix(3073)
    let pixels = Tensor(
      [1, 3, 32, 32], floats: Self.image(record.dropFirst(), isNormalised: classifier.isNormalised))
    let results = try Interpreter(graph).run(inputs: [input.name: pixels])
    let found = try #require(results[graph.outputs[0].name]).floats
    if let logits = classifier.logits {
      let expected = try floats(
        at: folder.appendingPathComponent("\(logits)_logits_test_1000.f32").path)
      #expect(largestDifference(found, Array(expected.prefix(10))) < 1e-4)
    } else {
      #expect(found.firstIndex(of: found.max() ?? 0) == Int(record[0]))
    }
  }

  private static func image(_ bytes: Data, isNormalised: Bool) -> [Float] {
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    return bytes.enumerated().map { index, byte in
      isNormalised
        ? (Float(byte) / 255 - mean[index / 1024]) / deviation[index / 1024] : Float(byte)
    }
  }

  @Test func givesTheReferenceFeaturesOfTheTrunkOfResNet18() throws {
    let folder = sharedData.appendingPathComponent("resnet18-imagenet-trunk")
    let path = folder.appendingPathComponent("resnet18_trunk.onnx").path
    let batched = try importONNX(path: path, options: ONNXOptions(batch: 4))
    #expect(batched[batched.outputs[0].node].type == TensorType([4, 256, 14, 14]))
    let graph = try importONNX(path: path)
    #expect(graph.firstBrokenInvariant() == nil)
    #expect(graph.name == "resnet18_trunk")
    #expect(graph.node(named: "layer1.0.conv1") != nil)
    let found = try Self.output(
      of: graph, forFirstOf: folder.appendingPathComponent("photos4_input.f32"))
    let expected = try floats(at: folder.appendingPathComponent("photos4_layer3.f32").path)
    #expect(largestDifference(found, Array(expected.prefix(found.count))) < 1e-4)
  }

  @Test func givesTheReferenceLogitsOfMobileNet() throws {
    let folder = sharedData.appendingPathComponent("onnx-models")
    let graph = try importONNX(
      path: folder.appendingPathComponent("mobilenetv2_imagenet.onnx").path)
    #expect(graph.firstBrokenInvariant() == nil)
    let found = try Self.output(
      of: graph, forFirstOf: folder.appendingPathComponent("mobilenetv2_input4.f32"))
    let expected = try floats(at: folder.appendingPathComponent("mobilenetv2_logits4.f32").path)
    #expect(largestDifference(found, Array(expected.prefix(1000))) < 1e-3)
  }

  private static func output(of graph: Graph, forFirstOf file: URL) throws -> [Float] {
    let input = graph[graph.inputs[0].node]
    let pixels = try floats(at: file.path).prefix(input.type.elementCount)
    let image = Tensor(input.type.shape, floats: Array(pixels))
    let results = try Interpreter(graph).run(inputs: [input.name: image])
    return try #require(results[graph.outputs[0].name]).floats
  }
}
