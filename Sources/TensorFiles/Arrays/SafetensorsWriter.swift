import Diagnostics
import GraphIR

/// Writes tensors as a safetensors file, in the given order; the same tensors give the same bytes.
///
/// - Precondition: no name stands twice, and none is `__metadata__`.
/// - Throws: `DiagnosticError` where the file cannot be written.
public func writeSafetensors(_ tensors: [(String, Tensor)], to path: String) throws {
  let files = StagedFiles()
  try writeSafetensors(tensors, to: path, in: files)
  try files.commit()
}

/// Adds a safetensors file to files that appear together; see `writeSafetensors(_:to:)`.
public func writeSafetensors(
  _ tensors: [(String, Tensor)], to path: String, in files: StagedFiles
) throws {
  precondition(
    Set(tensors.map(\.0)).union(["__metadata__"]).count == tensors.count + 1, "names stand twice")
  let header = safetensorsHeader(
    tensors.map { ($0.0, StoredType(storing: $0.1.element), $0.1.shape) })
  try files.write(path) { sink in
    try sink.write(header)
    for (_, tensor) in tensors { try tensor.withBytes { try sink.write($0) } }
  }
}

/// Writes all tensors of a source as a safetensors file, with their element types: those of wide
/// elements first, so that each is aligned, else in the order of the source.
///
/// - Throws: `DiagnosticError` where the file cannot be written or the source cannot be read.
package func writeSafetensors(from source: some StoredWeightSource, to path: String) throws {
  let entries = try source.names.map { name in
    (name, try source.storedType(of: name), source.type(of: name)?.shape ?? [])
  }
  if source.names.contains("__metadata__") {
    throw DiagnosticError(
      "safetensors cannot hold a tensor of the name '__metadata__'", at: .subject(source.path))
  }
  let ordered = [8, 4, 2, 1].flatMap { width in entries.filter { $0.1.byteCount == width } }
  let header = safetensorsHeader(ordered)
  try writeFileAtomically(path: path) { sink in
    try sink.write(header)
    for entry in ordered { try source.withStoredBytes(of: entry.0) { try sink.write($0) } }
  }
}

/// The length of the header and the header.
private func safetensorsHeader(_ entries: [(String, StoredType, [Int])]) -> [UInt8] {
  var offset = 0
  let texts = entries.map { name, type, shape in
    let end = offset + TensorType(shape).elementCount * type.byteCount
    defer { offset = end }
    let list = shape.map(String.init).joined(separator: ",")
    let typeName = SafetensorsHeader.types.first { $0.type == type }?.name ?? ""
    return
      "\(quoted(name)):{\"dtype\":\"\(typeName)\",\"shape\":[\(list)],\"data_offsets\":[\(offset),\(end)]}"
  }
  var header = Array("{\(texts.joined(separator: ","))}".utf8)
  // Spaces up to a multiple of eight keep the data aligned for readers that map it.
  while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
  return withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header
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
