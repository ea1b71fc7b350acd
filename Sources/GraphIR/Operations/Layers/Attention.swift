/// Scaled dot-product attention: every query takes the mean of the values, weighted by how well it
/// fits their keys (Vaswani et al., "Attention Is All You Need", 2017, section 3.2.1).
public struct Attention: Hashable, Sendable {
  /// What products of queries and keys are multiplied by.
  public var scale: Float
  /// Whether query i sees no key behind the i-th.
  public var isCausal: Bool
  /// Whether there is a fourth operand: numbers to add to the scaled products, or truth values that
  /// say which keys a query sees.
  public var hasMask: Bool
  /// Whether a query that sees no key gives 0; NaN if not.
  public var givesZero: Bool

  /// Creates the attributes; without a mask, and NaN where nothing is seen, unless said.
  public init(
    scale: Float, isCausal: Bool = false, hasMask: Bool = false, givesZero: Bool = false
  ) {
    self.scale = scale
    self.isCausal = isCausal
    self.hasMask = hasMask
    self.givesZero = givesZero
  }

  /// The usual scale for queries of so many features: 1 / √features.
  public static func usualScale(features: Int) -> Float {
    Float(1 / Double(max(features, 1)).squareRoot())
  }
}

extension Operation {
  /// q `[…, Q, D]`, k `[…, K, D]`, v `[…, K, E]`, then a mask that broadcasts to `[…, Q, K]` if there
  /// is one: `[…, Q, E]`, the axes before them broadcast.
  func attentionType(
    _ attributes: Attention, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(attributes.hasMask ? 4 : 3, operands)
    let (q, k, v) = (operands[0], operands[1], operands[2])
    for (operand, what) in [(q, "queries"), (k, "keys"), (v, "values")] {
      guard operand.rank >= 2, operand.element == .float32 else {
        throw ShapeError(
          "\(mnemonic) takes \(what) [..., rows, features] of f32, not \(operand)"
            + advice(operand))
      }
    }
    let (rows, keys, features) = (q.shape[q.rank - 2], k.shape[k.rank - 2], q.shape[q.rank - 1])
    guard keys >= 1, features >= 1 else {
      throw ShapeError("\(mnemonic) of \(q) needs at least one key and one feature, not \(k)")
    }
    guard k.shape[k.rank - 1] == features else {
      throw ShapeError("\(mnemonic) of queries \(q) needs keys of \(features) features, not \(k)")
    }
    guard v.shape[v.rank - 2] == keys else {
      throw ShapeError("\(mnemonic) needs a value for each of the keys \(k), not \(v)")
    }
    guard attributes.scale.isFinite else {
      throw ShapeError("\(mnemonic) needs a finite scale, not \(attributes.scale)")
    }
    guard let pairs = broadcastShape(Array(q.shape.dropLast(2)), Array(k.shape.dropLast(2))),
      var batch = broadcastShape(pairs, Array(v.shape.dropLast(2)))
    else {
      throw ShapeError("\(mnemonic) of \(q), \(k) and \(v): the shapes do not fit")
    }
    if attributes.hasMask {
      let mask = operands[3]
      guard mask.element == .float32 || mask.element == .bool else {
        throw ShapeError("\(mnemonic) takes a mask of f32 or bool, not \(mask)" + advice(mask))
      }
      guard let whole = broadcastShape(mask.shape, batch + [rows, keys]),
        Array(whole.suffix(2)) == [rows, keys]
      else {
        throw ShapeError(
          "\(mnemonic) needs a mask that broadcasts to \(TensorType(batch + [rows, keys])), not \(mask)"
        )
      }
      batch = Array(whole.dropLast(2))
    }
    return TensorType(batch + [rows, v.shape[v.rank - 1]])
  }
}
