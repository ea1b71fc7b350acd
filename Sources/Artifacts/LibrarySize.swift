import Diagnostics
import KernelGen
import TensorFiles

/// What the bytes of a library or object file are.
public struct LibrarySize: Sendable, Equatable {
  /// A part of a file.
  public enum Part: String, Sendable, CaseIterable {
    /// Packed weights.
    case weights
    /// Kernels, and the functions around them.
    case code
    /// What every step reads and writes, as tables.
    case plan
    /// Names, labels, the descriptor, and constants of the code.
    case descriptor
    /// Symbols, relocations and the like, for the linker and the loader.
    case linking
    /// Headers, and space between sections.
    case padding
  }

  /// Bytes of the whole file.
  public let total: Int
  private let bytes: [Part: Int]

  static let weightsSection = ".resin.weights"

  /// Bytes of a part; those of all parts are `total`.
  public subscript(part: Part) -> Int { bytes[part] ?? 0 }

  /// Reads the section headers of an ELF file.
  ///
  /// - Throws: where it is none of 64 bits, or is not whole.
  public init(path: String) throws {
    let file = try MappedFile(path: path)
    guard let sections = Self.sections(of: file.bytes) else {
      throw DiagnosticError("no library or object file, or a damaged one", at: .subject(path))
    }
    var bytes: [Part: Int] = [:]
    for section in sections { bytes[Self.part(of: section.name), default: 0] += section.bytes }
    total = file.bytes.count
    bytes[.padding] = max(0, total - sections.reduce(0) { $0 + $1.bytes })
    self.bytes = bytes
  }

  private static func part(of section: String) -> Part {
    func isOne(of names: String...) -> Bool {
      names.contains { section == $0 || section.hasPrefix($0 + ".") }
    }
    if section == weightsSection { return .weights }
    if section == planSection { return .plan }
    if isOne(of: ".text", ".init", ".fini", ".plt") { return .code }
    if isOne(of: ".rodata", ".data") { return .descriptor }
    return .linking
  }

  /// Names and file bytes of all sections; nil where the headers point outside of the file.
  private static func sections(
    of file: UnsafeRawBufferPointer
  ) -> [(name: String, bytes: Int)]? {
    func integer(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= file.count - count else { return nil }
      let value = (0..<count).reversed().reduce(UInt64(0)) {
        $0 << 8 | UInt64(file[offset + $1])
      }
      return Int(exactly: value)
    }
    guard integer(0, 4) == 0x464c_457f, file.count >= 64, file[4] == 2, file[5] == 1,
      let table = integer(40, 8), let entry = integer(58, 2), entry >= 64,
      let count = integer(60, 2), let nameIndex = integer(62, 2), nameIndex < count,
      table <= file.count - count * entry,
      let namesOffset = integer(table + nameIndex * entry + 24, 8)
    else { return nil }
    var sections: [(name: String, bytes: Int)] = []
    for header in (0..<count).map({ table + $0 * entry }) {
      let (nothing, noBits) = (0, 8)
      guard let name = integer(header, 4), let type = integer(header + 4, 4),
        let offset = integer(header + 24, 8), let size = integer(header + 32, 8)
      else { return nil }
      if type == nothing || type == noBits { continue }
      guard size <= file.count, offset <= file.count - size, namesOffset <= file.count - name
      else { return nil }
      let characters = file[(namesOffset + name)...].prefix(256).prefix { $0 != 0 }
      sections.append((String(decoding: characters, as: UTF8.self), size))
    }
    return sections
  }
}
