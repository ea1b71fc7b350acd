import GraphIR

/// Functions of one and two elements.
extension NodeWriter {
  /// Adds a function of one element; the result is the operation's where there is no suffix.
  @discardableResult
  mutating func apply(
    _ function: UnaryFunction, to value: String, suffix: String? = nil
  ) throws -> String {
    switch function {
    case .clip(let low, let high):
      let bounds = [
        low == -.infinity ? "" : number(low, joined(suffix, "low")),
        high == .infinity ? "" : number(high, joined(suffix, "high")),
      ]
      return try add("Clip", [value] + bounds, suffix: suffix)
    case .saturate(let low, let high):
      let least = number(low, joined(suffix, "low"))
      let isAbove = try add("Less", [least, value], suffix: joined(suffix, "above"))
      let raised = try add("Where", [isAbove, value, least], suffix: joined(suffix, "raised"))
      let nearest = try add(
        "Min", [raised, number(high, joined(suffix, "high"))], suffix: joined(suffix, "nearest"))
      // 0 in place of -0.
      return try add("Add", [nearest, number(0, joined(suffix, "zero"))], suffix: suffix)
    case .leakyRelu(let slope):
      return try add("LeakyRelu", [value], [("alpha", .float(slope))], suffix: suffix)
    case .hardSigmoid(let alpha, let beta):
      return try add(
        "HardSigmoid", [value], [("alpha", .float(alpha)), ("beta", .float(beta))], suffix: suffix)
    case .elu(let alpha):
      return try add("Elu", [value], [("alpha", .float(alpha))], suffix: suffix)
    case .geluTanh:
      return try add("Gelu", [value], [("approximate", .text("tanh"))], suffix: suffix)
    case .silu:
      let factor = try add("Sigmoid", [value], suffix: joined(suffix, "sigmoid"))
      return try add("Mul", [value, factor], suffix: suffix)
    default:
      guard let type = Self.plainFunctions.first(where: { $0.function == function })?.type else {
        throw ExportRefusal(
          message: "operator set 20 of ONNX has nothing that computes \(function.mnemonic)")
      }
      return try add(type, [value], suffix: suffix)
    }
  }

  private static let plainFunctions: [(function: UnaryFunction, type: String)] = [
    (.relu, "Relu"), (.sigmoid, "Sigmoid"), (.tanh, "Tanh"), (.hardSwish, "HardSwish"),
    (.exp, "Exp"), (.log, "Log"), (.sqrt, "Sqrt"), (.reciprocal, "Reciprocal"), (.negate, "Neg"),
    (.absolute, "Abs"), (.floor, "Floor"), (.ceil, "Ceil"), (.erf, "Erf"),
    (.softplus, "Softplus"), (.mish, "Mish"), (.gelu, "Gelu"), (.sin, "Sin"), (.cos, "Cos"),
    (.tan, "Tan"), (.asin, "Asin"), (.acos, "Acos"), (.atan, "Atan"), (.sinh, "Sinh"),
    (.cosh, "Cosh"), (.asinh, "Asinh"), (.acosh, "Acosh"), (.atanh, "Atanh"), (.round, "Round"),
  ]

  mutating func exportBinary(_ function: BinaryFunction, _ then: UnaryFunction?) throws {
    if function == .prelu {
      // The slope is stretched to the operand, never the operand to the slope.
      let isWhole = types[0].shape == node.type.shape
      let x =
        isWhole
        ? inputs[0]
        : try add("Expand", [inputs[0], integers(node.type.shape, "shape")], suffix: "x")
      try add("PRelu", [x, inputs[1]], then: then)
      return
    }
    if function == .remainder {
      try add("Mod", inputs, [("fmod", .integer(1))], then: then)
      return
    }
    if types[0].element == .bool {
      try add(function == .minimum ? "And" : "Or", inputs)
      return
    }
    guard let type = Self.binaryFunctions.first(where: { $0.function == function })?.type else {
      throw ExportRefusal(message: "operator set 20 of ONNX has nothing that computes it")
    }
    try add(type, inputs, then: then)
  }

  private static let binaryFunctions: [(function: BinaryFunction, type: String)] = [
    (.add, "Add"), (.subtract, "Sub"), (.multiply, "Mul"), (.divide, "Div"), (.minimum, "Min"),
    (.maximum, "Max"), (.power, "Pow"),
  ]
}
