import Diagnostics
import GraphIR

/// Writes all tensors of a source as a checkpoint in the zip format of `torch.save`: a `state_dict`
/// with element types and names, which `torch.load` reads with `weights_only=True`.
///
/// - Throws: `DiagnosticError` where the file cannot be written or would pass 4 GiB, or the source
///   cannot be read.
package func writeCheckpoint(from source: some StoredWeightSource, to path: String) throws {
  var pickle = StateDictionaryPickle()
  var archive = ZipLayout()
  for (index, name) in source.names.enumerated() {
    let shape = source.type(of: name)?.shape ?? []
    pickle.add(name, try source.storedType(of: name), shape, storage: String(index))
  }
  archive.add("archive/data.pkl", pickle.finished)
  archive.add("archive/byteorder", Array("little".utf8))
  for (index, name) in source.names.enumerated() {
    try source.withStoredBytes(of: name) { archive.add("archive/data/\(index)", $0) }
  }
  archive.add("archive/version", Array("3\n".utf8))
  guard archive.byteCount <= Int(UInt32.max), archive.entries.count < 0xffff else {
    throw DiagnosticError(
      "a checkpoint of \(archive.byteCount) bytes and \(quantity(source.names.count, "tensor")) cannot be written: 4 GiB and 65,000 are the limits",
      at: .subject(path), hint: "write safetensors instead")
  }
  let layout = archive
  let contents: [String: [UInt8]] = [
    "archive/data.pkl": pickle.finished, "archive/byteorder": Array("little".utf8),
    "archive/version": Array("3\n".utf8),
  ]
  try writeFileAtomically(path: path) { sink in
    var names = source.names.makeIterator()
    for entry in layout.entries {
      try sink.write(entry.header)
      if let bytes = contents[entry.name] {
        try sink.write(bytes)
      } else if let name = names.next() {
        try source.withStoredBytes(of: name) { try sink.write($0) }
      }
    }
    try sink.write(layout.directory)
  }
}

/// The pickle of a `state_dict`, as Python writes it.
private struct StateDictionaryPickle {
  private var bytes: [UInt8] = [0x80, 2]

  init() {
    global("collections", "OrderedDict")
    bytes += Array(")R(".utf8)
  }

  /// The dictionary with all tensors so far.
  var finished: [UInt8] { bytes + Array("u.".utf8) }

  /// `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`; unsigned integers of
  /// more than eight bits have no storage class and need version 3.
  mutating func add(_ name: String, _ type: StoredType, _ shape: [Int], storage: String) {
    let typed = storageClasses.first { $0.type == type }?.name
    let count = TensorType(shape).elementCount
    text(name)
    global("torch._utils", typed == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
    bytes += Array("((".utf8)
    text("storage")
    if let typed { global("torch", typed) } else { global("torch.storage", "UntypedStorage") }
    text(storage)
    text("cpu")
    integer(typed == nil ? count * type.byteCount : count)
    bytes += Array("tQ".utf8)
    integer(0)
    tuple(shape)
    tuple(rowMajorStrides(of: shape))
    bytes.append(0x89)
    global("collections", "OrderedDict")
    bytes += Array(")R".utf8)
    if typed == nil { global("torch", unsignedTypes.first { $0.type == type }?.name ?? "uint8") }
    bytes += Array("tR".utf8)
  }

  private mutating func global(_ module: String, _ name: String) {
    bytes += Array("c\(module)\n\(name)\n".utf8)
  }

  private mutating func text(_ value: String) {
    bytes += Array("X".utf8) + littleEndian(UInt32(value.utf8.count)) + Array(value.utf8)
  }

  private mutating func integer(_ value: Int) { bytes += [0x8a, 8] + littleEndian(value) }

  private mutating func tuple(_ values: [Int]) {
    bytes += Array("(".utf8)
    for value in values { integer(value) }
    bytes += Array("t".utf8)
  }
}

private let storageClasses: [(name: String, type: StoredType)] = [
  ("FloatStorage", .float32), ("DoubleStorage", .float64), ("HalfStorage", .float16),
  ("BFloat16Storage", .bfloat16), ("LongStorage", .int64), ("IntStorage", .int32),
  ("ShortStorage", .int16), ("CharStorage", .int8), ("ByteStorage", .uint8), ("BoolStorage", .bool),
]

private let unsignedTypes: [(name: String, type: StoredType)] = [
  ("uint16", .uint16), ("uint32", .uint32), ("uint64", .uint64),
]
