import Planning
import TensorFiles

extension LibraryContents {
  /// Writes an object or archive that LLVM makes alone, with its header, in separate mode with its weights,
  /// and with its C part as source where it has none.
  ///
  /// - Precondition: the form is not `whole`, and a shared library is not wanted.
  func writeAlone(_ kind: LibraryKind, to path: String) throws -> [String] {
    precondition(kind != .library && form != .whole, "what LLVM makes alone is an object")
    let paths = try kind.files(at: path, weightsMode, form: form)
    let files = StagedFiles()
    let header = Header(self)
    let checksum = WeightsFile.checksum(of: weights)
    try files.write(paths[1]) { try $0.write(Array(header.text.utf8)) }
    if weightsMode == .separate { try writeWeights(to: paths[2], checksum, in: files) }
    if form == .kernels, let place = paths.last {
      let source = GlueSource(self, Glue(self, header: header, checksum: checksum))
      try files.write(place) { try $0.write(Array(source.text.utf8)) }
    }
    var bytes = try OneObject(self).bytes()
    if kind == .archive { bytes = ArchiveFile(object: bytes, symbols: sharedSymbols).bytes }
    try files.write(path) { try $0.write(bytes) }
    try files.commit()
    return paths
  }

  /// What the C part takes from the object.
  private var sharedSymbols: [String] {
    let name = interface.name
    return variants.map { "\(name)\($0.suffix)_steps" }
      + (weightsMode == .embedded ? ["\(name)_weights_data"] : [])
  }
}

/// A static library of one object, in the format of System V: `ar` and an assembler of the platform are not
/// needed.
struct ArchiveFile {
  let object: [UInt8]
  /// The names by which a linker finds the object.
  let symbols: [String]

  private static let magic = Array("!<arch>\n".utf8)

  var bytes: [UInt8] {
    let names = Array(symbols.map { $0 + "\0" }.joined().utf8)
    let header = Self.magic.count + 60
    // The object begins at a multiple of 8 bytes.
    let used = 4 + 4 * symbols.count + names.count
    let size = used + (8 - (header + used + 60) % 8) % 8
    var bytes = Self.magic + Self.member("/", size)
    bytes += Self.bigEndian(symbols.count)
    for _ in symbols { bytes += Self.bigEndian(header + size) }
    bytes += names
    bytes += [UInt8](repeating: 0, count: size - used)
    bytes += Self.member("kernels.o/", object.count)
    bytes += object
    if object.count % 2 == 1 { bytes.append(10) }
    return bytes
  }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) }
  }

  /// Name, date, owner, group, mode and size, as text of fixed width.
  private static func member(_ name: String, _ size: Int) -> [UInt8] {
    let fields = [(name, 16), ("0", 12), ("0", 6), ("0", 6), ("644", 8), ("\(size)", 10)]
    var text = ""
    for (field, width) in fields {
      text += field + String(repeating: " ", count: width - field.utf8.count)
    }
    return Array((text + "`\n").utf8)
  }
}
