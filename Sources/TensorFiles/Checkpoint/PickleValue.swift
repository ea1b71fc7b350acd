/// What an instruction of a pickle may leave on the stack.
///
/// Containers are indices into a `PickleHeap`: they may contain each other, or themselves, a
/// million levels deep, and nothing here recurses into them.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  case text(String)
  /// A tuple, a list, or a `torch.Size`.
  case sequence(Int)
  /// A `dict` or an `OrderedDict`.
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// A number, bytes or a device: something harmless that no tensor is made of.
  case other
}

/// The containers, storages and tensors that a pickle has made.
struct PickleHeap {
  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []
  var storagesByKey: [String: Int] = [:]
}

/// A storage that a pickle speaks of: a run of elements of one type that tensors are views of.
struct PickledStorage {
  /// Names the bytes, which are elsewhere in the file.
  let key: String
  /// The type of the elements; nil where the storage is plain bytes.
  let type: StoredType?
  /// Elements of the storage that `key` names; bytes where it has no type.
  let rootCount: Int
  /// The elements of the root that belong to this storage.
  let range: Range<Int>
}

/// A tensor as a pickle describes it; nothing is checked yet.
struct PickledTensor {
  let storage: Int
  let type: StoredType
  /// In elements of `type`, from the storage's beginning.
  let offset: Int
  let shape: [Int]
  /// In elements of `type`.
  let strides: [Int]
}

/// What a pickle may name: the functions and classes that tensors and plain containers are made
/// with. Each stands for what this reader does in its place; no code of the file's choice runs.
enum PickleGlobal: Equatable {
  case orderedDictionary, counter, size, device
  /// `torch._utils._rebuild_tensor`, `_rebuild_tensor_v2` and `_rebuild_tensor_v3`.
  case rebuildTensor(version: Int)
  /// `torch._utils._rebuild_parameter` and `_rebuild_parameter_with_state`.
  case rebuildParameter
  /// A storage class; nil for plain bytes.
  case storage(StoredType?)
  case elementType(StoredType)

  /// The meaning of a dotted name, or nil where it is not allowed.
  init?(_ name: String) {
    switch name {
    case "collections.OrderedDict": self = .orderedDictionary
    case "collections.Counter": self = .counter
    case "torch.Size": self = .size
    case "torch.device": self = .device
    case "torch._utils._rebuild_tensor": self = .rebuildTensor(version: 1)
    case "torch._utils._rebuild_tensor_v2": self = .rebuildTensor(version: 2)
    case "torch._utils._rebuild_tensor_v3": self = .rebuildTensor(version: 3)
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      self = .rebuildParameter
    case "torch.UntypedStorage", "torch.storage.UntypedStorage": self = .storage(nil)
    default:
      if let type = Self.storageClasses.first(where: { $0.name == name })?.type {
        self = .storage(type)
      } else if let type = Self.elementTypes.first(where: { $0.name == name })?.type {
        self = .elementType(type)
      } else {
        return nil
      }
    }
  }

  private static let storageClasses: [(name: String, type: StoredType)] = [
    ("torch.FloatStorage", .float32), ("torch.DoubleStorage", .float64),
    ("torch.HalfStorage", .float16), ("torch.BFloat16Storage", .bfloat16),
    ("torch.LongStorage", .int64), ("torch.IntStorage", .int32), ("torch.ShortStorage", .int16),
    ("torch.CharStorage", .int8), ("torch.ByteStorage", .uint8), ("torch.BoolStorage", .bool),
  ]

  private static let elementTypes: [(name: String, type: StoredType)] = [
    ("torch.float32", .float32), ("torch.float64", .float64), ("torch.float16", .float16),
    ("torch.bfloat16", .bfloat16), ("torch.int64", .int64), ("torch.int32", .int32),
    ("torch.int16", .int16), ("torch.int8", .int8), ("torch.uint8", .uint8),
    ("torch.uint16", .uint16), ("torch.uint32", .uint32), ("torch.uint64", .uint64),
    ("torch.bool", .bool),
  ]
}
