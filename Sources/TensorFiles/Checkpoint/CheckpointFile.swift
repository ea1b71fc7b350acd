import Diagnostics
import GraphIR

/// A checkpoint of PyTorch: what `torch.save` writes of a `state_dict`, in the zip format or the
/// legacy one.
///
/// The file is mapped and nothing in it is executed: what its pickle names besides tensors and plain
/// containers is passed over, see `PickleMachine`. A tensor's bytes are read when it is asked for; element
/// types become those of `SafetensorsFile`. Views (slices, transposed tensors) are read as the
/// tensors they show, in row-major order.
public struct CheckpointFile: StoredWeightSource {
  private let file: MappedFile
  private let tensors: [CheckpointTensor]
  private let positions: [String: Int]
  private let others: [String: NonTensor]
  private let isBigEndian: Bool

  /// Opens a file and reads its names, types and shapes.
  ///
  /// - Parameters:
  ///   - key: where the checkpoint holds several dictionaries of tensors (`model`, `ema`),
  ///     the key of the one to read; inside others and in lists, keys and indices are joined by
  ///     dots.
  ///   - parameters: the names of a model's parameters, which decide on the dictionary where no key
  ///     is given.
  /// - Throws: `DiagnosticError` where the file cannot be read or is no checkpoint, where tensors do
  ///   not fit their storages, and where it is not clear which tensors are wanted.
  public init(path: String, key: String? = nil, parameters: Set<String> = []) throws {
    file = try MappedFile(path: path)
    let contents = try CheckpointContents(file)
    let found = try StateDictionary(contents, key: key, parameters: parameters, path: path)
    tensors = try found.tensors.map {
      try CheckpointTensor($0.name, contents.heap.tensors[$0.tensor], contents, path: path)
    }
    positions = Dictionary(
      tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    others = Dictionary(found.others, uniquingKeysWith: { first, _ in first })
    isBigEndian = contents.isBigEndian
    try checkTotal()
  }

  public var path: String { file.path }

  public var names: [String] { tensors.map(\.name) }

  public var unreadableTensors: [String] {
    others.filter { if case .tensor = $0.value { true } else { false } }.keys.sorted()
  }

  public func nonTensor(_ name: String) -> String? { others[name]?.description }

  public func type(of name: String) -> TensorType? {
    positions[name].map { TensorType(tensors[$0].shape, element: tensors[$0].stored.element) }
  }

  public func tensor(_ name: String) throws -> Tensor {
    let tensor = try known(name)
    let result = tensor.withBytes(in: file) {
      tensor.stored.read($0, shape: tensor.shape, bigEndian: isBigEndian)
    }
    return try read(result, name)
  }

  package func storedType(of name: String) throws -> StoredType { try known(name).stored }

  package func withStoredBytes(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let tensor = try known(name)
    try tensor.withBytes(in: file) { bytes in
      if isBigEndian {
        try tensor.stored.withSwapped(bytes, body)
      } else {
        try body(bytes)
      }
    }
  }

  private func known(_ name: String) throws -> CheckpointTensor {
    guard let position = positions[name] else { throw unknownTensor(name) }
    return tensors[position]
  }

  /// Views cost nothing in a file: a broadcast number (stride 0) or one storage under many names
  /// could stand for any amount of memory.
  private func checkTotal() throws {
    let most = file.bytes.count * 16 + 16 << 20
    var total = 0
    for tensor in tensors {
      total += min(tensor.byteCount, most + 1)
      guard total <= most else {
        throw DiagnosticError(
          "its tensors are views that stand for more than sixteen times the file's size",
          at: .subject(path), hint: "save contiguous copies: tensor.contiguous()")
      }
    }
  }
}

/// Opens a file of weights in the format that it is in: a checkpoint of `torch.save`, or else
/// safetensors.
///
/// - Parameters:
///   - key: see `CheckpointFile.init(path:key:parameters:)`.
///   - parameters: see there.
/// - Throws: `DiagnosticError`, see both formats; also where a key is given for safetensors.
package func openWeights(
  path: String, key: String? = nil, parameters: Set<String> = []
) throws -> any StoredWeightSource {
  let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
  let isCheckpoint =
    switch ending {
    case "pth", "pt", "ckpt": true
    case "safetensors": false
    default: try CheckpointContents.isCheckpoint(path: path)
    }
  if isCheckpoint { return try CheckpointFile(path: path, key: key, parameters: parameters) }
  guard key == nil else {
    throw DiagnosticError(
      "a key is for checkpoints, and this file is safetensors", at: .subject(path),
      hint: "leave out --weights-key")
  }
  return try SafetensorsFile(path: path)
}
