import Diagnostics
import GraphIR

/// A source of weights that gives tensors as they are stored, so that converting one format to
/// another keeps element types and bits.
package protocol StoredWeightSource: WeightSource {
  /// The type in which the elements of a tensor are stored.
  ///
  /// - Throws: `DiagnosticError` where there is no tensor of that name.
  func storedType(of name: String) throws -> StoredType

  /// Calls `body` with the elements of a tensor, row-major, little-endian and without gaps.
  ///
  /// - Throws: `DiagnosticError` where there is no tensor of that name or it cannot be read, and
  ///   what `body` throws.
  func withStoredBytes(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws
}

extension StoredType {
  /// Calls `body` with elements in the other order of bytes.
  func withSwapped(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    var copy = Array(bytes)
    for start in stride(from: 0, to: copy.count, by: byteCount) {
      copy[start..<start + byteCount].reverse()
    }
    try copy.withUnsafeBytes(body)
  }
}
