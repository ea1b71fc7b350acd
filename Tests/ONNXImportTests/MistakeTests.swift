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
}

/// The diagnostics of a file, rendered without its folder; nil where it is read.
private func diagnostics(ofFile bytes: [UInt8], options: ONNXOptions = ONNXOptions()) throws
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
  @Test(arguments: nodeMistakes + valueMistakes + inputMistakes + tensorMistakes)
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
    writer.node("Relu", ["x"], name: "d", outputs: ["d"], [("alpha", .float(1))])
    writer.output("c")
    #expect(
      try diagnostics(ofFile: writer.bytes) == """
        model.onnx: node 'a' (Frobnicate, opset 13): error: the operator Frobnicate is not supported
        model.onnx: node 'c' (Sigmoidd, opset 13): error: the operator Sigmoidd is not supported
          did you mean 'Sigmoid'?
        model.onnx: node 'd' (Relu, opset 13): error: the attribute 'alpha' is not supported
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
    ("/nowhere/model.onnx", "there is no such file, or it cannot be read"),
    ("/", "this is not a regular file"), ("/dev/zero", "this is not a regular file"),
  ])
  func refusesPathsThatAreNoFiles(path: String, expected: String) {
    #expect {
      try importONNX(path: path)
    } throws: { "\($0)" == "\(path): error: \(expected)" }
  }

  @Test(arguments: [
    (6, "the file uses operator set 6; sets 7 to 28 are supported"),
    (99, "the file uses operator set 99; sets 7 to 28 are supported"),
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

/// One node on x f32[1, 4, 6, 6], m f32[2, 3], w f32[3, 4, 3, 3] and i i64[2].
private func node(
  _ kind: String, _ inputs: [String], outputs: [String] = ["y"],
  _ attributes: [(String, ONNXWriter.Attribute)] = [], opset: Int = 13,
  error: String, hint: String? = nil
) -> Mistake {
  Mistake(
    "\(kind) \(inputs) \(attributes)",
    expected: "model.onnx: node 'n' (\(kind), opset \(opset)): error: \(error)"
      + (hint.map { "\n  \($0)" } ?? "")
  ) { writer in
    writer.opset = opset
    writer.input("x", 1, 4, 6, 6)
    writer.input("m", 2, 3)
    writer.input("i", [.fixed(2)], element: 7)
    writer.ones("w", 3, 4, 3, 3)
    writer.ones("c", 4)
    writer.integers("minus", 5, -3)
    writer.node(kind, inputs, outputs: outputs, attributes)
    for output in outputs { writer.output(output) }
  }
}

private let nodeMistakes: [Mistake] = [
  node("Conv", ["x"], error: "its operand 2 is missing"),
  node(
    "Conv", ["m", "w"],
    error: "an image [N, C, H, W] or [N, C, W] and a weight of as many axes are supported, not "
      + "[2, 3] and [3, 4, 3, 3]"),
  node(
    "Conv", ["x", "w"], [("group", .int(2))],
    error: "conv2d with 2 groups needs channels divisible by it, not 4 in and 3 out"),
  node(
    "Conv", ["x", "w"], [("kernel_shape", .ints([5, 5]))],
    error: "kernel_shape [5, 5] differs from the weight's [3, 3]"),
  node(
    "Conv", ["x", "w"], [("strides", .ints([0, 1]))],
    error: "strides [0, 1] should lie from 1 to 1048576"),
  node(
    "Conv", ["x", "w"], [("pads", .ints([1, 1]))],
    error: "pads [1, 1] should have 4 numbers for an operand of this rank"),
  node(
    "Conv", ["x", "w"], [("pads", .int(1))], error: "the attribute 'pads' is not of kind INTS"),
  node(
    "Conv", ["x", "w"], [("auto_pad", .string("SAME"))],
    error: "auto_pad 'SAME' is not one that ONNX defines"),
  node(
    "MaxPool", ["x"], outputs: ["y", "z"], [("kernel_shape", .ints([2, 2]))],
    error: "its output 2, 'z', is used but not supported"),
  node("MaxPool", ["x"], error: "kernel_shape is missing"),
  node(
    "AveragePool", ["x"], [("kernel_shape", .ints([7, 7]))],
    error: "average_pool has a 7×7 window that does not fit the padded image of f32[1, 4, 6, 6]"),
  node(
    "BatchNormalization", ["x", "c", "c", "c", "c"], [("training_mode", .int(1))], opset: 14,
    error: "training_mode=1 is not supported", hint: "export the model in inference mode"),
  node(
    "BatchNormalization", ["x", "c", "c", "c", "c"], [("spatial", .int(0))], opset: 8,
    error: "spatial=0, statistics per element, is not supported"),
  node("Relu", ["i"], error: "relu takes f32, but its operand is i64[2]"),
  node("Add", ["x", "m"], error: "add of f32[1, 4, 6, 6] and f32[2, 3]: the shapes do not fit"),
  node("Add", ["x", "x", "x"], error: "its operand 3, 'x', is not supported"),
  node(
    "Gemm", ["x", "m"],
    error: "its first operand should be a matrix, not f32[1, 4, 6, 6]"),
  node("MatMul", ["m", "m"], error: "matmul cannot multiply f32[2, 3] by f32[2, 3]"),
  node(
    "Reshape", ["m", "i"],
    error: "its shape ('i') depends on the data that the model is given",
    hint: "static shapes need it to follow from constants and shapes"),
  node("Reshape", ["m", "minus"], error: "shape [5, -3] has a negative extent"),
  node("Flatten", ["m"], [("axis", .int(3))], error: "axis 3 does not exist in a tensor of 2 axes"),
  node(
    "Transpose", ["m"], [("perm", .ints([0, 0]))],
    error: "transpose of f32[2, 3] needs a permutation of its axes, not [0, 0]"),
  node("Squeeze", ["x", "minus"], error: "axis 5 does not exist in a tensor of 4 axes"),
  node("Concat", ["m"], error: "axis is missing"),
  node(
    "Concat", ["m", "x"], [("axis", .int(0))],
    error: "concat along axis 0 cannot join f32[2, 3] and f32[1, 4, 6, 6]"),
  node("Gather", ["m", "minus"], error: "index 5 lies outside axis 0 of f32[2, 3]"),
  node("Slice", ["m"], error: "starts or ends are missing"),
  node(
    "Split", ["m"], outputs: ["y", "z"], [("axis", .int(0)), ("split", .ints([1, 2]))], opset: 11,
    error: "parts of [1, 2] do not make up axis 0 of f32[2, 3]"),
  node(
    "Pad", ["m", "minus"], [("mode", .string("wrap"))],
    error: "mode 'wrap' is not supported; constant, reflect and edge are"),
  node(
    "Pad", ["m", "minus"], error: "pads [5, -3] do not fit f32[2, 3]: two per axis are needed"),
  node("Softmax", ["m"], [("axis", .int(2))], error: "axis 2 does not exist in a tensor of 2 axes"),
  node(
    "ReduceMean", ["m"], [("axes", .ints([0, -2]))], error: "axis -2 is named twice"),
  node("Cast", ["m"], [("to", .int(8))], error: "element type string is not supported"),
  node(
    "Where", ["i", "i", "i"],
    error: "it is supported in shape arithmetic only: on integers that are known"),
  node("Constant", [], error: "it holds no tensor, number or list of numbers"),
  node(
    "Div", ["i", "zero"], error: "it reads 'zero', which nothing gives"),
  node("LSTM", ["x"], error: "the operator LSTM is not supported"),
]

private let valueMistakes: [Mistake] = [
  Mistake(
    "cycle",
    expected: """
      model.onnx: node 'a' (Add, opset 13): error: it reads 'b', which a later node gives
        nodes must stand after those they read, and there may be no cycle
      """
  ) { writer in
    writer.input("x", 1)
    writer.node("Add", ["x", "b"], name: "a", outputs: ["a"])
    writer.node("Relu", ["a"], name: "b", outputs: ["b"])
    writer.output("b")
  },
  Mistake(
    "value defined twice",
    expected: "model.onnx: node 1 (Tanh, opset 13): error: the value 'y' is defined twice"
  ) { writer in
    writer.input("x", 1)
    writer.node("Relu", ["x"], name: "a")
    writer.node("Tanh", ["x"], name: "")
    writer.output("y")
  },
  Mistake(
    "unknown domain",
    expected: "model.onnx: node 'n' (FusedConv, opset 13): error: operators of the domain "
      + "'com.microsoft' are not supported"
  ) { writer in
    writer.input("x", 1)
    writer.node("FusedConv", ["x"], domain: "com.microsoft")
    writer.output("y")
  },
  Mistake(
    "no outputs",
    expected: "model.onnx: error: the graph has no outputs"
  ) { writer in
    writer.input("x", 1)
  },
  Mistake(
    "undefined output",
    expected: "model.onnx: output 'z': error: nothing gives a value of this name"
  ) { writer in
    writer.input("x", 1)
    writer.output("z")
  },
  Mistake(
    "output twice",
    expected: "model.onnx: output 'x': error: the output is listed twice"
  ) { writer in
    writer.input("x", 1)
    writer.output("x")
    writer.output("x")
  },
]

private let inputMistakes: [Mistake] = [
  Mistake(
    "other batch", options: ONNXOptions(batch: 8),
    expected: """
      model.onnx: input 'x': error: the file fixes a batch of 1, but 8 was asked for
        export the model with a dynamic batch axis
      """
  ) { writer in
    writer.input("x", 1, 3)
    writer.output("x")
  },
  Mistake(
    "open symbol",
    expected: """
      model.onnx: input 'x': error: the extent 'height' of axis 2 is open
        give it a value, as in height=224
      """
  ) { writer in
    writer.input("x", [.symbol("N"), .fixed(3), .symbol("height")])
    writer.output("x")
  },
  Mistake(
    "open axis",
    expected: """
      model.onnx: input 'x': error: the extent of axis 2 is open
        give it a value, as in x.2=224
      """
  ) { writer in
    writer.input("x", [.open, .fixed(3), .fixed(-1)])
    writer.output("x")
  },
  Mistake(
    "unknown symbol", options: ONNXOptions(dimensions: ["hieght": 7]),
    expected: """
      model.onnx: input 'x': error: the extent 'height' of axis 1 is open
        give it a value, as in height=224
      model.onnx: error: no input has an open axis 'hieght'
        did you mean 'height'?
      """
  ) { writer in
    writer.input("x", [.symbol("N"), .symbol("height")])
    writer.output("x")
  },
  Mistake(
    "extent of nothing", options: ONNXOptions(dimensions: ["height": 0]),
    expected: "model.onnx: input 'x': error: the extent 0 given for 'height' is not at least 1"
  ) { writer in
    writer.input("x", [.symbol("height")])
    writer.output("x")
  },
  Mistake(
    "sequence",
    expected:
      "model.onnx: input 'x': error: the input is not a tensor; sequences, maps and optional "
      + "values are not supported"
  ) { writer in
    writer.sequenceInput("x")
    writer.output("x")
  },
  Mistake(
    "strings",
    expected: "model.onnx: input 'x': error: element type string is not supported"
  ) { writer in
    writer.input("x", [.fixed(1)], element: 8)
    writer.output("x")
  },
  Mistake(
    "too large",
    expected:
      "model.onnx: input 'x': error: a tensor of shape [1099511627776, 1099511627776] is too large, "
      + "or has a negative extent"
  ) { writer in
    writer.input("x", 1 << 40, 1 << 40)
    writer.output("x")
  },
]

/// A model whose one initializer is wrong.
private func tensor(
  _ name: String, _ shape: [Int], element: Int = 1, raw: [UInt8]? = nil,
  external: [(String, String)] = [], error: String
) -> Mistake {
  Mistake(name, expected: "model.onnx: initializer 'w': error: \(error)") { writer in
    writer.initializer("w", shape, element: element, raw: raw, external: external)
    writer.output("w")
  }
}

private let tensorMistakes: [Mistake] = [
  tensor(
    "too few bytes", [2, 2], raw: [0, 0, 0, 0],
    error: "shape [2, 2] needs 16 bytes of data, not 4"),
  tensor("no data", [2], error: "shape [2] needs 2 values of data, not 0"),
  tensor(
    "negative extent", [-1], raw: [],
    error: "a tensor of shape [-1] is too large, or has a negative extent"),
  tensor(
    "overflow", [1 << 62, 4], raw: [],
    error: "a tensor of shape [4611686018427387904, 4] is too large, or has a negative extent"),
  tensor("strings", [1], element: 8, error: "element type string is not supported"),
  tensor("unknown type", [1], element: 77, error: "element type number 77 is not supported"),
  tensor(
    "too large for 64 bits", [1], element: 13, raw: [255, 255, 255, 255, 255, 255, 255, 255],
    error: "the value 18446744073709551615 does not fit 64 signed bits"),
  tensor(
    "external without location", [1], external: [("offset", "0")],
    error: "its external data have no location"),
  tensor(
    "external elsewhere", [1], external: [("location", "a/../../w.bin")],
    error: "its external data 'a/../../w.bin' lie outside the model's folder\n"
      + "  external data must be beside the model or below it"),
  tensor(
    "external absolute", [1], external: [("location", "/etc/passwd")],
    error: "its external data '/etc/passwd' lie outside the model's folder\n"
      + "  external data must be beside the model or below it"),
  tensor(
    "external missing", [1], external: [("location", "w.bin")],
    error: "its external data 'w.bin' cannot be read beside the model"),
  tensor(
    "external too short", [9], external: [("location", "model.onnx"), ("offset", "99999")],
    error: "its external data at 99999 with 36 bytes pass the end of 'model.onnx', which has "
      + "67 bytes"),
  tensor(
    "external of another length", [1], external: [("location", "w.bin"), ("length", "5")],
    error: "its external data have 5 bytes, but its shape and type need 4"),
  tensor(
    "external at no offset", [1], external: [("location", "w.bin"), ("offset", "-1")],
    error: "the offset '-1' of its external data is not a size in bytes"),
]
