import GraphIR
import Interpreter

/// The coordinates `tf_crop_and_resize` of `Resize`: a region of every axis, in shares of its length,
/// is resized, and what lies outside the axis has one value.
///
/// Every axis is a product with a matrix of weights, which are known, since regions are as good as any
/// matrix: a row of zeros is a place outside.
func importCropAndResize(
  _ context: OperatorContext, axes: [Int], sizes: [Int], taps: GraphIR.Resize, outside: Float
) throws -> NodeID {
  var result = try context.operand(0)
  let shape = context.shape(of: result)
  guard let regions = try context.knownOperand(1), case .float32(let bounds) = regions.storage,
    bounds.count == 2 * axes.count, bounds.allSatisfy({ abs($0) <= 0x1p20 })
  else { throw Refusal("its region must be constant, with two numbers per axis") }
  var isInside = Tensor([], booleans: [true])
  for (index, axis) in axes.enumerated() {
    let (extent, size) = (shape[axis], sizes[index])
    guard extent >= 1, size >= 1, extent * size <= 1 << 24 else {
      throw Refusal("an axis of \(extent) cannot be resized to \(size)")
    }
    let (start, end) = (bounds[index], bounds[axes.count + index])
    let last = Float(extent - 1)
    // In f32, as ONNX Runtime has them: the last one may lie a little outside, or just not.
    let positions = (0..<size).map { place in
      size == 1
        ? Float(0.5 * Double(start + end) * Double(last))
        : start * last + (Float(place) * (end - start) * last) / Float(size - 1)
    }
    if start == 0, end == 1, size == extent { continue }
    var weights = [Float](repeating: 0, count: size * extent)
    var holds = [Bool](repeating: false, count: size)
    for (place, position) in positions.enumerated() where position >= 0 && position <= last {
      holds[place] = true
      let tap = taps.taps(at: position, extent: extent, scale: Float(size) / Float(extent))
      for (source, weight) in zip(tap.indices, tap.weights) {
        weights[place * extent + source] += weight
      }
    }
    result = try context.weighed(
      result, axis: axis, Tensor([size, extent], floats: weights))
    let column = [size] + [Int](repeating: 1, count: shape.count - axis - 1)
    isInside = conjunction(isInside, Tensor(column, booleans: holds))
  }
  guard isInside.booleans.contains(false) else { return result }
  let mask = context.addConstant(isInside, suffix: "inside")
  return try context.add(.select, [mask, result, context.number(outside)], suffix: "result")
}

extension OperatorContext {
  /// An axis of x multiplied by a matrix `[size, extent]`.
  fileprivate func weighed(_ x: NodeID, axis: Int, _ matrix: Tensor) throws -> NodeID {
    let shape = self.shape(of: x)
    let flat = [
      shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *),
    ]
    let lines = try add(.reshape(flat), [x], suffix: "lines")
    let weights = addConstant(matrix, suffix: "weights")
    let product = try add(.matrixMultiply, [weights, lines], suffix: "axis\(axis)")
    var resized = shape
    resized[axis] = matrix.shape[0]
    return try add(.reshape(resized), [product], suffix: "resized")
  }
}

private func conjunction(_ a: Tensor, _ b: Tensor) -> Tensor {
  evaluate(.binary(.minimum, then: nil), [a, b])
}
