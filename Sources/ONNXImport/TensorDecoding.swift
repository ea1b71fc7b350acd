import Foundation
import GraphIR

/// The element types of ONNX tensors that are read, by their number in `TensorProto.DataType`.
enum ONNXElement: Int32 {
  case float = 1
  case uint8, int8, uint16, int16, int32, int64
  case bool = 9
  case float16, double, uint32, uint64
  case bfloat16 = 16

  /// The element type that values become: every float is f32, every integer i64.
  var element: ElementType {
    switch self {
    case .float, .float16, .bfloat16, .double: .float32
    case .bool: .bool
    default: .int64
    }
  }

  /// Bytes per element in raw and external data.
  var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .int64, .double, .uint64: 8
    }
  }

  /// The type with a number.
  ///
  /// - Throws: `Refusal` for strings, complex numbers, and quantised types.
  init(number: Int32) throws {
    guard let element = ONNXElement(rawValue: number) else {
      let name = Onnx_TensorProto.DataType(rawValue: Int(number)).map { "\($0)" }
      throw Refusal("element type \(name ?? "number \(number)") is not supported")
    }
    self = element
  }
}

/// Refuses shapes whose extents are negative or too large together. Extents of 0 count as 1, so that a product of any
/// part of an accepted shape cannot overflow.
func checkSize(of shape: [Int]) throws {
  guard shape.allSatisfy({ $0 >= 0 }), shape.count <= 32,
    TensorType.checkedElementCount(of: shape.map { max($0, 1) }) != nil
  else { throw Refusal("a tensor of shape \(shape) is too large, or has a negative extent") }
}

extension Onnx_TensorProto {
  /// The tensor as the compiler keeps it: f32, i64 or bool.
  ///
  /// - Throws: `Refusal` where the data do not fit the shape, or are of a type that is not supported.
  func decoded(externalData: inout ExternalData) throws -> Tensor {
    let type = try ONNXElement(number: dataType)
    let shape = dims.map { Int($0) }
    try checkSize(of: shape)
    guard !hasSegment else { throw Refusal("tensors in segments are not supported") }
    let count = shape.reduce(1, *)
    if hasDataLocation, dataLocation == .external {
      let bytes = try externalData.bytes(
        of: self.externalData, expected: count * type.byteCount)
      return try Self.tensor(shape, type, bytes)
    }
    if hasRawData {
      try check(rawData.count, is: count * type.byteCount, "bytes")
      return try Self.tensor(shape, type, rawData)
    }
    return try typedTensor(shape, type, count: count)
  }

  private func check(_ found: Int, is expected: Int, _ what: String) throws {
    guard found == expected else {
      throw Refusal("shape \(dims) needs \(expected) \(what) of data, not \(found)")
    }
  }

  /// Data in the field of the element's type.
  private func typedTensor(_ shape: [Int], _ type: ONNXElement, count: Int) throws -> Tensor {
    switch type {
    case .float:
      try check(floatData.count, is: count, "values")
      return Tensor(shape, floats: floatData)
    case .double:
      try check(doubleData.count, is: count, "values")
      return Tensor(shape, floats: doubleData.map { Float($0) })
    case .int64:
      try check(int64Data.count, is: count, "values")
      return Tensor(shape, integers: int64Data)
    case .uint32, .uint64:
      try check(uint64Data.count, is: count, "values")
      return Tensor(shape, integers: try uint64Data.map(signed))
    case .float16, .bfloat16, .bool, .int8, .uint8, .int16, .uint16, .int32:
      try check(int32Data.count, is: count, "values")
    }
    switch type {
    case .float16:
      let bits = int32Data.map { UInt16(truncatingIfNeeded: $0) }
      return Tensor(shape, floats: bits.map { Float(Float16(bitPattern: $0)) })
    case .bfloat16:
      return Tensor(
        shape, floats: int32Data.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0) << 16) })
    case .bool:
      return Tensor(shape, booleans: int32Data.map { $0 != 0 })
    default:
      return Tensor(shape, integers: int32Data.map { Int64($0) })
    }
  }

  /// Little-endian data of known length.
  private static func tensor(_ shape: [Int], _ type: ONNXElement, _ bytes: Data) throws -> Tensor {
    switch type {
    case .float: Tensor(shape, floats: elements(bytes, of: Float.self) { $0 })
    case .double: Tensor(shape, floats: elements(bytes, of: Double.self) { Float($0) })
    case .float16:
      Tensor(shape, floats: elements(bytes, of: UInt16.self) { Float(Float16(bitPattern: $0)) })
    case .bfloat16:
      Tensor(
        shape, floats: elements(bytes, of: UInt16.self) { Float(bitPattern: UInt32($0) << 16) })
    case .bool: Tensor(shape, booleans: elements(bytes, of: UInt8.self) { $0 != 0 })
    case .int8: Tensor(shape, integers: elements(bytes, of: Int8.self) { Int64($0) })
    case .uint8: Tensor(shape, integers: elements(bytes, of: UInt8.self) { Int64($0) })
    case .int16: Tensor(shape, integers: elements(bytes, of: Int16.self) { Int64($0) })
    case .uint16: Tensor(shape, integers: elements(bytes, of: UInt16.self) { Int64($0) })
    case .int32: Tensor(shape, integers: elements(bytes, of: Int32.self) { Int64($0) })
    case .uint32: Tensor(shape, integers: elements(bytes, of: UInt32.self) { Int64($0) })
    case .int64: Tensor(shape, integers: elements(bytes, of: Int64.self) { $0 })
    case .uint64:
      Tensor(shape, integers: try elements(bytes, of: UInt64.self) { $0 }.map(signed))
    }
  }
}

private func signed(_ value: UInt64) throws -> Int64 {
  guard let result = Int64(exactly: value) else {
    throw Refusal("the value \(value) does not fit 64 signed bits")
  }
  return result
}

/// Elements read from bytes at any alignment and converted one by one.
@inline(__always)
private func elements<Stored: BitwiseCopyable, Result>(
  _ bytes: Data, of type: Stored.Type, _ convert: (Stored) -> Result
) -> [Result] {
  let size = MemoryLayout<Stored>.size
  let count = bytes.count / size
  return bytes.withUnsafeBytes { source in
    [Result](unsafeUninitializedCapacity: count) { target, initialized in
      for index in 0..<count {
        let value = source.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
        target.initializeElement(at: index, to: convert(value))
      }
      initialized = count
    }
  }
}
