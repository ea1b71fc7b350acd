import Diagnostics

/// What functions and persistent names make: storages, tensors, and objects of which no more than a
/// name is known.
extension PickleMachine {
  /// The result of a call, by what the function means here.
  mutating func call(
    _ function: PickleValue, _ arguments: PickleValue
  ) throws -> PickleValue {
    guard case .sequence(let list) = arguments else {
      throw failure("something is called without a tuple of arguments")
    }
    switch function {
    case .global(let global): return try call(global, heap.sequences[list])
    case .object(let object):
      // A method, or what another call has made.
      return try newObject(PickledObject(name: heap.objects[object].name))
    default: throw failure("something is called that is no function")
    }
  }

  private mutating func call(
    _ function: PickleGlobal, _ arguments: [PickleValue]
  ) throws -> PickleValue {
    switch function {
    case .unknown(let name):
      return try newObject(PickledObject(name: name, isTensor: PickleGlobal.makesTensor(name)))
    case .defaultDictionary: return try newDictionary()
    case .orderedDictionary where arguments.isEmpty: return try newDictionary()
    // A list of pairs, as Python 2 wrote them.
    case .orderedDictionary where arguments.count == 1: return try dictionary(pairs: arguments[0])
    case .counter where arguments.isEmpty: return try newDictionary()
    case .counter, .size:
      guard arguments.count == 1 else { throw failure("a container is made of several values") }
      return arguments[0]
    case .device: return .other
    case .rebuildTensor(let version): return try tensor(arguments, version: version)
    case .rebuildParameter:
      switch arguments.first {
      case .tensor(let tensor): return .tensor(tensor)
      case .object(let object): return .object(object)
      default: throw failure("a parameter is made of something that is no tensor")
      }
    case .rebuildFromType: return try tensorOfType(arguments)
    case .storage, .elementType, .orderedDictionary:
      throw failure("something is called that is no function")
    }
  }

  private mutating func dictionary(pairs: PickleValue) throws -> PickleValue {
    guard case .sequence(let list) = pairs else {
      throw failure("a dictionary is made of something that is no list")
    }
    var items: [PickleValue] = []
    for pair in heap.sequences[list] {
      guard case .sequence(let position) = pair, heap.sequences[position].count == 2 else {
        throw failure("a dictionary is made of something that is no list of pairs")
      }
      items += heap.sequences[position]
    }
    return try newDictionary(items)
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, metadata)`; version 1
  /// ends with the strides, version 3 has the element type after the hooks.
  private mutating func tensor(_ arguments: [PickleValue], version: Int) throws -> PickleValue {
    let required = [0, 4, 6, 7][version]
    guard (required...required + 1).contains(arguments.count),
      case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1]
    else { throw failure("a tensor is made of something else than a storage") }
    let shape = try integers(arguments[2])
    let strides = try integers(arguments[3])
    if version > 1, arguments.count > required, isMetadata(arguments[required]) {
      return try unreadableTensor("torch.Tensor, negated or conjugated")
    }
    let type: StoredType
    switch (version == 3 ? arguments[6] : .none, heap.storages[storage].type) {
    case (.global(.elementType(let given)), _): type = given
    case (.global(.unknown(let name)), _): return try unreadableTensor(name)
    case (.none, .elements(let given)) where version < 3: type = given
    case (.none, .unreadable(let name, _)) where version < 3: return try unreadableTensor(name)
    default: throw failure("a tensor has no element type")
    }
    return try newTensor(
      PickledTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
  }

  private mutating func unreadableTensor(_ name: String) throws -> PickleValue {
    try newObject(PickledObject(name: name, isTensor: true))
  }

  /// Whether the metadata of a tensor are there, which say that its numbers are to be negated or
  /// conjugated when read.
  private func isMetadata(_ value: PickleValue) -> Bool {
    switch value {
    case .none: false
    case .dictionary(let dictionary): !heap.dictionaries[dictionary].isEmpty
    default: true
    }
  }

  /// `_rebuild_from_type_v2(function, class, arguments, attributes)`: what the function makes, where
  /// the class is one of PyTorch's own and adds attributes alone.
  private mutating func tensorOfType(_ arguments: [PickleValue]) throws -> PickleValue {
    guard arguments.count >= 3, case .global(let function) = arguments[0],
      function != .rebuildFromType, case .global(let type) = arguments[1],
      case .sequence(let list) = arguments[2]
    else { throw failure("a tensor is made of something else than a function and its arguments") }
    switch type {
    case .unknown("torch.Tensor"), .unknown("torch.nn.parameter.Parameter"),
      .unknown("torch.nn.parameter.Buffer"):
      return try call(function, heap.sequences[list])
    case .unknown(let name): return try unreadableTensor(name)
    default: throw failure("a tensor has a class that is none")
    }
  }

  private func integers(_ value: PickleValue) throws -> [Int] {
    guard case .sequence(let list) = value, heap.sequences[list].count <= 64 else {
      throw failure("a tensor has something else than a list of extents")
    }
    return try heap.sequences[list].map {
      guard case .integer(let number) = $0 else {
        throw failure("a tensor has an extent that is no integer")
      }
      return number
    }
  }

  /// What a persistent name stands for: a storage, `("storage", class, key, device, count)`, in
  /// legacy files with a view, `(view's key, offset, count)`; or in legacy files the class of a
  /// module, `("module", class, file, source)`.
  mutating func persistent(_ name: PickleValue) throws -> PickleValue {
    guard case .sequence(let list) = name, case .text(let kind)? = heap.sequences[list].first else {
      throw failure("a persistent name is no tuple")
    }
    let parts = heap.sequences[list]
    if kind == "module", parts.count > 1, case .global = parts[1] { return parts[1] }
    guard kind == "storage" else {
      throw failure("a persistent name is for '\(shortened(kind))', and not for a storage")
    }
    guard (5...6).contains(parts.count), let type = storageType(parts[1]),
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw failure("a storage is described by something else than class, key and count") }
    guard parts.count == 6, case .sequence(let view) = parts[5] else {
      return try storage(
        PickledStorage(key: key, type: type, rootCount: count, range: 0..<count), isView: false)
    }
    let numbers = heap.sequences[view]
    guard numbers.count == 3, case .integer(let start) = numbers[1],
      case .integer(let length) = numbers[2], start >= 0, length >= 0, start <= count,
      length <= count - start
    else { throw failure("a storage is a view outside another") }
    return try storage(
      PickledStorage(key: key, type: type, rootCount: count, range: start..<start + length),
      isView: true)
  }

  private func storageType(_ value: PickleValue) -> StorageType? {
    switch value {
    case .global(.storage(let type)): type
    case .global(.unknown(let name)): .unreadable(name, byteCount: nil)
    default: nil
    }
  }
}
