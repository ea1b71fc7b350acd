import LLVMKit
import Planning

/// Products of a constant matrix with vectors, one vector of lanes per element.
struct LinearMap {
  /// Rows of coefficients.
  let matrix: [[Double]]
  let arithmetic: LaneArithmetic

  /// matrix · values. Rows that are the even and odd powers of a pair of points with the signs of
  /// the odd ones swapped share both halves, which saves half of the work.
  func apply(_ values: [Value?], _ m: borrowing IRModule) -> [Value] {
    var results = [Value?](repeating: nil, count: matrix.count)
    for row in matrix.indices where results[row] == nil {
      let mirror = matrix[row].enumerated().map { $0 % 2 == 0 ? $1 : -$1 }
      let partner = matrix.indices.first { other in
        other > row && results[other] == nil
          && (matrix[other] == mirror || matrix[other] == mirror.map { -$0 })
      }
      let even = combine(matrix[row], values, parity: 0, m)
      let odd = combine(matrix[row], values, parity: 1, m)
      results[row] = add(even, odd, m)
      if let partner {
        results[partner] =
          matrix[partner] == mirror ? subtract(even, odd, m) : subtract(odd, even, m)
      }
    }
    return results.map { $0 ?? m.zero(arithmetic.type(m)) }
  }

  /// The sum of the terms with even or odd index; nil where there are none.
  private func combine(
    _ row: [Double], _ values: [Value?], parity: Int, _ m: borrowing IRModule
  ) -> Value? {
    var sum: Value?
    // Terms without a multiplication first: they start the chain.
    let terms = row.indices.filter { $0 % 2 == parity && row[$0] != 0 && values[$0] != nil }
    for index in terms.sorted(by: {
      (abs(row[$0]) == 1 ? 0 : 1, $0) < (abs(row[$1]) == 1 ? 0 : 1, $1)
    }) {
      let (value, factor) = (values[index]!, row[index])
      if let known = sum {
        if factor == 1 {
          sum = arithmetic.add(known, value, m)
        } else if factor == -1 {
          sum = arithmetic.subtract(known, value, m)
        } else {
          sum = arithmetic.multiply(value, factor, addedTo: known, m)
        }
      } else {
        sum = factor == 1 ? value : arithmetic.multiply(value, factor, m)
      }
    }
    return sum
  }

  private func add(_ a: Value?, _ b: Value?, _ m: borrowing IRModule) -> Value? {
    guard let a, let b else { return a ?? b }
    return arithmetic.add(a, b, m)
  }

  private func subtract(_ a: Value?, _ b: Value?, _ m: borrowing IRModule) -> Value? {
    guard let b else { return a }
    guard let a else { return arithmetic.negate(b, m) }
    return arithmetic.subtract(a, b, m)
  }
}

extension WinogradTransform {
  /// Aᵀ with rows and columns swapped so that pairs of points are next to each other: columns p and
  /// -p. Applied to (sum, difference) of each pair, every output needs one term per pair.
  func pairedOutput(
    _ values: [Value], _ arithmetic: LaneArithmetic, _ m: borrowing IRModule
  ) -> [Value] {
    // values: the product at 0 if it is a point, then at pairs p, -p, then at infinity.
    let firstPair = points.count % 2
    let pairs = stride(from: firstPair, to: points.count, by: 2).map { index in
      (
        point: points[index], sum: arithmetic.add(values[index], values[index + 1], m),
        difference: arithmetic.subtract(values[index], values[index + 1], m)
      )
    }
    return (0..<outputs).map { power in
      var result: Value? = power == outputs - 1 ? values.last! : nil
      if power == 0, firstPair == 1 { result = values[0] }
      for pair in pairs {
        let factor = (0..<power).reduce(1.0) { value, _ in value * pair.point }
        let term = power % 2 == 0 ? pair.sum : pair.difference
        if let known = result {
          result =
            factor == 1
            ? arithmetic.add(known, term, m)
            : arithmetic.multiply(term, factor, addedTo: known, m)
        } else {
          result = factor == 1 ? term : arithmetic.multiply(term, factor, m)
        }
      }
      return result!
    }
  }
}
