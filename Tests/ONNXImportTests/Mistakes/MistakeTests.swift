import Diagnostics
import Foundation
import GraphIR
import ONNXImport
import Testing

/// What is wrong with a file, and the diagnostics that it should give.
struct Mistake: CustomTestStringConvertible, Sendable {
  var name: String
  var options = ONNXOptions()
  /// Rendered, without the folder of the file.
  var expected: String
  var write: @Sendable (inout ONNXWriter) -> Void

  var testDescription: String { name }

  init(
    _ name: String, options: ONNXOptions = ONNXOptions(), expected: String,
    _ write: @escaping @Sendable (inout ONNXWriter) -> Void
  ) {
    self.name = name
    self.options = options
    self.expected = expected
    self.write = write
  }

  /// A mistake of one node, 'n', among what `operands` writes, with its outputs as those of the graph.
  static func node(
    _ kind: String, _ inputs: [String], outputs: [String] = ["y"], domain: String = "",
    _ attributes: [(String, ONNXWriter.Attribute)], opset: Int, error: String, hint: String?,
    operands: @escaping @Sendable (inout ONNXWriter) -> Void
  ) -> Mistake {
    Mistake(
      "\(domain) \(kind) \(inputs) \(attributes)",
      expected: "model.onnx: node 'n' (\(kind), opset \(opset)): error: \(error)"
        + (hint.map { "\n  \($0)" } ?? "")
    ) { writer in
      writer.opset = opset
      operands(&writer)
      writer.node(kind, inputs, outputs: outputs, domain: domain, attributes)
      for output in outputs { writer.output(output) }
    }
  }
}

/// The diagnostics of a file, rendered without its folder; nil where it is read.
func diagnostics(ofFile bytes: [UInt8], options: ONNXOptions = ONNXOptions()) throws
  -> String?
{
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("model.onnx")
    try Data(bytes).write(to: file)
    do {
      _ = try importONNX(path: file.path, options: options)
      return nil
    } catch let error as DiagnosticError {
      return error.description.replacingOccurrences(of: folder.path + "/", with: "")
    }
  }
}

/// A message as a field of another.
private func wrapped(_ message: Message, in field: Int) -> Message {
  var outer = Message()
  outer.message(field, message)
  return outer
}

struct MistakeTests {
  @Test(
    arguments: nodeMistakes + quantisedMistakes + recurrentMistakes + attentionMistakes
      + detectionMistakes
      + loopMistakes + valueMistakes
      + inputMistakes + tensorMistakes)
  func givesDiagnostics(for mistake: Mistake) throws {
    var writer = ONNXWriter()
    mistake.write(&writer)
    let found = try diagnostics(ofFile: writer.bytes, options: mistake.options)
    #expect(found == mistake.expected)
  }

  @Test func listsEveryOffendingNodeOnce() throws {
    var writer = ONNXWriter()
    writer.input("x", 1, 4)
    writer.node("Frobnicate", ["x"], name: "a", outputs: ["a"])
    writer.node("Relu", ["a"], name: "b", outputs: ["b"])
    writer.node("Sigmoidd", ["b"], name: "c", outputs: ["c"])
    writer.node(
      "Relu", ["x", "x"], name: "d", outputs: ["d"], [("alpha", .float(1)), ("beta", .int(2))])
    writer.output("c")
    #expect(
      try diagnostics(ofFile: writer.bytes) == """
        model.onnx: node 'a' (Frobnicate, opset 13): error: the operator Frobnicate is not supported
        model.onnx: node 'c' (Sigmoidd, opset 13): error: the operator Sigmoidd is not supported
          did you mean 'Sigmoid'?
        model.onnx: node 'd' (Relu, opset 13): error: the attribute 'alpha' and \
        the attribute 'beta' and its operand 2, 'x', are not supported
        """)
  }

  @Test func tellsAFaultOfManyNodesOnce() throws {
    var writer = ONNXWriter()
    writer.input("x", 1, 4)
    for index in 0..<5 {
      writer.node("Frobnicate", ["x"], name: "f\(index)", outputs: ["f\(index)"])
      writer.node("Relu", ["x"], name: "", outputs: ["r\(index)"], [("alpha", .float(1))])
    }
    for index in 0..<3 {
      writer.node("Sigmoidd", ["f\(index)"], name: "s\(index)", outputs: ["s\(index)"])
    }
    writer.output("f0")
    #expect(
      try diagnostics(ofFile: writer.bytes) == """
        model.onnx: 5 nodes (Frobnicate, opset 13): error: the operator Frobnicate is not supported; \
        the first are 'f0', 'f1' and 'f2'
        model.onnx: 5 nodes (Relu, opset 13): error: the attribute 'alpha' is not supported; \
        the first are 1, 3 and 5
        model.onnx: node 's0' (Sigmoidd, opset 13): error: the operator Sigmoidd is not supported
          did you mean 'Sigmoid'?
        model.onnx: node 's1' (Sigmoidd, opset 13): error: the operator Sigmoidd is not supported
          did you mean 'Sigmoid'?
        model.onnx: node 's2' (Sigmoidd, opset 13): error: the operator Sigmoidd is not supported
          did you mean 'Sigmoid'?
        """)
  }

  @Test func tellsAMissingFileOfDataOnce() throws {
    var writer = ONNXWriter()
    for (index, file) in ["w.bin", "v.bin", "w.bin", "w.bin", "v.bin", "u.bin"].enumerated() {
      writer.initializer("t\(index)", [1], external: [("location", file)])
      writer.output("t\(index)")
    }
    #expect(
      try diagnostics(ofFile: writer.bytes) == """
        model.onnx: initializer 't0': error: its external data 'w.bin' cannot be read beside the model
          nor can 2 more tensors of that file
        model.onnx: initializer 't1': error: its external data 'v.bin' cannot be read beside the model
          nor can 1 more tensor of that file
        model.onnx: initializer 't5': error: its external data 'u.bin' cannot be read beside the model
        """)
  }

  @Test func refusesFilesThatAreNoModels() throws {
    let truncated = try Data(contentsOf: URL(fileURLWithPath: fixture("resnet_opset9.onnx")))
    var nested = Message()
    for _ in 0..<500 {
      // A graph in an attribute of a node of a graph.
      nested = wrapped(wrapped(wrapped(nested, in: 1), in: 6), in: 5)
    }
    let deep = wrapped(wrapped(nested, in: 1), in: 7)
    for (bytes, expected) in [
      ([], "the file is empty"),
      (Array(truncated.prefix(5000)), "its protobuf encoding ends too early"),
      (Array("hello, this is a text\n".utf8), "its bytes are not a protobuf message"),
      ([8, 8], "it holds no graph"),
      (deep.bytes, "its messages are nested too deeply"),
    ] {
      let found = try #require(try diagnostics(ofFile: bytes))
      #expect(found.hasPrefix("model.onnx: error: this is not an ONNX model: \(expected)"))
    }
  }

  @Test(arguments: [
    ("/nowhere/model.onnx", "cannot open the file: No such file or directory"),
    ("/", "is a folder, not a file"), ("/dev/zero", "is not a regular file"),
  ])
  func refusesPathsThatAreNoFiles(path: String, expected: String) {
    #expect {
      try importONNX(path: path)
    } throws: { "\($0)" == "\(path): error: \(expected)" }
  }

  @Test(arguments: [
    (5, "the file uses operator set 5; sets 6 to 28 are supported"),
    (99, "the file uses operator set 99; sets 6 to 28 are supported"),
    (nil, "the file names no version of the standard operator set"),
  ])
  func refusesUnknownOperatorSets(opset: Int?, expected: String) throws {
    var writer = ONNXWriter()
    writer.opset = opset
    let found = try #require(try diagnostics(ofFile: writer.bytes))
    #expect(found.hasPrefix("model.onnx: error: \(expected)"))
  }

  @Test func refusesABatchOfNothing() {
    #expect(throws: DiagnosticError.self) {
      try importONNX(path: fixture("resnet_opset9.onnx"), options: ONNXOptions(batch: 0))
    }
  }
}
