import Diagnostics
import GraphIR

/// Reads a tensor from an `.npy` file of version 1, 2 or 3.
///
/// Floats of 2, 4 and 8 bytes become f32, `b1` bool; integers keep their type where it is one of a
/// graph, others become i64; either byte order, C and Fortran order.
///
/// - Throws: `DiagnosticError` where the file cannot be read, is not of this format, is truncated
///   or too long, or has an element type that is not supported or a number that its type here does not hold.
public func readNumpy(path: String) throws -> Tensor {
  let file = try MappedFile(path: path)
  let (header, dataStart) = try readNumpyHeader(file)
  let place = Diagnostic.Place.subject("\(path): header")
  guard let (type, bigEndian) = header.elements else {
    throw DiagnosticError(
      "the element type '\(header.descr)' is not supported", at: place,
      hint: "convert it, for example with array.astype('float32')")
  }
  guard let count = checkedCount(of: header.shape) else {
    throw DiagnosticError("the shape \(header.shape) is too large", at: place)
  }
  let data = UnsafeRawBufferPointer(rebasing: file.bytes[dataStart...])
  guard data.count == count * type.byteCount else {
    throw DiagnosticError(
      "an array of shape \(header.shape) and type '\(header.descr)' has \(count * type.byteCount) bytes, but \(data.count) follow the header",
      at: .subject("\(path): data"),
      hint: data.count < count * type.byteCount ? "the file is truncated" : nil)
  }
  let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
  guard let tensor = type.read(data, shape: shape, bigEndian: bigEndian) else {
    throw DiagnosticError(
      "holds an integer above the largest i64", at: .subject("\(path): data"))
  }
  if type == .float64 {
    for (index, value) in tensor.floats.enumerated() where value.isInfinite {
      let word = data.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
      let number = Double(bitPattern: bigEndian ? word.bigEndian : word.littleEndian)
      guard number.isInfinite else {
        throw DiagnosticError(
          "holds \(number), which is too large for f32", at: .subject("\(path): data"))
      }
    }
  }
  return header.isFortranOrder ? tensor.withReversedAxes() : tensor
}

/// Writes a tensor as an `.npy` file of version 1.0, in its own type (i64 as `<i8`, u8 as `|u1`), in C
/// order.
///
/// - Throws: `DiagnosticError` where the file cannot be written.
public func writeNumpy(_ tensor: Tensor, to path: String) throws {
  let files = StagedFiles()
  try writeNumpy(tensor, to: path, in: files)
  try files.commit()
}

/// Adds a tensor to files that appear together; see `writeNumpy(_:to:)`.
public func writeNumpy(_ tensor: Tensor, to path: String, in files: StagedFiles) throws {
  let descr =
    switch tensor.element {
    case .float32: "<f4"
    case .int64: "<i8"
    case .int32: "<i4"
    case .int8: "|i1"
    case .uint8: "|u1"
    case .bool: "|b1"
    }
  let extents = tensor.shape.map(String.init).joined(separator: ", ")
  let shape = tensor.shape.count == 1 ? "(\(extents),)" : "(\(extents))"
  var header = Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }".utf8)
  let prefix = 10
  // Spaces and a line break up to a multiple of 64: the data can be mapped.
  while (prefix + header.count + 1) % 64 != 0 { header.append(UInt8(ascii: " ")) }
  header.append(UInt8(ascii: "\n"))
  let length = withUnsafeBytes(of: UInt16(header.count).littleEndian, Array.init)
  try files.write(path) { sink in
    try sink.write(Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }) + [1, 0] + length)
    try sink.write(header)
    try tensor.withBytes { try sink.write($0) }
  }
}

/// Whether a file begins as an `.npy` file does.
func isNumpy(_ bytes: UnsafeRawBufferPointer) -> Bool {
  bytes.starts(with: [0x93] + "NUMPY".utf8)
}

/// The header and the offset of the first byte after it.
private func readNumpyHeader(_ file: MappedFile) throws -> (NumpyHeader, dataStart: Int) {
  let (bytes, place) = (file.bytes, Diagnostic.Place.subject("\(file.path): header"))
  guard !bytes.isEmpty else { throw DiagnosticError("the file is empty", at: place) }
  guard isNumpy(bytes) else { throw DiagnosticError("this is not an .npy file", at: place) }
  let truncated = DiagnosticError("the file is truncated inside its header", at: place)
  guard bytes.count >= 10, bytes[6] == 1 || bytes.count >= 12 else { throw truncated }
  let version = bytes[6]
  guard (1...3).contains(version), bytes[7] == 0 else {
    throw DiagnosticError("version \(version).\(bytes[7]) of the format is unknown", at: place)
  }
  let length =
    version == 1
    ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
    : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
  let start = version == 1 ? 10 : 12
  guard length <= bytes.count - start else { throw truncated }
  // NumPy itself refuses headers of more than 10,000 bytes.
  guard length <= 10_000 else {
    throw DiagnosticError("a header of \(length) bytes is too long", at: place)
  }
  let text = bytes[start..<start + length]
  do throws(NumpyHeader.Failure) {
    return (try NumpyHeader(parsing: String(decoding: text, as: UTF8.self)), start + length)
  } catch {
    throw DiagnosticError(error.message, at: place)
  }
}

extension Tensor {
  /// The transpose that reverses the axes.
  fileprivate func withReversedAxes() -> Tensor {
    Tensor(Array(shape.reversed()), from: [self], by: ReversingAxes(shape: shape))
  }
}

/// Row-major elements of `shape` as row-major elements of the reversed shape.
private struct ReversingAxes: Rearrangement {
  let shape: [Int]

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    let values = operands[0]
    guard !values.isEmpty, shape.count > 1 else { return values }
    let strides = rowMajorStrides(of: shape)
    let (extents, steps) = (Array(shape.reversed()), Array(strides.reversed()))
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    return [Element](unsafeUninitializedCapacity: values.count) { into, count in
      for position in values.indices {
        (into.baseAddress! + position).initialize(to: values[source])
        for axis in extents.indices.reversed() {
          index[axis] += 1
          source += steps[axis]
          guard index[axis] == extents[axis] else { break }
          source -= steps[axis] * extents[axis]
          index[axis] = 0
        }
      }
      count = values.count
    }
  }
}
