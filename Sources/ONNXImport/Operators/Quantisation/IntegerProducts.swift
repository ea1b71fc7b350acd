import GraphIR
import Interpreter

/// Products and convolutions of integers of 8 bits, whose results are integers of 32.
///
/// They are computed in f32, which adds integers without an error as long as no sum leaves ±2²⁴. Where one might, weights
/// are split into sixteens and ones, whose sums are smaller; the sum of both is rounded once.

/// `MatMulInteger`: a, b, and their zero points: one, or one for each row of a and column of b.
func importIntegerProduct(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let a = try context.integers(0, lessZeroPoint: 2, axis: -2, suffix: "a")
  let b = try context.integers(1, lessZeroPoint: 3, axis: -1, suffix: "b")
  let rank = context.shape(of: b).count
  guard rank > 0 else { throw Refusal("a scalar is not a matrix") }
  let sums = try context.exactSums(a, b, summed: [max(rank - 2, 0)]) {
    try context.apply(importMatrixProduct, "MatMul", to: [$0, $1])
  }
  return [.node(sums)]
}

/// `ConvInteger`: x, weight, and their zero points: one of x, and one of the weight or one for each of its channels.
func importIntegerConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.integers(0, lessZeroPoint: 2, axis: 0, suffix: "x")
  let weight = try context.integers(1, lessZeroPoint: 3, axis: 0, suffix: "weight")
  let axes = Array(context.shape(of: weight).indices.dropFirst())
  let sums = try context.exactSums(x, weight, summed: axes) {
    try context.apply(importConvolution, "Conv", to: [$0, $1])
  }
  return [.node(sums)]
}

extension OperatorContext {
  /// An operand of 8 bits less its zero point, as f32.
  fileprivate func integers(
    _ index: Int, lessZeroPoint zeroIndex: Int, axis stated: Int, suffix: String
  ) throws -> NodeID {
    let element = try byteElement(index)
    let x = try narrowOperand(index, as: element)
    var zero = zeros([], of: element)
    var axis: Int?
    if hasOperand(zeroIndex) {
      zero = try zeroPoint(zeroIndex, of: element)
      if type(of: zero).elementCount == 1 {
        zero = try scalar(zero, madeFrom: zeroIndex)
      } else {
        axis = try self.axis(stated, rank: type(of: x).rank)
        guard shape(of: zero) == [shape(of: x)[axis!]] else {
          throw Refusal(
            "a zero point \(type(of: zero)) does not lie along axis \(axis!) of \(type(of: x))")
        }
      }
    }
    let ones = Tensor(
      shape(of: zero), floats: [Float](repeating: 1, count: type(of: zero).elementCount))
    return try add(
      .dequantize(axis: axis), [x, addConstant(ones, suffix: "scale"), zero], suffix: suffix)
  }

  /// Sums of products of integers that are f32, as integers of 32 bits; who takes them as floats reads the sums.
  ///
  /// - Parameters:
  ///   - axes: those of the weights that are summed over.
  ///   - product: adds the products.
  /// - Throws: `Refusal` where sums may not be exact.
  fileprivate func exactSums(
    _ x: NodeID, _ weights: NodeID, summed axes: [Int],
    _ product: (NodeID, NodeID) throws -> NodeID
  ) throws -> NodeID {
    let factor = Double(largestMagnitude(of: x))
    func bound(_ weights: NodeID, largest: Float) throws -> Double {
      let shape = self.shape(of: weights)
      let terms = axes.reduce(1) { $0 * shape[$1] }
      guard let known = knownValue(of: weights), known.count > 0 else {
        return factor * Double(largest) * Double(terms)
      }
      let sums = evaluate(
        .reduce(.sum, axes: axes, keepDimensions: false), [evaluate(.unary(.absolute), [known])])
      return factor * Double(sums.floats.max() ?? 0)
    }
    /// The sums as i64 that are sure to lie within their bound.
    func integers(_ sums: NodeID, _ bound: Double) throws -> NodeID {
      let limit = Float(bound.rounded(.up))
      return try add(
        .cast(.int64), [try step(.clip(low: -limit, high: limit), sums)], suffix: "sums")
    }
    let largest = largestMagnitude(of: weights)
    let whole = try bound(weights, largest: largest)
    if whole < Self.exactSums {
      let sums = try product(x, weights)
      let result = try add(.cast(.int32), [try integers(sums, whole)])
      assembly.quantizedFloats[result] = sums
      return result
    }
    let high = try step(.round, try step(.multiply, weights, 1 / 16))
    let low = try step(.subtract, weights, try step(.multiply, high, 16))
    let bounds = (try bound(high, largest: (largest / 16).rounded(.up)), try bound(low, largest: 8))
    guard bounds.0 < Self.exactSums, bounds.1 < Self.exactSums else {
      throw Refusal(
        "its sums of \(axes.reduce(1) { $0 * shape(of: weights)[$1] }) products may not be exact as f32, which they are computed in"
      )
    }
    let (sixteens, ones) = (try product(x, high), try product(x, low))
    let total = try step(.add, try step(.multiply, sixteens, 16), ones)
    let exact = try step(
      .add, try step(.multiply, try integers(sixteens, bounds.0), integer(16)),
      try integers(ones, bounds.1))
    let result = try add(.cast(.int32), [exact])
    assembly.quantizedFloats[result] = total
    return result
  }

  /// Sums below it are exact as f32, in any order.
  private static let exactSums = 16_777_216.0

  /// The largest magnitude that a value of `integers` may have.
  private func largestMagnitude(of id: NodeID) -> Float {
    let node = assembly.graph[id]
    guard let range = assembly.type(of: node.inputs[0]).element.integers else { return .infinity }
    let zeros = knownValue(of: node.inputs[2])?.integers ?? [range.lowerBound, range.upperBound]
    let all = zeros.flatMap { [range.lowerBound - $0, range.upperBound - $0] }
    return Float(all.map(\.magnitude).max() ?? 0)
  }
}
