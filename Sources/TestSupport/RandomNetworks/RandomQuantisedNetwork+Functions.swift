import GraphIR
import Interpreter

/// What stands between layers: arithmetic on f32 that rounds the same way everywhere.
extension RandomQuantisedNetwork {
  /// Another image of the same shape; itself where there is none.
  private mutating func partner(of x: Value) -> Value {
    let same = images.filter { shape($0.id) == shape(x.id) && $0.id != x.id }
    return same.isEmpty ? x : pick(same)
  }

  mutating func addSum() {
    let x = image()
    let other = partner(of: x)
    let then: UnaryFunction? = pick([nil, .relu])
    guard
      let sum = add(
        .binary(pick([.add, .add, .subtract]), then: then), [floats(x), floats(other)])
    else { return }
    kinds.insert(.sum)
    _ = quantized(sum)
  }

  mutating func addProduct() {
    let x = image()
    let other = partner(of: x)
    guard let y = add(.binary(.multiply, then: nil), [floats(x), floats(other)]) else { return }
    kinds.insert(.product)
    _ = quantized(y)
  }

  mutating func addConcatenation() {
    let axis = pick([1, 1, 1, 2, 3])
    let x = image()
    let fitting = images.filter { other in
      (0..<4).allSatisfy { $0 == axis || shape(other.id)[$0] == shape(x.id)[$0] }
    }
    let operands = [x] + (0..<integer(1...2)).map { _ in pick(fitting) }
    guard let y = add(.concatenate(axis: axis), operands.map { floats($0) }) else { return }
    kinds.insert(.concatenation)
    _ = quantized(y)
  }

  mutating func addPool() {
    let x = image()
    let side = pick([2, 3])
    let pooling = Pooling(
      kernel: Pair(side), stride: Pair(integer(1...2)), padding: Padding(chance(50) ? side / 2 : 0))
    guard let y = add(.maxPool(pooling), [floats(x)]) else { return }
    kinds.insert(.maxPool)
    let keepsScale = chance(60)
    if keepsScale { kinds.insert(.poolOfOneScale) }
    _ = quantized(y, as: keepsScale ? x : nil)
  }

  /// Averages of so many powers of two that no sum of them rounds.
  mutating func addAverage() {
    guard isExact else { return }
    let x = image()
    let pixels = shape(x.id)[2] * shape(x.id)[3]
    let isWhole = pixels & (pixels - 1) == 0 && chance(50)
    let pooling = Pooling(kernel: Pair(2), stride: Pair(integer(1...2)))
    guard let y = add(isWhole ? .globalAveragePool : .averagePool(pooling), [floats(x)]) else {
      return
    }
    kinds.insert(.averagePool)
    _ = quantized(y)
  }

  mutating func addResizing() {
    let x = image()
    let size = Pair(2 * shape(x.id)[2], 2 * shape(x.id)[3])
    let mode: Resize.Mode = isExact ? pick([.nearest, .linear]) : .nearest
    guard let y = add(.resize(Resize(size: size, mode: mode)), [floats(x)]) else { return }
    kinds.insert(.resize)
    _ = quantized(y, as: chance(50) ? x : nil)
  }

  /// A function of 256 levels, none of whose results is so near to the middle between two that a last bit would decide.
  mutating func addTable() {
    let x = image()
    let function: UnaryFunction = pick([
      .sigmoid, .tanh, .leakyRelu(slope: 0.1), .hardSigmoid(alpha: 1 / 6, beta: 0.5), .hardSwish,
      .silu, .gelu, .elu(alpha: 0.75),
    ])
    guard let y = add(.unary(function), [floats(x)]), var wanted = scale(for: tensor(y).floats, y)
    else { return }
    let levels = Tensor(
      [256],
      floats: (0..<256).map {
        (Float($0 - (x.element == .int8 ? 128 : 0)) - Float(x.zero)) * x.scale
      })
    let results = evaluate(.unary(function), [levels]).floats
    var attempts = 0
    while results.contains(where: { Self.isNearMiddle($0 / wanted.scale) }) {
      attempts += 1
      guard attempts < 30 else { return }
      wanted.scale *= isExact ? 2 : 1.013
      guard !isExact || attempts < 3 else { return }
    }
    kinds.insert(.table)
    _ = quantized(y, as: wanted)
  }

  private static func isNearMiddle(_ number: Float) -> Bool {
    abs(abs(number - number.rounded(.down)) - 0.5) < 0.002
  }

  /// Elements to other places, as f32 between one scale, or as the bytes that they are.
  mutating func addMovement() {
    let x = image()
    let shape = shape(x.id)
    let areBytes = x.element == .uint8 && chance(50)
    let operation: Operation
    switch integer(0...3) {
    case 0: operation = .transpose([0, 1, 3, 2])
    case 1:
      let start = integer(0...(shape[1] - 1))
      var ranges = shape.map { SliceRange(start: 0, end: $0) }
      ranges[1] = SliceRange(start: start, end: integer((start + 1)...shape[1]))
      operation = .slice(ranges)
    case 2:
      operation = .pad(
        PadAmounts(
          before: [0, 0, integer(0...2), integer(0...2)], after: [0, 0, integer(0...2), 1],
          value: areBytes ? Float(x.zero) : 0))
    default: operation = .spaceToDepth(DepthBlocks(block: 2, order: .dcr))
    }
    guard let y = add(operation, [areBytes ? x.id : floats(x)]) else { return }
    kinds.insert(areBytes ? .movedBytes : .movement)
    if areBytes {
      keep(Value(id: y, scale: x.scale, zero: x.zero, element: .uint8))
    } else {
      _ = quantized(y, as: x)
    }
  }

  /// Products of the channels of two images over their pixels: attention without its softmax. All sums are exact.
  mutating func addMatrixProduct() {
    let x = image()
    let shape = shape(x.id)
    let pixels = shape[2] * shape[3]
    guard isExact, pixels <= 250 else { return }
    let other = partner(of: x)
    guard let a = add(.reshape([shape[0], shape[1], pixels]), [floats(x)]),
      let b = add(.reshape([shape[0], shape[1], pixels]), [floats(other)]),
      let turned = add(.transpose([0, 2, 1]), [b]),
      let y = add(.matrixMultiply, [a, turned]), let result = quantized(y),
      result.element == .uint8,
      let image = add(.reshape([shape[0], shape[1], shape[1], 1]), [result.id])
    else { return }
    kinds.insert(.matrixProduct)
    keep(Value(id: image, scale: result.scale, zero: result.zero, element: .uint8))
  }
}
