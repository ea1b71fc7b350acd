import GraphIR

extension OperatorContext {
  /// An axis from 0, from one that may count from the end.
  ///
  /// - Throws: `Refusal` where there is no such axis.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    guard axis >= -rank, axis < rank else {
      throw Refusal("axis \(axis) does not exist in a tensor of \(rank) axes")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes from 0, in the order given.
  ///
  /// - Throws: `Refusal` where there is no such axis, or one is named twice.
  func axes(_ axes: [Int], rank: Int) throws -> [Int] {
    var seen = Set<Int>()
    return try axes.map { stated in
      let axis = try self.axis(stated, rank: rank)
      guard seen.insert(axis).inserted else { throw Refusal("axis \(stated) is named twice") }
      return axis
    }
  }
}

/// A shape as a matrix: the axes before `axis` as rows, the others as columns.
///
/// - Precondition: the shape passed `checkSize`, so that the products do not overflow.
func flattened(_ shape: [Int], at axis: Int) -> [Int] {
  [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
}
