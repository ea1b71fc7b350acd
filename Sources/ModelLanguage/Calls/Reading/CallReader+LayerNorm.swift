import Diagnostics
import GraphIR

/// Trained tensors of a shape that no operator knows, and normalisation over axes of one element of a
/// batch: calls that add several nodes.
extension CallReader {
  /// `NAME = parameter() : TYPE`: a trained tensor that has the statement's name.
  mutating func readParameter() throws(Reported) -> Value {
    try finish()
    guard site.isOutermost, let type = site.expected else {
      throw elaborator.report(
        "parameter needs a statement and a type of its own", at: call.range,
        hint: "write NAME = parameter() : f32[8, 16]")
    }
    guard elaborator.graph.node(named: site.statement) == nil else {
      throw elaborator.taken(site.statement, at: call.range)
    }
    return .tensor(try elaborator.parameter(site.statement, type, at: call.range))
  }

  /// `layer_norm(x, axes: [-1], epsilon: 1e-5)`: (x - mean) / √(variance + epsilon) · weight + bias,
  /// with mean and variance over the axes, and a weight and a bias for each index along them.
  ///
  /// It is elaborated to the operations of this formula, as readers of other formats do.
  mutating func readLayerNorm() throws(Reported) -> Value {
    let (axes, epsilon) = try readNormalisedAxes()
    let x = operands[0]
    let mean = try average(x, axes, "mean")
    let centred = try step(.binary(.subtract, then: nil), [x, mean], "centred")
    let product = try scaled(centred, axes, epsilon)
    let shift = try trained("bias", along: axes)
    return .tensor(
      try elaborator.addNode(
        .binary(.add, then: nil), [product, shift], name: try nodeName(), at: call.range))
  }

  /// `rms_norm(x, axes: [-1], epsilon: 1e-5)`: x / √(mean(x²) + epsilon) · weight, with the mean over the
  /// axes, and a weight for each index along them; see `readLayerNorm`.
  mutating func readRootMeanSquareNorm() throws(Reported) -> Value {
    let (axes, epsilon) = try readNormalisedAxes()
    return .tensor(try scaled(operands[0], axes, epsilon, isLast: true))
  }

  /// The operand, the axes that it is normalised over, and epsilon.
  private mutating func readNormalisedAxes() throws(Reported) -> (axes: [Int], epsilon: Float) {
    try readOperands(.exactly(1))
    let written = labelled("axes")
    var epsilon: Float = 1e-5
    real("epsilon", &epsilon, default: 1e-5)
    try finish()
    let type = operandTypes[0]
    var axes = [type.rank - 1]
    if let written { axes = try self.axes(written, rank: type.rank) }
    guard type.element == .float32, type.rank >= 1, !axes.isEmpty else {
      throw elaborator.report("\(callee) takes f32 and at least one axis of it", at: call.range)
    }
    guard epsilon >= 0, epsilon.isFinite else {
      throw elaborator.report(
        "\(what("epsilon")) is a finite number of at least 0", at: call.range)
    }
    return (axes, epsilon)
  }

  /// x / √(mean(x²) + epsilon) · weight.
  ///
  /// - Parameter isLast: whether that is what the call gives.
  private mutating func scaled(
    _ x: NodeID, _ axes: [Int], _ epsilon: Float, isLast: Bool = false
  ) throws(Reported) -> NodeID {
    let squares = try step(.binary(.multiply, then: nil), [x, x], "squares")
    let variance = try average(squares, axes, "variance")
    let floor = try elaborator.addConstant(
      Tensor([], floats: [epsilon]), name: try name("epsilon"), at: call.range)
    let sum = try step(.binary(.add, then: nil), [variance, floor], "sum")
    let deviation = try step(.unary(.sqrt), [sum], "deviation")
    let factor = try step(.unary(.reciprocal), [deviation], "factor")
    let normal = try step(.binary(.multiply, then: nil), [x, factor], "normal")
    let weight = try trained("weight", along: axes)
    let name = isLast ? try nodeName() : try name("scaled")
    return try elaborator.addNode(
      .binary(.multiply, then: nil), [normal, weight], name: name, at: call.range)
  }

  /// A name for a step of the formula.
  private mutating func name(_ what: String) throws(Reported) -> String {
    elaborator.uniqueName("\(try nodeName()).\(what)")
  }

  private mutating func step(
    _ operation: Operation, _ operands: [NodeID], _ what: String
  ) throws(Reported) -> NodeID {
    try elaborator.addNode(operation, operands, name: try name(what), at: call.range)
  }

  private mutating func average(
    _ x: NodeID, _ axes: [Int], _ what: String
  ) throws(Reported) -> NodeID {
    try step(.reduce(.mean, axes: axes, keepDimensions: true), [x], what)
  }

  /// A new parameter with the extents of the axes, as one that broadcasts to the operand.
  private mutating func trained(_ role: String, along axes: [Int]) throws(Reported) -> NodeID {
    let extents = operandTypes[0].shape
    let id = try newParameter(role, shape: axes.map { extents[$0] })
    let last = extents.indices.suffix(axes.count)
    if axes == Array(last) { return id }
    let shape = extents.indices[axes[0]...].map { axes.contains($0) ? extents[$0] : 1 }
    return try step(.reshape(shape), [id], "\(role).along")
  }
}
