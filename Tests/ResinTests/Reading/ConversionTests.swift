import Diagnostics
import Foundation
import GraphIR
import Resin
import TensorFiles
import TestSupport
import Testing

/// Weights that are converted keep their names, element types and bits.
@Suite struct ConversionTests {
  private static let goldens = packagePath("Tests/TensorFilesTests/Goldens")

  private func expectEqual(_ one: some WeightSource, _ two: some WeightSource) throws {
    #expect(one.names.sorted() == two.names.sorted())
    #expect(!one.names.isEmpty)
    for name in one.names {
      let (a, b) = (try one.tensor(name), try two.tensor(name))
      #expect(a.type == b.type)
      #expect(a.withBytes { Array($0) } == b.withBytes { Array($0) }, "\(name)")
    }
  }

  /// safetensors' own files order tensors otherwise, so a second conversion is what must be equal
  /// byte by byte.
  @Test(arguments: [
    "types.safetensors", "checkpoint_zip.pth", "checkpoint_legacy.pth", "checkpoint_unsigned.pth",
    "checkpoint_big_endian.pth",
  ])
  func thereAndBackGivesTheSameFile(_ name: String) throws {
    let folder = try ScratchFolder()
    let source = "\(Self.goldens)/\(name)"
    let files = ["a.safetensors", "b.pth", "c.safetensors", "d.pth"].map(folder.path)
    for (from, to) in zip([source] + files, files) {
      let count = try convertWeights(from, to: to)
      #expect(count > 2)
    }
    #expect(try folder.read("a.safetensors") == folder.read("c.safetensors"))
    #expect(try folder.read("b.pth") == folder.read("d.pth"))
    if name.hasSuffix(".pth") {
      try expectEqual(CheckpointFile(path: source), SafetensorsFile(path: files[0]))
    } else {
      try expectEqual(SafetensorsFile(path: source), CheckpointFile(path: files[1]))
    }
  }

  /// Half-precision numbers stay so: the file is not larger than its source.
  @Test func elementTypesAreKept() throws {
    let folder = try ScratchFolder()
    _ = try convertWeights("\(Self.goldens)/types.safetensors", to: folder.path("a.safetensors"))
    let header = String(decoding: try folder.read("a.safetensors").prefix(4000), as: UTF8.self)
    for type in ["F16", "BF16", "F64", "I8", "I16", "I32", "I64", "U8", "BOOL"] {
      #expect(header.contains("\"\(type)\":{\"dtype\":\"\(type)\""), "\(type)")
    }
  }

  /// What stands before all names of a checkpoint is left out, unless another prefix is asked for.
  @Test func wrappersAndPrefixesAreLeftOut() throws {
    let folder = try ScratchFolder()
    let twin = try SafetensorsFile(path: "\(Self.goldens)/checkpoint.safetensors")
    let source = "\(Self.goldens)/checkpoint_module.pth"
    _ = try convertWeights(source, to: folder.path("a.safetensors"))
    try expectEqual(SafetensorsFile(path: folder.path("a.safetensors")), twin)
    _ = try convertWeights(source, prefix: "", to: folder.path("b.safetensors"))
    #expect(
      try SafetensorsFile(path: folder.path("b.safetensors")).names.sorted()
        == twin.names.map { "module.\($0)" }.sorted())
    let count = try convertWeights(
      folder.path("b.safetensors"), prefix: "module.shared", to: folder.path("c.pth"))
    #expect(count == 6)
    let part = try CheckpointFile(path: folder.path("c.pth"))
    #expect(try part.tensor("transposed") == twin.tensor("shared.transposed"))
  }

  /// Beside the tensors of a training state are others, and objects; none of them is written.
  @Test(arguments: ["protocol2", "legacy", "containers"])
  func trainingStatesAreConverted(_ state: String) throws {
    let folder = try ScratchFolder()
    _ = try convertWeights(
      "\(Self.goldens)/training_state_\(state).pth", to: folder.path("a.safetensors"))
    try expectEqual(
      SafetensorsFile(path: folder.path("a.safetensors")),
      SafetensorsFile(path: "\(Self.goldens)/checkpoint_training.safetensors"))
  }

  @Test func initializersOfONNXBecomeSafetensors() throws {
    let folder = try ScratchFolder()
    let model = packagePath("Tests/ONNXImportTests/Fixtures/resnet_opset13.onnx")
    _ = try convertWeights(model, to: folder.path("a.safetensors"))
    let file = try SafetensorsFile(path: folder.path("a.safetensors"))
    let graph = try ModelFile(path: model).graph
    var compared = 0
    for id in graph.constants where file.names.contains(graph[id].name) {
      #expect(graph.constantValue(of: id) == (try file.tensor(graph[id].name)))
      compared += 1
    }
    #expect(compared > 5)
  }

  @Test func whatCannotBeConvertedIsRefused() throws {
    let folder = try ScratchFolder()
    let source = "\(Self.goldens)/checkpoint_two.pth"
    func message(_ key: String?, _ target: String) -> String {
      #expect(throws: DiagnosticError.self) {
        try convertWeights(source, key: key, to: folder.path(target))
      }?.description ?? ""
    }
    #expect(message(nil, "a.safetensors").contains("several dictionaries"))
    #expect(message("model", "a.onnx").contains("a name that ends in .safetensors"))
    #expect(message("other", "a.pth").contains("there is 'model'"))
    let complex = #expect(throws: DiagnosticError.self) {
      try convertWeights("\(Self.goldens)/no_tensors.pth", to: folder.path("a.safetensors"))
    }
    #expect(complex?.description.contains("tensor 'conv1.bias': error: is a tensor of") == true)
    #expect(try folder.names().isEmpty)
    #expect(try convertWeights(source, key: "model", to: folder.path("a.safetensors")) == 1)
  }
}
