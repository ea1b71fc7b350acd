import Diagnostics
import GraphIR

/// A file of named tensors in the safetensors format (huggingface.co/docs/safetensors).
///
/// Opening reads and checks the header only; a tensor's bytes are read when it is asked for. F16,
/// BF16 and F64 become f32; integers of types that graphs do not have become i64.
public struct SafetensorsFile: StoredWeightSource {
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
    let entry = try entry(name)
    return try read(entry.stored.read(bytes(of: entry), shape: entry.shape), name)
  }

  package func storedType(of name: String) throws -> StoredType { try entry(name).stored }

  package func withStoredBytes(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try body(bytes(of: entry(name)))
  }

  private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
    guard let position = positions[name] else { throw unknownTensor(name) }
    return header.entries[position]
  }

  private func bytes(of entry: SafetensorsHeader.Entry) -> UnsafeRawBufferPointer {
    let start = header.dataStart + entry.range.lowerBound
    return UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + entry.range.count])
  }
}
