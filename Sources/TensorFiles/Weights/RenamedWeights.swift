import GraphIR

/// The tensors of a source whose names begin with a prefix, under what follows it.
package struct RenamedWeights: StoredWeightSource {
  private let source: any StoredWeightSource
  private let prefix: String
  public let names: [String]

  /// Creates the part of a source behind a prefix; all of it where that is empty.
  package init(_ source: any StoredWeightSource, behind prefix: String) {
    (self.source, self.prefix) = (source, prefix)
    names = source.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  public var path: String { source.path }

  public func type(of name: String) -> TensorType? { source.type(of: prefix + name) }

  public func tensor(_ name: String) throws -> Tensor { try source.tensor(prefix + name) }

  package func storedType(of name: String) throws -> StoredType {
    try source.storedType(of: prefix + name)
  }

  package func withStoredBytes(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try source.withStoredBytes(of: prefix + name, body)
  }
}
