import ONNXImport

/// Values that nothing gives, or several nodes.
let valueMistakes: [Mistake] = [
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
    expected: "model.onnx: node 'n' (FusedConv, opset 13): error: the operator FusedConv of "
      + "the domain 'com.microsoft' is not supported"
  ) { writer in
    writer.input("x", 1)
    writer.node("FusedConv", ["x"], domain: "com.microsoft")
    writer.output("y")
  },
  Mistake(
    "function that calls itself",
    expected: "model.onnx: node 'n' (F, opset 13): node 'inner' (G, opset 13): node 'inner' "
      + "(F, opset 13): error: the function 'F' calls itself"
  ) { writer in
    writer.input("x", 1)
    writer.function("F", calls: "G", domain: "local")
    writer.function("G", calls: "F", domain: "local")
    writer.node("F", ["x"], domain: "local")
    writer.output("y")
  },
  Mistake(
    "operator in a function",
    expected:
      "model.onnx: node 'n' (F, opset 13): node 'inner' (Bernoulli, opset 13): error: the "
      + "operator Bernoulli is not supported"
  ) { writer in
    writer.input("x", 1)
    writer.function("F", calls: "Bernoulli")
    writer.node("F", ["x"], domain: "local")
    writer.output("y")
  },
  Mistake(
    "function with too many operands",
    expected:
      "model.onnx: node 'n' (F, opset 13): error: the function 'F' takes 1 value and gives 1, "
      + "but its call has 2 and 1"
  ) { writer in
    writer.input("x", 1)
    writer.function("F", calls: "Relu")
    writer.node("F", ["x", "x"], domain: "local")
    writer.output("y")
  },
  Mistake(
    "function without the attribute",
    expected: "model.onnx: node 'n' (F, opset 13): error: the function 'F' has no attribute 'alpha'"
  ) { writer in
    writer.input("x", 1)
    writer.function("F", calls: "Relu")
    writer.node("F", ["x"], domain: "local", [("alpha", .float(1))])
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

/// Inputs and extents that do not go together.
let inputMistakes: [Mistake] = [
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
        give it a value, as in --dim height=224
      """
  ) { writer in
    writer.input("x", [.symbol("N"), .fixed(3), .symbol("height")])
    writer.output("x")
  },
  Mistake(
    "open symbol of two axes",
    expected: """
      model.onnx: input 'x': error: the extent 'side' of axis 2 is open
        give it a value, as in --dim side=224, or to each axis its own, as in --dim x.2=224
      """
  ) { writer in
    writer.input("x", [.symbol("N"), .fixed(3), .symbol("side"), .symbol("side")])
    writer.output("x")
  },
  Mistake(
    "open axis without a name",
    expected: """
      model.onnx: input 'x': error: the extent of axis 2 is open
        give it a value, as in --dim x.2=224
      """
  ) { writer in
    writer.input("x", [.symbol("?"), .fixed(3), .symbol("?"), .symbol("?")])
    writer.output("x")
  },
  Mistake(
    "open axis",
    expected: """
      model.onnx: input 'x': error: the extent of axis 2 is open
        give it a value, as in --dim x.2=224
      """
  ) { writer in
    writer.input("x", [.open, .fixed(3), .fixed(-1)])
    writer.output("x")
  },
  Mistake(
    "unknown symbol", options: ONNXOptions(dimensions: ["hieght": 7]),
    expected: """
      model.onnx: input 'x': error: the extent 'height' of axis 1 is open
        give it a value, as in --dim height=224
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

/// Tensors whose data are not as they say.
let tensorMistakes: [Mistake] = [
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
    error: "it has a value that does not fit 64 signed bits"),
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
