import Diagnostics

/// What a file of `torch.save` holds: an object, and the bytes of its storages.
struct CheckpointContents {
  let root: PickleValue
  let heap: PickleHeap
  /// The bytes of each storage, by key.
  let storages: [String: Range<Int>]
  /// Whether the most significant byte of an element comes first.
  let isBigEndian: Bool

  /// Whether the file at a path begins like one of `torch.save`.
  static func isCheckpoint(path: String) throws -> Bool {
    let file = try MappedFile(path: path)
    return withExtendedLifetime(file) {
      isZip(file.bytes) || LegacyCheckpoint.isLegacy(file.bytes)
    }
  }

  private static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0x50, 0x4b, 0x03, 0x04])
  }

  /// Reads a file in either format.
  init(_ file: MappedFile) throws {
    if Self.isZip(file.bytes) {
      try self.init(zip: file)
    } else if LegacyCheckpoint.isLegacy(file.bytes) {
      self = try LegacyCheckpoint.read(file)
    } else {
      throw Self.unknownFormat(file)
    }
  }

  /// Creates contents that were read.
  init(root: PickleValue, heap: PickleHeap, storages: [String: Range<Int>]) {
    (self.root, self.heap, self.storages, isBigEndian) = (root, heap, storages, false)
  }

  private init(zip file: MappedFile) throws {
    let archive = try ZipArchive(file)
    let place = Diagnostic.Place.subject(file.path)
    let pickles = archive.names.filter {
      $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2
    }
    guard let name = pickles.first, let range = archive.ranges[name], pickles.count == 1 else {
      throw DiagnosticError(
        pickles.isEmpty
          ? "the archive has no data.pkl: it is no checkpoint of torch.save"
          : "the archive has several data.pkl", at: place)
    }
    let folder = name.dropLast("data.pkl".count)
    if archive.ranges["\(folder)constants.pkl"] != nil {
      throw DiagnosticError(
        "is a TorchScript program, not a checkpoint", at: place,
        hint: "save its tensors: torch.save(torch.jit.load(FILE).state_dict(), OTHER)")
    }
    let pickle = UnsafeRawBufferPointer(rebasing: file.bytes[..<range.upperBound])
    var machine = PickleMachine(pickle, at: range.lowerBound, path: file.path)
    root = try machine.run()
    heap = machine.heap
    var storages: [String: Range<Int>] = [:]
    for storage in heap.storages {
      // A key is looked up among the archive's entries and nowhere else.
      guard let bytes = archive.ranges["\(folder)data/\(storage.key)"] else {
        throw DiagnosticError(
          "the archive lacks the storage '\(machine.shortened(storage.key))'", at: place)
      }
      storages[storage.key] = bytes
    }
    self.storages = storages
    isBigEndian = try Self.readByteOrder(archive.ranges["\(folder)byteorder"], file)
  }

  private static func readByteOrder(_ range: Range<Int>?, _ file: MappedFile) throws -> Bool {
    guard let range else { return false }
    switch file.bytes[range] {
    case let order where order.elementsEqual("little".utf8): return false
    case let order where order.elementsEqual("big".utf8): return true
    default:
      throw DiagnosticError(
        "the archive's byteorder is neither little nor big", at: .subject(file.path))
    }
  }

  private static func unknownFormat(_ file: MappedFile) -> DiagnosticError {
    let (bytes, place) = (file.bytes, Diagnostic.Place.subject(file.path))
    if bytes.isEmpty { return DiagnosticError("the file is empty", at: place) }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      return DiagnosticError(
        "is a checkpoint in the format of PyTorch before 0.1.10, which is not supported", at: place,
        hint: "load it with torch.load and save it again")
    }
    if bytes[0] == 0x80 {
      return DiagnosticError(
        "is a pickle, but none that torch.save has written", at: place, hint: PickleMachine.advice)
    }
    return DiagnosticError("is no checkpoint of torch.save", at: place)
  }
}
