import Diagnostics
import GraphIR

/// `Einsum`: the sum of products of elements over every index that the result does not have.
func evaluateEinsum(_ context: OperatorContext) throws -> [KnownTensor] {
  let operands = try (0..<context.operandCount).map { try context.known($0) }
  let text = try context.string("equation", default: "")
  guard let first = operands.first, operands.allSatisfy({ $0.element == first.element }),
    first.element != .bool
  else { throw Refusal("it takes numbers of one type, not \(operands.map(\.tensor.type))") }
  let equation = try EinsumEquation(text, shapes: operands.map(\.shape))
  let shape = equation.result.map { equation.extent(of: $0) }
  let summed = equation.summed.map { equation.extent(of: $0) }
  try checkSize(of: shape + summed)
  try context.reserve(shape, steps: operands.count * summed.reduce(1, *))
  // Per operand, where each element of the result finds its first factor, and each term the next.
  let starts = operands.indices.map {
    places(in: shape, strides: equation.strides(of: equation.result, operand: $0))
  }
  let steps = operands.indices.map {
    places(in: summed, strides: equation.strides(of: equation.summed, operand: $0))
  }
  func sums<Number>(
    _ values: [[Number]], _ zero: Number, _ one: Number,
    _ add: (Number, Number) -> Number, _ multiply: (Number, Number) -> Number
  ) -> [Number] {
    (starts.first ?? []).indices.map { element in
      (steps.first ?? []).indices.reduce(zero) { sum, term in
        let product = values.indices.reduce(one) { product, operand in
          multiply(product, values[operand][starts[operand][element] + steps[operand][term]])
        }
        return add(sum, product)
      }
    }
  }
  if first.element == .int64 {
    let values = try operands.map { try $0.integers("operands") }
    return [try KnownTensor(shape, wrapping: sums(values, 0, 1, &+, &*), first.type)]
  }
  return [try first.withNumbers(shape, sums(operands.map(\.numbers), 0, 1, +, *))]
}

/// Which axes of the operands are the same index: `ij,jk->ik`, with `...` for axes without a letter.
struct EinsumEquation {
  /// The indices of the result, and those that are summed over.
  private(set) var result: [String] = []
  private(set) var summed: [String] = []
  private let shapes: [[Int]]
  /// The index of every axis of every operand.
  private(set) var axes: [[String]] = []
  private var extents: [String: Int] = [:]

  init(_ text: String, shapes: [[Int]]) throws {
    self.shapes = shapes
    let sides = text.filter { $0 != " " }.split(
      separator: "->", omittingEmptySubsequences: false
    ).map(String.init)
    let terms = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false)
    guard (1...2).contains(sides.count), terms.count == shapes.count else {
      throw Refusal("the equation '\(text)' does not fit \(quantity(shapes.count, "operand"))")
    }
    var unlettered = 0
    for (term, shape) in zip(terms, shapes) {
      let letters = try Self.indices(String(term), rank: shape.count)
      guard letters.count == shape.count else {
        throw Refusal(
          "'\(term)' does not fit an operand of \(quantity(shape.count, "axis", "axes"))")
      }
      for (letter, extent) in zip(letters, shape) {
        let known = extents[letter] ?? 1
        guard known == 1 || extent == 1 || known == extent else {
          throw Refusal("the index '\(letter)' of '\(text)' is both \(known) and \(extent)")
        }
        extents[letter] = known == 1 ? extent : known
      }
      unlettered = max(unlettered, letters.filter { $0.count > 1 }.count)
      axes.append(letters)
    }
    let dots = (0..<unlettered).reversed().map { "...\($0)" }
    let used = axes.flatMap { $0 }
    if sides.count == 2 {
      result = try Self.indices(sides[1], dots: dots)
    } else {
      // Without a right side: letters that stand once, in the order of the alphabet.
      let once = Set(used).filter { letter in used.filter { $0 == letter }.count == 1 }
      result = dots + once.filter { $0.count == 1 }.sorted()
    }
    guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
      throw Refusal("the right side of the equation '\(text)' does not fit its left")
    }
    summed = Set(used).subtracting(result).sorted()
  }

  func extent(of index: String) -> Int { extents[index] ?? 1 }

  /// How far an operand's place moves with each of some indices.
  func strides(of indices: [String], operand: Int) -> [Int] {
    let strides = rowMajorStrides(of: shapes[operand])
    return indices.map { index in
      axes[operand].indices.reduce(0) { sum, axis in
        let repeats = shapes[operand][axis] == 1 && extent(of: index) != 1
        return axes[operand][axis] == index && !repeats ? sum + strides[axis] : sum
      }
    }
  }

  /// The indices of a term, of which those without a letter are numbered from the last.
  private static func indices(_ term: String, rank: Int) throws -> [String] {
    let letters = term.replacing("...", with: "").count
    return try indices(term, dots: (0..<max(0, rank - letters)).reversed().map { "...\($0)" })
  }

  private static func indices(_ term: String, dots: [String]) throws -> [String] {
    var rest = Substring(term)
    var result: [String] = []
    while let next = rest.first {
      if rest.hasPrefix("..."), !result.contains(where: { $0.count > 1 }) {
        result += dots
        rest = rest.dropFirst(3)
      } else {
        guard next.isASCII, next.isLetter else {
          throw Refusal("'\(term)' is no term of an equation")
        }
        result.append(String(next))
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
