import GraphIR
import Interpreter

/// Valid networks of quantised layers with their inputs: the same for the same seed.
///
/// Values between layers are 8-bit integers, whose scales are chosen for what they are on the inputs. Whatever stands between
/// `dequantize` and `quantize` is either a layer that is computed with integers, or arithmetic on f32 that rounds the same way
/// everywhere, so outputs are known in every bit, but for those that `looseOutputs` names and what follows from
/// `roundedOutputs`.
///
/// In every other network all scales are powers of two. No float rounds there, so that averages and products of matrices are
/// known too, and the network as it was made gives the bits of the optimised one.
public struct RandomQuantisedNetwork: RandomChoices {
  /// What a network has in it.
  public enum Kind: String, CaseIterable, Sendable {
    case convolution, strided, paddedByZeroPoint, dilated, grouped, depthwise, scalePerChannel,
      unsignedWeights, linear
    /// A window of 3×3 that moves by one pixel, for which Winograd's algorithm serves.
    case winogradWindow
    /// Two weights of a pair whose products with 255 leave 16 bits, and those that meet images of 255.
    case unsafePair, saturatingPair
    /// Sums of two quantised values, and of one with a layer that is not rounded before.
    case sum, sumOfLayer
    case product, matrixProduct, concatenation, maxPool, poolOfOneScale, averagePool, resize, table,
      movement
    case movedBytes, signedBytes, batch, floatsBefore, floatsBehind
  }

  /// An image, or rows, of integers, and what these stand for.
  struct Value {
    var id: NodeID
    var scale: Float
    var zero: Int
    var element: ElementType
  }

  /// The network.
  public internal(set) var graph: Graph
  /// A value for each input.
  public internal(set) var inputs: [String: Tensor] = [:]
  public internal(set) var kinds: Set<Kind> = []
  /// Whether all scales are powers of two.
  public let isExact: Bool
  /// Outputs of floats whose last bits are not known.
  public internal(set) var looseOutputs: [String] = []
  /// Outputs of bytes that are floats of unknown last bits, rounded: they may be one off, and then the rest follows from them.
  public internal(set) var roundedOutputs: [String] = []

  package var generator: SeededGenerator
  var known: [NodeID: Tensor] = [:]
  /// Values `[N, C, H, W]`.
  var images: [Value] = []

  /// Makes a network of 4 to 16 layers.
  public init(seed: UInt64) {
    generator = SeededGenerator(seed: seed &* 0x9e37_79b9)
    graph = Graph(name: "quantised\(seed)")
    isExact = seed % 2 == 0
    let batch = pick([1, 1, 2, 3])
    if batch > 1 { kinds.insert(.batch) }
    for _ in 0..<pick([1, 1, 2]) { addInput(batch: batch) }
    let wanted = graph.order.count + integer(8...40)
    var attempts = 0
    while graph.order.count < wanted, attempts < 60 {
      attempts += 1
      addSomething()
    }
    addOutputs()
  }

  private mutating func addSomething() {
    switch integer(0...19) {
    case 0...6: addConvolution()
    case 7, 8: addSum()
    case 9: addSumOfLayer()
    case 10: addConcatenation()
    case 11: addPool()
    case 12: addAverage()
    case 13: addResizing()
    case 14, 15: addTable()
    case 16: addMovement()
    case 17: addProduct()
    case 18: addLinear()
    default: addMatrixProduct()
    }
  }

  // MARK: Choices

  /// An image, the last ones more often than not.
  mutating func image() -> Value { pickLate(images) }

  func shape(_ id: NodeID) -> [Int] { graph[id].type.shape }

  // MARK: Building

  /// Adds a node and computes its value; nil where the operands do not fit or the result is large.
  mutating func add(
    _ operation: Operation, _ operands: [NodeID], upTo count: Int = 20_000
  ) -> NodeID? {
    guard let type = try? operation.resultType(operands.map { graph[$0].type }),
      (1...count).contains(type.elementCount),
      let id = try? graph.add(operation, operands, name: operation.mnemonic)
    else { return nil }
    known[id] = evaluate(operation, operands.map { tensor($0) })
    return id
  }

  /// The value of a node on the inputs.
  func tensor(_ id: NodeID) -> Tensor { graph.constantValue(of: id) ?? known[id]! }

  mutating func constant(_ tensor: Tensor) -> NodeID { graph.addConstant("c", tensor) }

  /// A constant that is a zero point.
  mutating func zeroPoint(_ zero: Int, _ element: ElementType) -> NodeID {
    constant(evaluate(.cast(element), [Tensor([], integers: [Int64(zero)])]))
  }

  /// A value as f32.
  mutating func floats(_ value: Value) -> NodeID {
    let operands = [
      value.id, constant(Tensor([], floats: [value.scale])), zeroPoint(value.zero, value.element),
    ]
    return add(.dequantize(axis: nil), operands)!
  }

  /// Rounds a value of f32 to integers: to those of `wanted`, or of a scale that suits its numbers.
  mutating func quantized(_ id: NodeID, as wanted: Value? = nil) -> Value? {
    guard var value = wanted ?? scale(for: tensor(id).floats, id) else { return nil }
    let operands = [
      id, constant(Tensor([], floats: [value.scale])), zeroPoint(value.zero, value.element),
    ]
    guard let result = add(.quantize(Quantization(element: value.element)), operands) else {
      return nil
    }
    value.id = result
    if value.element == .int8 { kinds.insert(.signedBytes) }
    keep(value)
    return value
  }

  mutating func keep(_ value: Value) {
    if graph[value.id].type.rank == 4 { images.append(value) }
  }

  /// A power of two.
  static func power(_ exponent: Int) -> Float {
    Float(sign: .plus, exponent: exponent, significand: 1)
  }

  /// A scale and a zero point for some numbers, which now and then leave the type a bit.
  mutating func scale(for numbers: [Float], _ id: NodeID) -> Value? {
    let (low, high) = (min(0, numbers.min() ?? 0), max(0, numbers.max() ?? 0))
    var scale = max(high - low, 1e-3) / 255
    guard scale.isFinite, scale < 1e6 else { return nil }
    if isExact {
      let exponent = Int(scale.exponent) + (scale.significand == 1 ? 0 : 1)
      scale = Self.power(exponent) * pick([1, 1, 0.5])
    } else {
      scale *= pick([1, 1.001, 0.8, 1.3])
    }
    let element: ElementType = pick([.uint8, .uint8, .uint8, .int8])
    let least = element == .uint8 ? 0 : -128
    let zero = min(max(least + Int((-low / scale).rounded()), least), least + 255)
    return Value(id: id, scale: scale, zero: zero, element: element)
  }

  // MARK: Ends

  /// Bytes, or floats that are rounded at once; now and then floats behind a layer of floats.
  private mutating func addInput(batch: Int) {
    let name = "x\(graph.inputs.count)"
    let shape = [batch, pick([1, 3, 4, 8, 16, 17, 33]), integer(3...14), integer(3...14)]
    let count = shape.reduce(1, *)
    if chance(50) {
      let levels = pick([[0, 255], [255], []])
      let bytes = (0..<count).map { _ in UInt8(levels.isEmpty ? integer(0...255) : pick(levels)) }
      let id = graph.addInput(name, TensorType(shape, element: .uint8))
      inputs[name] = Tensor(shape, elements: bytes)
      known[id] = inputs[name]
      keep(
        Value(
          id: id, scale: isExact ? 0x1p-6 : 0.0173, zero: pick([0, 0, 7, 128, 255]), element: .uint8
        ))
      return
    }
    let id = graph.addInput(name, TensorType(shape))
    inputs[name] = .seeded(shape, seed: generator.next(), in: -2...2)
    known[id] = inputs[name]
    guard chance(40) else {
      _ = quantized(id)
      return
    }
    let weight = Tensor.seeded([9, shape[1], 3, 3], seed: generator.next(), in: -0.3...0.3)
    guard
      let y = add(
        .convolution(Convolution(padding: Padding(1), then: .relu)), [id, constant(weight)])
    else { return }
    let scale: Float = isExact ? 0x1p-6 : 0.0173
    guard
      let value = quantized(y, as: Value(id: y, scale: scale, zero: 3, element: .uint8))
    else { return }
    kinds.insert(.floatsBefore)
    roundedOutputs.append("rounded\(roundedOutputs.count)")
    graph.addOutput(roundedOutputs.last!, value.id)
  }

  /// Every image that nothing reads: its bytes, what they stand for, or what a layer of floats makes of it.
  private mutating func addOutputs() {
    for value in images where graph.users(of: value.id).isEmpty && !graph.isOutput(value.id) {
      let name = "y\(graph.outputs.count)"
      if value.element == .uint8, chance(50) {
        graph.addOutput(name, value.id)
        continue
      }
      let y = floats(value)
      let channels = shape(y)[1]
      let weight = Tensor.seeded([5, channels, 3, 3], seed: generator.next(), in: -0.3...0.3)
      if chance(25),
        let behind = add(
          .convolution(Convolution(padding: Padding(1))), [y, constant(weight)])
      {
        kinds.insert(.floatsBehind)
        looseOutputs.append(name)
        graph.addOutput(name, behind)
      } else {
        graph.addOutput(name, y)
      }
    }
    graph.removeDeadNodes()
  }
}
