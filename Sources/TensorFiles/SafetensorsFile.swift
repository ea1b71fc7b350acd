import Diagnostics
import GraphIR

/// A file of named tensors in the safetensors format (huggingface.co/docs/safetensors).
///
/// Opening reads and checks the header only; a tensor's bytes are read when it is asked for. F16,
/// BF16 and F64 become f32; integers of every width become i64.
public struct SafetensorsFile: WeightSource {
  private let file: MappedFile
  private let header: SafetensorsHeader
  private let positions: [String: Int]

  /// Opens a file and checks its header.
  ///
  /// - Throws: `DiagnosticError` where the file cannot be read, is not a safetensors file, is
  ///   truncated, or has tensors that overlap, leave gaps or have an unsupported type.
  public init(path: String) throws {
    file = try MappedFile(path: path)
    header = try SafetensorsHeader(file)
    positions = Dictionary(
      header.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public var path: String { file.path }

  public var names: [String] { header.entries.map(\.name) }

  /// Free text of the writer, in the order of the file.
  public var metadata: [(key: String, value: String)] { header.metadata }

  public func type(of name: String) -> TensorType? {
    positions[name].map { position in
      let entry = header.entries[position]
      return TensorType(entry.shape, element: entry.stored.element)
    }
  }

  public func tensor(_ name: String) throws -> Tensor {
    guard let position = positions[name] else { throw unknownTensor(name) }
    let entry = header.entries[position]
    let start = header.dataStart + entry.range.lowerBound
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + entry.range.count])
    guard let tensor = entry.stored.read(bytes, shape: entry.shape) else {
      throw DiagnosticError(
        "holds an integer above the largest i64", at: .subject("\(path): tensor '\(name)'"))
    }
    return tensor
  }
}

/// Writes tensors as a safetensors file, in the given order; the same tensors give the same bytes.
///
/// - Precondition: no name stands twice, and none is `__metadata__`.
/// - Throws: `DiagnosticError` where the file cannot be written.
public func writeSafetensors(_ tensors: [(String, Tensor)], to path: String) throws {
  precondition(
    Set(tensors.map(\.0)).union(["__metadata__"]).count == tensors.count + 1, "names stand twice")
  var offset = 0
  let entries = tensors.map { name, tensor in
    let end = offset + tensor.type.byteCount
    defer { offset = end }
    let type =
      switch tensor.element {
      case .float32: "F32"
      case .int64: "I64"
      case .bool: "BOOL"
      }
    let shape = tensor.shape.map(String.init).joined(separator: ",")
    return
      "\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
  }
  var header = Array("{\(entries.joined(separator: ","))}".utf8)
  // Spaces up to a multiple of eight keep the data aligned for readers that map it.
  while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
  let length = withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init)
  try writeFileAtomically(path: path) { sink in
    try sink.write(length + header)
    for (_, tensor) in tensors { try tensor.withBytes { try sink.write($0) } }
  }
}

/// A JSON string.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
