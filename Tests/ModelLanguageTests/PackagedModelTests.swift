import Foundation
import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// Every text in `Models`, without its ending; blocks that others import are left out.
let packagedModels: [String] = {
  let files = FileManager.default.enumerator(atPath: packagePath("Models"))
  let texts = (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".resin") }
  return texts.filter { !$0.hasSuffix("blocks.resin") }.map { String($0.dropLast(6)) }.sorted()
}()

@Suite struct PackagedModelTests {
  @Test(arguments: packagedModels)
  func roundTrips(name: String) throws {
    let graph = try packagedModel(name, options: ModelOptions(batch: 2))
    #expect(graph.firstBrokenInvariant() == nil)
    expectRoundTrip(graph)
  }

  @Test func theyAreFound() { #expect(packagedModels.count > 20) }

  @Test(arguments: packagedModels)
  func aTextIsShort(name: String) throws {
    let text = try String(contentsOfFile: packagePath("Models/\(name).resin"), encoding: .utf8)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 60)
  }

  /// The names and shapes of torchvision's `state_dict`, without `num_batches_tracked`.
  @Test(arguments: ["resnet18", "resnet50"])
  func parametersAreTorchvisions(name: String) throws {
    let graph = try packagedModel("resnet/\(name)")
    let path = packagePath("Tests/ModelLanguageTests/Goldens/\(name)_parameters.txt")
    let expected = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let found = graph.constants.map { "\(graph[$0].name) \(graph[$0].type.shape)" }
    #expect(found.sorted() == expected.map(String.init).sorted())
  }

  /// Numbers of tensors and of their elements, from torchvision.
  @Test(
    arguments: zip(
      [18, 34, 50, 101, 152],
      [
        [102, 11_699_112], [182, 21_814_696], [267, 25_610_152], [522, 44_654_504],
        [777, 60_344_232],
      ]))
  func parametersAreAsMany(depth: Int, expected: [Int]) throws {
    let graph = try packagedModel("resnet/resnet\(depth)")
    let counts = graph.constants.map { graph[$0].type.elementCount }
    #expect([counts.count, counts.reduce(0, +)] == expected)
    #expect(graph[graph.outputs[0].node].type == TensorType([1, 1000]))
    #expect(graph.outputs[0].labels == "imagenet.txt")
  }

  /// Transfer learning: every classifier takes another number of classes, and only the layer that
  /// gives the logits changes. A distilled one has two.
  @Test(arguments: packagedModels)
  func classesAreAParameter(name: String) throws {
    let text = try String(contentsOfFile: packagePath("Models/\(name).resin"), encoding: .utf8)
    // What a decoder of words gives logits for are its words.
    guard text.contains("output logits"), name != "transformer/gpt2" else { return }
    let graph = try packagedModel(
      name, options: ModelOptions(batch: 4, parameters: ["classes": 37]))
    #expect(graph.outputs.map(\.name) == ["logits"])
    #expect(graph[graph.outputs[0].node].type == TensorType([4, 37]))
    let usual = try packagedModel(name)
    let changed = zip(usual.constants, graph.constants).filter {
      usual[$0].type != graph[$1].type
    }
    #expect((1...4).contains(changed.count))
  }

  @Test func theInputIsAPicture() throws {
    let graph = try packagedModel("resnet/resnet50")
    let expected = ImagePreprocessing(
      channels: .rgb, resize: 256, crop: Pair(224), mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225])
    #expect(graph.inputs[0].preprocessing == expected)
    let digits = try packagedModel("digits/digits")
    #expect(
      digits.inputs[0].preprocessing
        == ImagePreprocessing(channels: .gray, mean: [0.1307], deviation: [0.3081]))
  }

  @Test func digitsHasItsNames() throws {
    let graph = try packagedModel("digits/digits")
    let layers = [
      "conv1", "block1.conv1", "block1.conv2", "conv2", "block2.conv1", "block2.conv2", "fc",
    ]
    let names = graph.constants.map { graph[$0].name }
    #expect(names == layers.flatMap { ["\($0).weight", "\($0).bias"] })
    let fc = try #require(graph.node(named: "fc.weight"))
    #expect(graph[fc].type == TensorType([10, 512]))
  }

  @Test func depthIsCheapToWrite() throws {
    let graph = try packagedModel("cifar/resnet1202")
    let convolutions = graph.order.filter { id in
      if case .convolution = graph[id].operation { true } else { false }
    }
    #expect(convolutions.count == 1201)
    #expect(graph.node(named: "layer3.199.conv2.weight") != nil)
  }

  /// The tensors in the header of a safetensors file: its names and shapes.
  private func header(_ path: String) throws -> [String] {
    let file = try #require(FileHandle(forReadingAtPath: path))
    let sizeBytes = try #require(try file.read(upToCount: 8))
    let size = sizeBytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let data = try #require(try file.read(upToCount: size))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return object.compactMap { name, entry in
      guard let shape = (entry as? [String: Any])?["shape"] as? [Int] else { return nil }
      return "\(name) \(shape)"
    }.sorted()
  }

  /// The checkpoints lie beside the package and are not part of it.
  @Test(
    .enabled(if: sharedDataPath("resnet-cifar10") != nil, "shared data is absent"),
    arguments: [
      ("cifar/resnet20", "resnet-cifar10/resnet20.safetensors"),
      ("cifar/resnet32", "resnet-cifar10/resnet32.safetensors"),
      ("cifar/resnet44", "resnet-cifar10/resnet44.safetensors"),
      ("cifar/resnet56", "resnet-cifar10/resnet56.safetensors"),
      ("trunk/resnet18_trunk", "resnet18-imagenet-trunk/resnet18_trunk.safetensors"),
    ])
  func parametersAreTheCheckpoints(name: String, checkpoint: String) throws {
    let graph = try packagedModel(name)
    let path = try #require(sharedDataPath(checkpoint))
    let found = graph.constants.map { "\(graph[$0].name) \(graph[$0].type.shape)" }
    #expect(try found.sorted() == header(path))
  }
}
