import GraphIR

/// The integers in which the instances of a block differ, and how the numbers of its nodes follow
/// from them.
struct BlockParameters {
  /// A parameter with its value in each instance.
  struct Parameter {
    let name: String
    /// Nil where every instance gives it.
    let defaultValue: Int?
    let values: [Int]
  }

  private(set) var list: [Parameter] = []
  private var names: Set<String>

  /// - Parameter taken: names that are something else in the block.
  init(taken: Set<String>) { names = taken }

  /// Text for a number that is `values[i]` in instance i, nil where the instance has no such
  /// number: a literal, a parameter, or a multiple or fraction of one.
  mutating func text(
    _ values: [Int?], name: String, defaultValue: Int? = nil
  ) -> (text: String, value: (Int) -> Int) {
    let known = values.compactMap { $0 }
    let first = known.first ?? 0
    let isConstant = known.allSatisfy { $0 == first }
    // What only some instances have may follow a parameter by chance, which reads better.
    if isConstant, known.count == values.count { return (String(first), { _ in first }) }
    for parameter in list where (parameter.defaultValue == nil) == (defaultValue == nil) {
      for factor in 1...(defaultValue == nil ? 8 : 1) {
        let own = parameter.values
        if Self.agree(values, own.map { $0 * factor }) {
          let text = factor == 1 ? parameter.name : "\(factor) * \(parameter.name)"
          return (text, { own[$0] * factor })
        }
        if own.allSatisfy({ $0 % factor == 0 }), Self.agree(values, own.map { $0 / factor }) {
          return ("\(parameter.name) / \(factor)", { own[$0] / factor })
        }
      }
    }
    if isConstant { return (String(first), { _ in first }) }
    var (unique, suffix) = (name, 1)
    while !names.insert(unique).inserted {
      suffix += 1
      unique = "\(name)\(suffix)"
    }
    let all = values.map { $0 ?? defaultValue ?? first }
    list.append(Parameter(name: unique, defaultValue: defaultValue, values: all))
    return (unique, { all[$0] })
  }

  private static func agree(_ values: [Int?], _ others: [Int]) -> Bool {
    zip(values, others).allSatisfy { $0 == nil || $0 == $1 }
  }
}
