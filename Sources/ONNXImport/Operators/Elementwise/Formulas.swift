import GraphIR

/// Formulas of several operations; the steps of one share a suffix, and the last has none.
extension OperatorContext {
  /// A step of a formula: a function of x.
  func step(_ function: UnaryFunction, _ x: NodeID) throws -> NodeID {
    try add(.unary(function), [x], suffix: "step")
  }

  /// A step of a formula: a function of two values, broadcast.
  func step(_ function: BinaryFunction, _ a: NodeID, _ b: NodeID) throws -> NodeID {
    try add(.binary(function, then: nil), [a, b], suffix: "step")
  }

  /// A step of a formula: a function of a value and a number.
  func step(_ function: BinaryFunction, _ a: NodeID, _ number: Float) throws -> NodeID {
    try step(function, a, self.number(number))
  }

  /// A step of a formula: a reduction that keeps the axes, with extent 1.
  func step(_ function: ReduceFunction, _ x: NodeID, axes: [Int]) throws -> NodeID {
    try add(.reduce(function, axes: axes, keepDimensions: true), [x], suffix: "step")
  }

  /// The end of a formula: a function of two values, broadcast.
  func result(_ function: BinaryFunction, _ a: NodeID, _ b: NodeID) throws -> NodeID {
    try add(.binary(function, then: nil), [a, b])
  }

  /// The end of a formula: a function of a value and a number.
  func result(_ function: BinaryFunction, _ a: NodeID, _ number: Float) throws -> NodeID {
    try result(function, a, self.number(number))
  }

  /// A number as a constant.
  func number(_ value: Float) -> NodeID {
    addConstant(Tensor([], floats: [value]), suffix: "number")
  }
}
