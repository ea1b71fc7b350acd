import GraphIR

extension Tensor {
  /// Zeros of the type that a value is computed with here: f32, truth values, or i64 for integers of any type.
  static func zeros(_ shape: [Int] = [], as element: ElementType) -> Tensor {
    let count = shape.reduce(1, *)
    return switch element {
    case .float32: Tensor(shape, floats: [Float](repeating: 0, count: count))
    case .bool: Tensor(shape, booleans: [Bool](repeating: false, count: count))
    case .int64, .int32, .int8, .uint8:
      Tensor(shape, integers: [Int64](repeating: 0, count: count))
    }
  }
}
