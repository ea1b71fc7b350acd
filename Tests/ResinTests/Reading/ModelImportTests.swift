import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Resin
import TensorFiles
import TestSupport
import Testing

/// An ONNX model and the text that is made of it are the same network.
@Suite struct ModelImportTests {
  private static let fixtures = packagePath("Tests/ONNXImportTests/Fixtures")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: fixtures)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test(arguments: names)
  func theTextIsTheSameGraph(_ name: String) throws {
    let folder = try ScratchFolder()
    let path = "\(Self.fixtures)/\(name).onnx"
    let files = try importModel(path, to: folder.path("m.resin"))
    #expect(files == [folder.path("m.resin"), folder.path("m.safetensors")])
    let original = try ModelFile(path: path).graph
    #expect(try ModelFile(path: files[0]).graph.computesTheSame(as: original))
    let text = String(decoding: try folder.read("m.resin"), as: UTF8.self)
    if name.hasPrefix("resnet_") { #expect(text.contains("\nblock basic(x, width"), "\(text)") }
  }

  /// Compiled, both give the same bits.
  @Test(arguments: ["resnet_opset17", "resnet_dynamo", "mobile_opset14_folded", "padded_dynamo"])
  func bothCompileToTheSameBits(_ name: String) throws {
    let folder = try ScratchFolder()
    let path = "\(Self.fixtures)/\(name).onnx"
    let text = try importModel(path, to: folder.path("m.resin"))[0]
    try expectSameBits(path, text)
  }

  @Test(
    .enabled(
      if: sharedDataPath("onnx-models/mobilenetv2_imagenet.onnx") != nil, "shared data is absent"))
  func aWholeNetworkCompilesToTheSameBits() throws {
    let path = try #require(sharedDataPath("onnx-models/mobilenetv2_imagenet.onnx"))
    let folder = try ScratchFolder()
    let text = try importModel(path, to: folder.path("m.resin"))[0]
    let written = String(decoding: try folder.read("m.resin"), as: UTF8.self)
    #expect(written.contains("stage3 = stack 3 of bottleneck(conv27, 384)\n"))
    try expectSameBits(path, text)
  }

  private func expectSameBits(_ one: String, _ two: String) throws {
    let results = try [one, two].map { path in
      let file = try ModelFile(path: path)
      let model = try Compilation(file).model()
      let inputs = file.graph.inputs.map { input in
        Tensor.seeded(file.graph[input.node].type.shape, seed: 5)
      }
      return try Session(model).run(inputs: inputs).map { $0.withBytes { Array($0) } }
    }
    #expect(results[0] == results[1])
    #expect(results[0].contains { !$0.isEmpty })
  }

  /// A batch that the file leaves open is open in the text.
  @Test func anOpenBatchStaysOpen() throws {
    let folder = try ScratchFolder()
    let path = "\(Self.fixtures)/resnet_opset13_folded_dynamic.onnx"
    let text = try importModel(path, to: folder.path("m.resin"))[0]
    #expect(String(decoding: try folder.read("m.resin"), as: UTF8.self).contains(": f32[N, 3, "))
    let original = try ModelFile(path: path, batch: 5).graph
    #expect(try ModelFile(path: text, batch: 5).graph.computesTheSame(as: original))
  }

  /// What `--preprocess` says stands in the text.
  @Test func theTextSaysHowPicturesBecomeInputs() throws {
    let folder = try ScratchFolder()
    for (name, recipe, clause) in [
      (
        "resnet_opset17", "timm,crop_pct=0.9",
        "input `input`: f32[1, 3, 33, 33] from rgb8 { resize: 36, interpolation: bicubic, crop: 33, "
          + "mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }\n"
      ),
      (
        "resnet_opset13_folded_dynamic", "bgr8,scale=1,mean=1/2/3,resize=33/33",
        "input `input`: f32[N, 3, 33, 33] from bgr8 { resize: [33, 33], scale: 1, mean: [1, 2, 3] }\n"
      ),
    ] {
      let path = "\(Self.fixtures)/\(name).onnx"
      let files = try importModel(
        path, recipe: PictureRecipe(recipe), to: folder.path("m.resin"), replaces: true)
      let text = String(decoding: try folder.read("m.resin"), as: UTF8.self)
      #expect(text.contains(clause), "\(text)")
      let graph = try ModelFile(path: files[0]).graph
      #expect(try graph.computesTheSame(as: ModelFile(path: path).graph))
      #expect(
        try graph.inputs[0].preprocessing
          == PictureRecipe(recipe).clause(for: TensorType([1, 3, 33, 33])))
    }
  }

  @Test func picturesThatDoNotFitAreRefused() throws {
    let folder = try ScratchFolder()
    func message(_ name: String, _ recipe: String) -> String {
      #expect(throws: DiagnosticError.self) {
        try importModel(
          "\(Self.fixtures)/\(name).onnx", recipe: PictureRecipe(recipe), to: folder.path("m.resin")
        )
      }?.description ?? ""
    }
    #expect(
      message("resnet_opset17", "imagenet")
        == "--preprocess imagenet: input 'input': error: the crop must give the input f32[1, 3, 33, 33] its height and width\n  crop to 33×33"
    )
    #expect(
      message("types_opset13", "unit").hasSuffix(
        "types_opset13.onnx: error: none of the model's inputs is an image, [N, 3, height, width] or of 1 channel\n  leave --preprocess out"
      ))
    #expect(try folder.names() == [])
  }

  @Test func theBatchIsFoundByItsMultiples() {
    #expect(
      withBatchSymbol("f32[1, 3] r(x, shape: [2, 3])", "f32[3, 3] r(x, shape: [6, 3])", 3)
        == "f32[N, 3] r(x, shape: [2 * N, 3])")
    #expect(withBatchSymbol("y1 = f(x1)", "y3 = f(x1)", 3) == nil)
    #expect(withBatchSymbol("f32[1]", "f32[4]", 3) == nil)
    #expect(withBatchSymbol("a b", "a b c", 3) == nil)
  }

  @Test func graphsThatDifferAreFoundOut() throws {
    func graph(_ function: UnaryFunction, _ number: Float, _ name: String = "y") throws -> Graph {
      var graph = Graph(name: "m")
      let x = graph.addInput("x", TensorType([2]))
      let c = graph.addConstant("c.\(name)", Tensor([2], floats: [1, number]))
      let y = try graph.add(.unary(function), [x], name: name)
      graph.addOutput("out", try graph.add(.binary(.add, then: nil), [y, c], name: "s\(name)"))
      return graph
    }
    let one = try graph(.relu, 2)
    #expect(try one.computesTheSame(as: graph(.relu, 2, "z")))
    #expect(try !one.computesTheSame(as: graph(.sigmoid, 2)))
    #expect(try !one.computesTheSame(as: graph(.relu, 3)))
  }

  @Test func whatCannotBeImportedIsRefused() throws {
    let folder = try ScratchFolder()
    try folder.write("m.resin", "model m\ninput x: f32[1]\noutput x")
    func message(_ source: String, _ target: String) -> String {
      #expect(throws: DiagnosticError.self) {
        try importModel(source, to: folder.path(target))
      }?.description ?? ""
    }
    #expect(message(folder.path("m.resin"), "n.resin").contains("only ONNX models are imported"))
    #expect(
      message("\(Self.fixtures)/resnet_opset17.onnx", "n.txt").contains("ends in '.resin'"))
    #expect(try folder.names() == ["m.resin"])
  }
}
