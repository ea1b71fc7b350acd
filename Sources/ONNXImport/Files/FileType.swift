import GraphIR

/// The element type that a value has in the file. The graph keeps all floats as f32 and all integers
/// as i64; arithmetic on integers that are known wraps as it does in the file's type.
typealias FileType = Onnx_TensorProto.DataType

extension FileType {
  /// The type of a value of the graph for which the file names none.
  init(_ element: ElementType) {
    switch element {
    case .float32: self = .float
    case .int64: self = .int64
    case .int32: self = .int32
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .bool: self = .bool
    }
  }

  /// The number of bits of an integer, and whether it has a sign; nil for other types.
  var integer: (bits: Int, isSigned: Bool)? {
    switch self {
    case .int4: (4, true)
    case .uint4: (4, false)
    case .int8: (8, true)
    case .uint8: (8, false)
    case .int16: (16, true)
    case .uint16: (16, false)
    case .int32: (32, true)
    case .uint32: (32, false)
    case .int64: (64, true)
    case .uint64: (64, false)
    default: nil
    }
  }

  /// The element type that it becomes in the graph; nil where it has no place there.
  var element: ElementType? {
    switch self {
    case .bool: .bool
    case .float, .float16, .bfloat16, .double: .float32
    default: integer == nil ? nil : .int64
    }
  }

  /// The narrow type of integers that the graph has it in where nothing computes with it.
  var narrow: ElementType? {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .int32: .int32
    default: nil
    }
  }

  /// The smallest and the largest integer of the type, within 64 signed bits.
  var range: ClosedRange<Int64>? {
    guard let (bits, isSigned) = integer else { return nil }
    guard bits < 64 else { return isSigned ? .min ... .max : 0 ... .max }
    return isSigned ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
  }

  /// The integer of this type that is equal to another modulo a power of 2, as arithmetic of the type
  /// gives it.
  ///
  /// - Throws: `Refusal` for one that does not fit 64 signed bits.
  func wrapped(_ value: Int64) throws -> Int64 {
    guard let (bits, isSigned) = integer else { return value }
    if bits == 64 {
      guard isSigned || value >= 0 else {
        throw Refusal("it gives a value that does not fit 64 signed bits")
      }
      return value
    }
    let unused = Int64(64 - bits)
    return isSigned
      ? (value &<< unused) &>> unused
      : Int64(bitPattern: (UInt64(bitPattern: value) &<< UInt64(unused)) &>> UInt64(unused))
  }
}

extension Onnx_NodeProto {
  /// The element types of the node's results, from those of its operands; the last one holds for all
  /// results after it.
  func resultTypes(_ operands: [FileType?]) -> [FileType?] {
    func operand(_ index: Int) -> FileType? {
      operands.indices.contains(index) ? operands[index] : nil
    }
    func attribute(_ name: String) -> Onnx_AttributeProto? {
      self.attribute.first { $0.name == name }
    }
    func named(_ attribute: Onnx_AttributeProto?) -> FileType? {
      attribute.flatMap { Int(exactly: $0.i) }.flatMap { FileType(rawValue: $0) }
    }
    switch opType {
    case "Cast": return [named(attribute("to"))]
    case "CastLike", "Where": return [operand(1)]
    case "Constant", "ConstantOfShape":
      return [attribute("value").flatMap { FileType(rawValue: Int($0.t.dataType)) }]
    case "Shape", "Size", "ArgMax", "ArgMin": return [.int64]
    case "TopK": return [operand(0), .int64]
    case "Dropout", "MaxPool": return [operand(0), nil]
    default: return [operand(0)]
    }
  }
}
