import Diagnostics

/// What the allowed functions and persistent names make: storages and tensors.
extension PickleMachine {
  /// The result of a call, by what the function means here.
  mutating func call(
    _ function: PickleGlobal, _ arguments: [PickleValue]
  ) throws -> PickleValue {
    switch function {
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
      guard case .tensor? = arguments.first else {
        throw failure("a parameter is made of something that is no tensor")
      }
      return arguments[0]
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
    if version > 1, arguments.count > required { try checkNoMetadata(arguments[required]) }
    let type: StoredType
    if version == 3 {
      guard case .global(.elementType(let given)) = arguments[6] else {
        throw failure("a tensor has no element type")
      }
      type = given
    } else {
      guard let given = heap.storages[storage].type else {
        throw failure("a tensor has no element type")
      }
      type = given
    }
    return try newTensor(
      PickledTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
  }

  /// The metadata of a tensor say that its numbers are to be negated or conjugated when read.
  private func checkNoMetadata(_ value: PickleValue) throws {
    switch value {
    case .none: return
    case .dictionary(let dictionary) where heap.dictionaries[dictionary].isEmpty: return
    default:
      throw failure(
        "a tensor is stored negated or conjugated, which is not supported",
        hint: "save tensor.resolve_neg() instead")
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

  /// The storage of a persistent name: `("storage", class, key, device, count)`, in legacy files
  /// with a view: `(view's key, offset, count)`.
  mutating func persistent(_ name: PickleValue) throws -> PickleValue {
    guard case .sequence(let list) = name, case .text(let kind)? = heap.sequences[list].first else {
      throw failure("a persistent name is no tuple")
    }
    let parts = heap.sequences[list]
    guard kind == "storage" else {
      throw failure(
        "'\(shortened(kind))' is refused: it is no tensor or plain container", hint: Self.advice)
    }
    guard (5...6).contains(parts.count), case .global(.storage(let type)) = parts[1],
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
}
