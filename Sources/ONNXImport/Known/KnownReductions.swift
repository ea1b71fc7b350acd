import Foundation
import GraphIR

/// What a reduction makes of numbers.
enum KnownReduction: Sendable {
  case sum, mean, product, maximum, minimum, l1, l2, sumSquare, logSum, logSumExp

  /// The reduction of floats, computed in Double.
  fileprivate func callAsFunction(_ values: [Double]) -> Double {
    switch self {
    case .sum: values.reduce(0, +)
    case .mean: values.reduce(0, +) / Double(values.count)
    case .product: values.reduce(1, *)
    case .maximum: values.reduce(-.infinity) { $0.isNaN || $0 > $1 ? $0 : $1 }
    case .minimum: values.reduce(.infinity) { $0.isNaN || $0 < $1 ? $0 : $1 }
    case .l1: values.reduce(0) { $0 + $1.magnitude }
    case .l2: values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    case .sumSquare: values.reduce(0) { $0 + $1 * $1 }
    case .logSum: log(values.reduce(0, +))
    case .logSumExp: logOfSum(values)
    }
  }

  /// The reduction of integers; nil where it is one of floats, cut towards zero.
  fileprivate func callAsFunction(_ values: [Int64], _ type: FileType) throws -> Int64? {
    switch self {
    case .sum: values.reduce(0, &+)
    case .mean: try quotient(values.reduce(0, &+), Int64(values.count))
    case .product: values.reduce(1, &*)
    case .maximum: values.max() ?? type.range?.lowerBound ?? .min
    case .minimum: values.min() ?? type.range?.upperBound ?? .max
    case .l1: values.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) }
    case .sumSquare: values.reduce(0) { $0 &+ $1 &* $1 }
    case .l2, .logSum, .logSumExp: nil
    }
  }
}

/// The largest number is taken out, so that no power overflows.
private func logOfSum(_ values: [Double]) -> Double {
  let largest = KnownReduction.maximum(values)
  guard largest.isFinite else { return largest }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// `ReduceProd`, `ReduceL1` and their like: axes as an attribute or as an operand.
func evaluateReduction(
  _ function: KnownReduction
) -> @Sendable (OperatorContext) throws -> [KnownTensor] {
  { context in
    let x = try context.known(0)
    try context.reserve(x.shape, steps: 2)
    // Without axes it may do nothing but its function of single elements.
    let reduction = try Reduction(context)
    let axes = reduction?.axes ?? []
    let (shape, strides) = (x.shape, rowMajorStrides(of: x.shape))
    let kept = shape.indices.filter { !axes.contains($0) }
    let starts = places(in: kept.map { shape[$0] }, strides: kept.map { strides[$0] })
    let offsets = places(in: axes.map { shape[$0] }, strides: axes.map { strides[$0] })
    let result =
      reduction?.keepsDimensions ?? true
      ? shape.indices.map { axes.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }
    if case .int64(let values) = x.tensor.storage {
      let reduced = try starts.map { start in
        try function(offsets.map { values[start + $0] }, x.type)
          ?? truncated(function(offsets.map { Double(values[start + $0]) }))
      }
      return [try KnownTensor(result, wrapping: reduced, x.type)]
    }
    let numbers = x.numbers
    // The largest of no truth values is false, the smallest true.
    let bounds = x.element == .bool ? 0...1 : -Double.infinity...Double.infinity
    let reduced = starts.map { start in
      let value = function(offsets.map { numbers[start + $0] })
      return value.isNaN ? value : min(max(value, bounds.lowerBound), bounds.upperBound)
    }
    return [try x.withNumbers(result, reduced)]
  }
}

/// `CumSum` and `CumProd` along an axis that is known: `exclusive` leaves each element itself out,
/// `reverse` starts at the end.
func evaluateRunning(
  _ function: KnownRunning
) -> @Sendable (OperatorContext) throws -> [KnownTensor] {
  { context in
    let x = try context.known(0)
    let stated = try context.knownIntegers(1, "axis")
    guard stated.count == 1 else { throw Refusal("its axis must be one integer") }
    let axis = try context.axis(stated[0], rank: x.shape.count)
    let (exclusive, reverse) = (try context.flag("exclusive"), try context.flag("reverse"))
    try context.reserve(x.shape)
    let lines = Lines(x.shape, axis)
    func run<Element>(
      _ values: [Element], _ first: Element, _ combine: (Element, Element) -> Element
    ) -> [Element] {
      var result = values
      for start in lines.starts {
        var total = first
        for step in 0..<lines.extent {
          let place = start + (reverse ? lines.extent - 1 - step : step) * lines.stride
          let next = combine(total, values[place])
          result[place] = exclusive ? total : next
          total = next
        }
      }
      return result
    }
    if case .int64(let values) = x.tensor.storage {
      let result = function == .sum ? run(values, 0, &+) : run(values, 1, &*)
      return [try KnownTensor(x.shape, wrapping: result, x.type)]
    }
    let numbers = x.numbers
    return [
      try x.withNumbers(x.shape, function == .sum ? run(numbers, 0, +) : run(numbers, 1, *))
    ]
  }
}

/// What is carried along an axis.
enum KnownRunning {
  case sum, product
}

/// The lines of a tensor along an axis.
struct Lines {
  /// Where each line starts.
  let starts: [Int]
  /// How many elements it has.
  let extent: Int
  /// The distance of two neighbours.
  let stride: Int

  init(_ shape: [Int], _ axis: Int) {
    let strides = rowMajorStrides(of: shape)
    let others = shape.indices.filter { $0 != axis }
    starts = places(in: others.map { shape[$0] }, strides: others.map { strides[$0] })
    (extent, stride) = (shape[axis], strides[axis])
  }
}
