import Foundation
import GraphIR
import TensorFiles

extension StoredType {
  /// The type with a number of `TensorProto.DataType`.
  ///
  /// - Throws: `Refusal` for strings, complex numbers, and numbers of less than 8 bits.
  init(number: Int32) throws {
    let type = Onnx_TensorProto.DataType(rawValue: Int(number))
    switch type {
    case .float: self = .float32
    case .double: self = .float64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bool: self = .bool
    default:
      throw Refusal(
        "element type \(type.map { "\($0)" } ?? "number \(number)") is not supported")
    }
  }
}

/// Refuses shapes whose extents are negative or too large together. Extents of 0 count as 1, so
/// that a product of any part of an accepted shape cannot overflow.
func checkSize(of shape: [Int]) throws {
  guard shape.allSatisfy({ $0 >= 0 }), shape.count <= 32,
    TensorType.checkedElementCount(of: shape.map { max($0, 1) }) != nil
  else { throw Refusal("a tensor of shape \(shape) is too large, or has a negative extent") }
}

extension Onnx_TensorProto {
  /// The tensor as the compiler keeps it: f32, i64 or bool.
  ///
  /// - Throws: `Refusal` where the data do not fit the shape, or are of a type that is not
  ///   supported.
  func decoded(externalData: inout ExternalData) throws -> Tensor {
    if let type = FileType(rawValue: Int(dataType)), type == .int4 || type == .uint4 {
      return try halfBytes(type, externalData: &externalData)
    }
    let type = try StoredType(number: dataType)
    let shape = dims.map { Int($0) }
    try checkSize(of: shape)
    guard !hasSegment else { throw Refusal("tensors in segments are not supported") }
    let count = shape.reduce(1, *)
    let tensor: Tensor?
    if hasDataLocation, dataLocation == .external {
      tensor = try externalData.withBytes(
        of: self.externalData, expected: count * type.byteCount
      ) { type.read($0, shape: shape) }
    } else if hasRawData {
      try check(rawData.count, is: count * type.byteCount, "bytes")
      tensor = rawData.withUnsafeBytes { type.read($0, shape: shape) }
    } else {
      tensor = try typedTensor(shape, type, count: count)
    }
    guard let tensor else { throw Refusal("it has a value that does not fit 64 signed bits") }
    return tensor.widened
  }

  /// Integers of four bits, two in a byte, the lower half first.
  private func halfBytes(_ type: FileType, externalData: inout ExternalData) throws -> Tensor {
    let shape = dims.map { Int($0) }
    try checkSize(of: shape)
    let count = shape.reduce(1, *)
    func unpacked(_ bytes: some Sequence<UInt8>) throws -> Tensor {
      let halves = bytes.flatMap { [Int64($0 & 15), Int64($0 >> 4)] }
      return Tensor(shape, integers: try halves.prefix(count).map(type.wrapped))
    }
    if hasDataLocation, dataLocation == .external {
      let bytes = try externalData.withBytes(
        of: self.externalData, expected: (count + 1) / 2
      ) { Array($0) }
      return try unpacked(bytes)
    }
    let bytes = hasRawData ? Array(rawData) : int32Data.map { UInt8(truncatingIfNeeded: $0) }
    try check(bytes.count, is: (count + 1) / 2, "bytes")
    return try unpacked(bytes)
  }

  private func check(_ found: Int, is expected: Int, _ what: String) throws {
    guard found == expected else {
      throw Refusal("shape \(dims) needs \(expected) \(what) of data, not \(found)")
    }
  }

  /// Data in the field of the element's type; nil where an integer is too large.
  private func typedTensor(_ shape: [Int], _ type: StoredType, count: Int) throws -> Tensor? {
    func read<Element>(_ values: [Element], as type: StoredType) throws -> Tensor? {
      try check(values.count, is: count, "values")
      return values.withUnsafeBytes { type.read($0, shape: shape) }
    }
    switch type {
    case .float32: return try read(floatData, as: type)
    case .float64: return try read(doubleData, as: type)
    case .int64: return try read(int64Data, as: type)
    case .uint32, .uint64: return try read(uint64Data, as: .uint64)
    case .float16, .bfloat16:
      return try read(int32Data.map { UInt16(truncatingIfNeeded: $0) }, as: type)
    case .bool: return try read(int32Data.map { $0 != 0 }, as: type)
    case .int8, .uint8, .int16, .uint16, .int32: return try read(int32Data, as: .int32)
    }
  }
}
