import GraphIR

/// A tensor that is known, with the element type that it has in the file.
struct KnownTensor {
  let tensor: Tensor
  let type: FileType

  var shape: [Int] { tensor.shape }
  var element: ElementType { tensor.element }

  init(_ tensor: Tensor, _ type: FileType) {
    (self.tensor, self.type) = (tensor, type)
  }

  /// A tensor of integers, each wrapped to the type.
  ///
  /// - Throws: `Refusal` where one does not fit 64 signed bits.
  init(_ shape: [Int], wrapping integers: [Int64], _ type: FileType) throws {
    self.init(Tensor(shape, integers: try integers.map(type.wrapped)), type)
  }

  /// The elements as numbers; truth values are 0 and 1.
  var numbers: [Double] {
    switch tensor.storage {
    case .float32(let values): values.map(Double.init)
    case .int64, .int32, .int8, .uint8: (tensor.wholeNumbers ?? []).map(Double.init)
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }

  /// The integers.
  ///
  /// - Throws: `Refusal` for another type.
  func integers(_ what: String) throws -> [Int64] {
    guard case .int64(let values) = tensor.storage else {
      throw Refusal("its \(what) must be of integers, not \(tensor.type)")
    }
    return values
  }

  /// The truth values.
  ///
  /// - Throws: `Refusal` for another type.
  func booleans(_ what: String) throws -> [Bool] {
    guard case .bool(let values) = tensor.storage else {
      throw Refusal("its \(what) must be of truth values, not \(tensor.type)")
    }
    return values
  }

  /// A tensor of the same type whose elements lie at `places` of this one.
  func gathered(_ places: [Int], _ shape: [Int]) -> KnownTensor {
    KnownTensor(tensor.elements(at: places, shape: shape), type)
  }

  /// A tensor of the same type with other numbers, rounded to it.
  func withNumbers(_ shape: [Int], _ numbers: [Double]) throws -> KnownTensor {
    switch element {
    case .float32: KnownTensor(Tensor(shape, floats: numbers.map(Float.init)), type)
    case .int64, .int32, .int8, .uint8:
      try KnownTensor(shape, wrapping: numbers.map(truncated), type)
    case .bool: KnownTensor(Tensor(shape, booleans: numbers.map { $0 != 0 }), type)
    }
  }
}

/// The integer towards zero from a number; the nearest where it is too large, 0 for what is no number.
func truncated(_ number: Double) -> Int64 {
  if number.isNaN { return 0 }
  if number >= 0x1p63 { return .max }
  return number <= -0x1p63 ? .min : Int64(number)
}

/// For every index of a box, last axis fastest, the place that the strides give it.
func places(in shape: [Int], strides: [Int], from start: Int = 0) -> [Int] {
  var result = [start]
  for (extent, stride) in zip(shape, strides) {
    var next: [Int] = []
    next.reserveCapacity(result.count * extent)
    for place in result {
      for index in 0..<extent { next.append(place + index * stride) }
    }
    result = next
  }
  return result
}

/// The places of the elements of a shape for every element of another that it broadcasts to.
func placesToBroadcast(_ shape: [Int], to result: [Int]) -> [Int] {
  let missing = result.count - shape.count
  let strides = rowMajorStrides(of: shape)
  return places(
    in: result,
    strides: result.indices.map { axis in
      axis < missing || shape[axis - missing] == 1 ? 0 : strides[axis - missing]
    })
}

extension OperatorContext {
  /// An operand that is known.
  ///
  /// - Throws: `Refusal` where it is missing, or takes too much to compute.
  func known(_ index: Int) throws -> KnownTensor {
    guard let tensor = try knownOperand(index) else {
      throw try unknown(index, "its operand \(index + 1)", hint: nil)
    }
    return KnownTensor(tensor, try fileType(index))
  }

  /// An operand that may be absent.
  func optionalKnown(_ index: Int) throws -> KnownTensor? {
    hasOperand(index) ? try known(index) : nil
  }

  /// Whether all operands are known.
  func knowsAllOperands() throws -> Bool {
    try (0..<operandCount).allSatisfy { try !hasOperand($0) || isKnown($0) }
  }

  /// Whether any operand is of integers.
  func hasIntegers() throws -> Bool {
    try (0..<operandCount).contains { index in
      try hasOperand(index) && operandType(index).element == .int64
    }
  }

  /// Why an operator without an importer cannot be read: an operand is not known.
  func refusalOfUnknownOperands() throws -> Refusal {
    for index in 0..<operandCount where hasOperand(index) {
      guard try !isKnown(index) else { continue }
      return try unknown(
        index, "the operator is computed when the file is read, but its operand \(index + 1)",
        hint: "it is supported on constants, and on what follows from them and from static shapes")
    }
    return Refusal("its operands are not supported")
  }

  /// Takes the memory for a result, and the time for so many steps for each of its elements, from what
  /// may be computed.
  ///
  /// - Throws: `Refusal` where that is too much.
  func reserve(_ shape: [Int], steps: Int = 1) throws {
    try checkSize(of: shape)
    let count = shape.reduce(1) { $0 * max($1, 1) }
    // An axis without elements counts as one, since tables of the others are made.
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 16 * min(max(steps, 1), 1 << 40))
    try payForComputing(overflow ? .max : bytes)
  }

  /// Operands broadcast to one shape.
  ///
  /// - Throws: `Refusal` where their shapes do not fit, or their types differ.
  func broadcast(_ operands: [KnownTensor]) throws -> (shape: [Int], operands: [KnownTensor]) {
    var shape: [Int] = []
    for operand in operands {
      guard let joined = broadcastShape(shape, operand.shape) else {
        throw Refusal("operands of shapes \(operands.map(\.shape)) do not broadcast")
      }
      shape = joined
    }
    guard let first = operands.first, operands.allSatisfy({ $0.element == first.element }) else {
      throw Refusal("operands of types \(operands.map(\.tensor.type)) do not mix")
    }
    try reserve(shape, steps: operands.count)
    return (
      shape,
      operands.map {
        $0.shape == shape ? $0 : $0.gathered(placesToBroadcast($0.shape, to: shape), shape)
      }
    )
  }
}
