import Diagnostics
import Foundation
import GraphIR
import Resin
import TensorFiles
import TestSupport
import Testing

@Suite struct ModelFileTests {
  private static let text = """
    model m
    input x: f32[N, 2]
    y = linear(x, 3)
    output y labels "names.txt"
    """

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write("m.resin", Self.text)
    try folder.write("names.txt", "a\r\nb\n c \n\n")
    return folder
  }

  @Test func weightsBesideTheTextAreTaken() throws {
    let folder = try folder()
    let path = folder.path("m.resin")
    let bare = try ModelFile(path: path, batch: 4)
    #expect(!bare.hasWeights)
    #expect(bare.labels == [["a", "b", "c"]])
    #expect(bare.graph[bare.graph.inputs[0].node].type == TensorType([4, 2]))
    #expect(throws: DiagnosticError.self) { try Compilation(bare) }

    let weight = Tensor([3, 2], floats: [1, 2, 3, 4, 5, 6])
    try writeSafetensors(
      [("y.weight", weight), ("y.bias", Tensor([3], floats: [0, 0, 1]))],
      to: folder.path("m.safetensors"))
    let whole = try ModelFile(path: path)
    #expect(whole.hasWeights)
    #expect(
      whole.graph.constantValue(of: try #require(whole.graph.node(named: "y.weight"))) == weight)
  }

  @Test func seedsDetermineWeights() throws {
    let folder = try folder()
    func weight(_ seed: UInt64) throws -> Tensor? {
      let graph = try ModelFile(path: folder.path("m.resin"), weights: .random(seed: seed)).graph
      return graph.constantValue(of: try #require(graph.node(named: "y.weight")))
    }
    #expect(try weight(1) != nil)
    #expect(try weight(1) == weight(1))
    #expect(try weight(1) != weight(2))
  }

  @Test func labelsMustFitTheClasses() throws {
    let folder = try folder()
    #expect(try readLabels(folder.path("names.txt"), classes: nil) == ["a", "b", "c"])
    try folder.write("marked.txt", "\u{feff}a\r\nb\r\n")
    #expect(try readLabels(folder.path("marked.txt"), classes: 2) == ["a", "b"])
    #expect(throws: DiagnosticError.self) {
      try readLabels(folder.path("names.txt"), classes: 4)
    }
  }

  @Test(arguments: [Int.min, -1, 0, 65537, Int.max]) func absurdBatches(batch: Int) throws {
    let folder = try folder()
    #expect(throws: DiagnosticError.self) {
      try ModelFile(path: folder.path("m.resin"), batch: batch)
    }
  }

  private func changeable() throws -> ScratchFolder {
    let folder = try folder()
    try folder.write(
      "c.resin",
      """
      model c(classes = 3, hidden = 2)
      input x: f32[N, 2]
      trunk = linear(x, hidden)
      left = linear(trunk, classes)
      right = linear(trunk, 4)
      output left labels "names.txt"
      output right
      """)
    return folder
  }

  @Test func parametersReplaceTheirDefaults() throws {
    let folder = try changeable()
    let path = folder.path("c.resin")
    defer { withExtendedLifetime(folder) {} }
    #expect(try ModelFile(path: path).labels == [["a", "b", "c"], []])
    let wide = try ModelFile(path: path, parameters: ["hidden": 7])
    #expect(wide.labels == [["a", "b", "c"], []])
    #expect(wide.graph[try #require(wide.graph.node(named: "trunk"))].type == TensorType([1, 7]))
    // Labels for three classes are none for five.
    let many = try ModelFile(path: path, parameters: ["classes": 5])
    #expect(many.labels == [[], []])
    let error = #expect(throws: DiagnosticError.self) {
      try ModelFile(path: path, parameters: ["width": 5])
    }
    #expect(
      error?.description
        == "error: the model 'c' has no parameter 'width'\n  its parameters are classes, hidden")
  }

  @Test func onlyTheOutputsAskedForAreThere() throws {
    let folder = try changeable()
    let path = folder.path("c.resin")
    defer { withExtendedLifetime(folder) {} }
    let right = try ModelFile(path: path, outputs: ["right"])
    #expect(right.graph.outputs.map(\.name) == ["right"])
    #expect(right.graph.order.map { right.graph[$0].name } == ["trunk", "right"])
    #expect(right.labels == [[]])
    let both = try ModelFile(path: path, outputs: ["right", "left"])
    #expect(both.graph.outputs.map(\.name) == ["right", "left"])
    #expect(both.labels == [[], ["a", "b", "c"]])
  }

  /// Tensors of outputs that are not asked for may be in the weights, and may be missing.
  @Test func weightsFitTheOutputsAskedFor() throws {
    let folder = try changeable()
    let whole = try ModelFile(path: folder.path("c.resin"), weights: .random(seed: 1)).graph
    func save(_ file: String, without: String) throws {
      let tensors = whole.constants.compactMap { id in
        whole.constantValue(of: id).map { (whole[id].name, $0) }
      }
      try writeSafetensors(tensors.filter { !$0.0.hasPrefix(without) }, to: folder.path(file))
    }
    try save("whole.safetensors", without: "nothing")
    try save("left.safetensors", without: "right")
    try save("right.safetensors", without: "left")
    func read(_ weights: String, _ outputs: [String]?) throws -> ModelFile {
      try ModelFile(
        path: folder.path("c.resin"), weights: .file(folder.path("\(weights).safetensors")),
        outputs: outputs)
    }
    #expect(try read("whole", nil).hasWeights)
    #expect(try read("whole", ["left"]).graph.constants.count == 4)
    #expect(try read("left", ["left"]).graph.constants.count == 4)
    #expect(throws: DiagnosticError.self) { try read("left", nil) }
    let error = #expect(throws: DiagnosticError.self) { try read("right", ["left"]) }
    #expect(error?.description.contains("lack the model's parameter 'left.weight'") == true)
  }

  @Test func outputsThatAreNotThere() throws {
    let folder = try changeable()
    let path = folder.path("c.resin")
    defer { withExtendedLifetime(folder) {} }
    func message(_ outputs: [String]) -> String? {
      #expect(throws: DiagnosticError.self) { try ModelFile(path: path, outputs: outputs) }?
        .diagnostics[0].rendered().replacing("\(path): ", with: "")
    }
    #expect(
      message(["left", "middle"])
        == "error: the model has no output 'middle'\n  its outputs are left, right")
    #expect(message(["left", "left"]) == "error: the output 'left' is asked for twice")
    #expect(message([]) == "error: no output is asked for\n  its outputs are left, right")
  }

  /// A training state of `torch.save` binds like the safetensors of its model.
  @Test func checkpointsBindLikeSafetensors() throws {
    let goldens = packagePath("Tests/TensorFilesTests/Goldens")
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin",
      """
      model m
      input x: f32[N, 3]
      `0` = linear(x, 2)
      `1` = batch_norm(`0`)
      output y = `1`
      """)
    let files = ["pth", "safetensors"].map { "\(goldens)/checkpoint_training.\($0)" }
    let graphs = try files.map { try ModelFile(path: path, weights: .file($0)).graph }
    #expect(graphs[0].constants.count == 6)
    for (one, two) in zip(graphs[0].constants, graphs[1].constants) {
      #expect(graphs[0].constantValue(of: one) == graphs[1].constantValue(of: two))
    }
    let error = #expect(throws: DiagnosticError.self) {
      try ModelFile(path: path, weights: .file(files[0], key: "model"))
    }
    #expect(error?.description.contains("there is 'state_dict'") == true)
  }

  /// The weights of a part of a larger model, in each format.
  @Test(arguments: ["safetensors", "pth", "onnx"])
  func weightsBehindAPrefixAreFound(_ format: String) throws {
    let folder = try ScratchFolder()
    let text = "model m\ninput x: f32[N, 3]\nNAME = linear(x, 2)\noutput y = NAME\n"
    let plain = try folder.write("m.resin", text.replacingOccurrences(of: "NAME", with: "fc"))
    let longer = try folder.write(
      "n.resin", text.replacingOccurrences(of: "NAME", with: "`model.fc`"))
    let source = try ModelFile(path: longer, weights: .random(seed: 1))
    #expect(source.foundPrefix == "")
    let file = folder.path("w.\(format)")
    _ = try source.exportONNX(to: folder.path("w.onnx"))
    if format != "onnx" { _ = try convertWeights(folder.path("w.onnx"), to: file) }
    for prefix in [nil, "model.", "model"] {
      let model = try ModelFile(path: plain, weights: .file(file, prefix: prefix))
      #expect(model.foundPrefix == (prefix == nil ? "model." : ""))
      #expect(
        model.graph.constants.map { model.graph.constantValue(of: $0) }
          == source.graph.constants.map { source.graph.constantValue(of: $0) })
    }
    for (prefix, message) in [
      ("", "the weights lack the model's parameter 'fc.weight'"), ("net.", "begins with 'net.'"),
    ] {
      let error = #expect(throws: DiagnosticError.self) {
        try ModelFile(path: plain, weights: .file(file, prefix: prefix))
      }
      #expect(error?.description.contains(message) == true)
    }
    if format == "safetensors" {
      try FileManager.default.moveItem(atPath: file, toPath: folder.path("m.safetensors"))
      #expect(try ModelFile(path: plain).foundPrefix == "model.")
    }
  }
}
