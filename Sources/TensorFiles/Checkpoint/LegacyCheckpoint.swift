import Diagnostics

/// The format of `torch.save` before PyTorch 1.6, and since then on demand: four pickles (a magic
/// number, the version, the writer's machine, the object), a fifth with the keys of the storages,
/// and for each of these its number of elements and their bytes, little-endian.
enum LegacyCheckpoint {
  /// Whether a file begins with the magic number, in any protocol.
  static func isLegacy(_ bytes: UnsafeRawBufferPointer) -> Bool {
    magicEnd(bytes) != nil
  }

  /// The offset behind the magic number's pickle.
  private static func magicEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
    // LONG1 of ten bytes, STOP.
    let magic: [UInt8] = [
      0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    guard bytes.count > 2, bytes[0] == 0x80 else { return nil }
    // Since protocol 4 the pickle stands in a frame.
    let start = bytes[2] == 0x95 ? 11 : 2
    return bytes.dropFirst(start).starts(with: magic) ? start + magic.count : nil
  }

  /// Reads a whole file.
  static func read(_ file: MappedFile) throws -> CheckpointContents {
    var offset = magicEnd(file.bytes) ?? 0
    func next() throws -> (PickleValue, PickleMachine) {
      var machine = PickleMachine(file.bytes, at: offset, path: file.path)
      let value = try machine.run()
      offset = machine.offset
      return (value, machine)
    }
    let (version, first) = try next()
    guard case .integer(1001) = version else {
      throw first.failure("the version of the file's format is not 1001")
    }
    _ = try next()
    let (root, machine) = try next()
    let (keys, last) = try next()
    guard case .sequence(let list) = keys else { throw last.failure("the keys are no list") }
    let storages = try locate(
      last.heap.sequences[list], machine.heap, from: offset, file, keysAt: last)
    return CheckpointContents(root: root, heap: machine.heap, storages: storages)
  }

  /// The bytes of each storage; they follow each other in the order of the keys.
  private static func locate(
    _ keys: [PickleValue], _ heap: PickleHeap, from start: Int, _ file: MappedFile,
    keysAt machine: PickleMachine
  ) throws -> [String: Range<Int>] {
    let place = Diagnostic.Place.subject(file.path)
    var known: [String: PickledStorage] = [:]
    for storage in heap.storages {
      let old = known.updateValue(storage, forKey: storage.key)
      guard old == nil || (old?.type == storage.type && old?.rootCount == storage.rootCount) else {
        throw machine.failure("a storage has two types or sizes")
      }
    }
    var storages: [String: Range<Int>] = [:]
    var offset = start
    for key in keys {
      guard case .text(let key) = key, let storage = known[key], storages[key] == nil else {
        throw machine.failure("a key of a storage is unknown, or stands twice")
      }
      guard let width = storage.type.byteCount else {
        throw machine.failure("the size of a storage's elements is unknown")
      }
      guard file.bytes.count - offset >= 8 else {
        throw DiagnosticError("the file is truncated: storages are missing", at: place)
      }
      let count = Int64(
        littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
      offset += 8
      guard count == storage.rootCount, storage.rootCount <= (file.bytes.count - offset) / width
      else {
        throw DiagnosticError(
          "a storage of \(quantity(storage.rootCount, "element")) does not fit the file, which may be truncated",
          at: place)
      }
      storages[key] = offset..<offset + storage.rootCount * width
      offset += storage.rootCount * width
    }
    guard storages.count == known.count else {
      throw DiagnosticError("the file lacks storages that its tensors are made of", at: place)
    }
    return storages
  }
}
