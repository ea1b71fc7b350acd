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
  /// What a class or a function that this reader does not know would have made: a name, and nothing
  /// that was built.
  case object(Int)
  /// A number, bytes or a device: something harmless that no tensor is made of.
  case other
}

/// The containers, storages, tensors and objects that a pickle has made.
struct PickleHeap {
  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []
  var objects: [PickledObject] = []
  var storagesByKey: [String: Int] = [:]
}

/// A storage that a pickle speaks of: a run of elements of one type that tensors are views of.
struct PickledStorage {
  /// Names the bytes, which are elsewhere in the file.
  let key: String
  /// The elements.
  let type: StorageType
  /// Elements of the storage that `key` names.
  let rootCount: Int
  /// The elements of the root that belong to this storage.
  let range: Range<Int>
}

/// What a storage class says of its elements.
enum StorageType: Equatable {
  case elements(StoredType)
  /// Plain bytes: tensors name their types.
  case bytes
  /// Elements that are not read, such as complex numbers: the class, and bytes of each where that is
  /// known.
  case unreadable(String, byteCount: Int?)

  /// Bytes per element; nil where it is not known.
  var byteCount: Int? {
    switch self {
    case .elements(let type): type.byteCount
    case .bytes: 1
    case .unreadable(_, let count): count
    }
  }
}

/// An object that is not built: a class or function by its name, and the items that the pickle sets
/// in what it would make, as in a dictionary. Other contents are passed over.
struct PickledObject {
  /// With dots.
  let name: String
  /// Whether it stands for a tensor: sparse, quantised, complex and others that are not read.
  var isTensor = false
  var items: [(key: PickleValue, value: PickleValue)] = []
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

/// What a pickle names: functions and classes that tensors and plain containers are made with, and
/// all others. Each of the former stands for what this reader does in its place; no code of the
/// file's choice runs.
enum PickleGlobal: Equatable {
  case orderedDictionary, defaultDictionary, counter, size, device
  /// `torch._utils._rebuild_tensor`, `_rebuild_tensor_v2` and `_rebuild_tensor_v3`.
  case rebuildTensor(version: Int)
  /// `torch._utils._rebuild_parameter` and `_rebuild_parameter_with_state`.
  case rebuildParameter
  /// `torch._tensor._rebuild_from_type_v2`: a tensor of some class, with attributes.
  case rebuildFromType
  case storage(StorageType)
  case elementType(StoredType)
  /// Anything else: what is made with it is an object by this name.
  case unknown(String)

  /// The meaning of a dotted name.
  init(_ name: String) {
    switch name {
    case "collections.OrderedDict": self = .orderedDictionary
    case "collections.defaultdict": self = .defaultDictionary
    case "collections.Counter": self = .counter
    case "torch.Size": self = .size
    case "torch.device": self = .device
    case "torch._utils._rebuild_tensor": self = .rebuildTensor(version: 1)
    case "torch._utils._rebuild_tensor_v2": self = .rebuildTensor(version: 2)
    case "torch._utils._rebuild_tensor_v3": self = .rebuildTensor(version: 3)
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      self = .rebuildParameter
    case "torch._tensor._rebuild_from_type_v2": self = .rebuildFromType
    case "torch.UntypedStorage", "torch.storage.UntypedStorage": self = .storage(.bytes)
    default:
      if let type = Self.storageClasses.first(where: { $0.name == name })?.type {
        self = .storage(.elements(type))
      } else if let other = Self.unreadableClasses.first(where: { $0.name == name }) {
        self = .storage(.unreadable(name, byteCount: other.byteCount))
      } else if let type = Self.elementTypes.first(where: { $0.name == name })?.type {
        self = .elementType(type)
      } else {
        self = .unknown(name)
      }
    }
  }

  /// Functions of `torch` that make tensors which are not read.
  static func makesTensor(_ name: String) -> Bool {
    name.hasPrefix("torch._utils._rebuild_") || name.hasPrefix("torch._tensor._rebuild_")
  }

  private static let storageClasses: [(name: String, type: StoredType)] = [
    ("torch.FloatStorage", .float32), ("torch.DoubleStorage", .float64),
    ("torch.HalfStorage", .float16), ("torch.BFloat16Storage", .bfloat16),
    ("torch.LongStorage", .int64), ("torch.IntStorage", .int32), ("torch.ShortStorage", .int16),
    ("torch.CharStorage", .int8), ("torch.ByteStorage", .uint8), ("torch.BoolStorage", .bool),
  ]

  private static let unreadableClasses: [(name: String, byteCount: Int)] = [
    ("torch.ComplexFloatStorage", 8), ("torch.ComplexDoubleStorage", 16),
    ("torch.QInt8Storage", 1), ("torch.QUInt8Storage", 1), ("torch.QInt32Storage", 4),
    ("torch.QUInt4x2Storage", 1), ("torch.QUInt2x4Storage", 1),
  ]

  private static let elementTypes: [(name: String, type: StoredType)] = [
    ("torch.float32", .float32), ("torch.float64", .float64), ("torch.float16", .float16),
    ("torch.bfloat16", .bfloat16), ("torch.int64", .int64), ("torch.int32", .int32),
    ("torch.int16", .int16), ("torch.int8", .int8), ("torch.uint8", .uint8),
    ("torch.uint16", .uint16), ("torch.uint32", .uint32), ("torch.uint64", .uint64),
    ("torch.bool", .bool),
  ]
}
