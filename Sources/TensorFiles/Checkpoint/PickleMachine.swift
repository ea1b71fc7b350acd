import Diagnostics

/// Carries out a pickle as far as tensors and plain containers go: classes and functions are looked
/// up in the closed list of `PickleGlobal`, and what others would make is an object that has a name
/// and nothing else. Instructions that `torch.save` does not write are refused by name.
///
/// Time is linear in the bytes of the pickle, and memory bounded by the limits below: there are no
/// loops in the language, and sharing (`BINGET`) copies a reference.
struct PickleMachine {
  /// Bytes of one pickle; storages lie outside it.
  static let maximumLength = 32 << 20
  /// Values on the stack at once.
  static let maximumStack = 500_000
  /// Containers, storages, tensors and objects together, and remembered values.
  static let maximumObjects = 400_000
  /// Elements of all containers together.
  static let maximumElements = 1_000_000
  /// Classes and functions that are named: a file remembers each, and names it once.
  static let maximumNames = 10_000
  /// Bytes of a module's name, and of one in it.
  static let maximumNameLength = 1000

  /// What has been made so far.
  private(set) var heap = PickleHeap()

  let path: String
  let bytes: UnsafeRawBufferPointer
  /// The byte that is read next.
  private(set) var offset: Int
  private let start: Int
  private var instruction = 0
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var objects = 0
  private var elements = 0
  private var names = 0

  /// Creates a machine for the pickle that begins at `start`; the bytes must outlive it.
  init(_ bytes: UnsafeRawBufferPointer, at start: Int, path: String) {
    self.bytes = bytes
    self.start = start
    self.path = path
    offset = start
  }

  /// Reads up to the pickle's end.
  ///
  /// - Throws: `DiagnosticError` where the pickle is malformed, too large, or none of `torch.save`.
  mutating func run() throws -> PickleValue {
    while true {
      instruction = offset
      let code = try takeByte()
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw failure("the byte \(code) is no instruction of a pickle")
      }
      if opcode == .stop {
        let result = try pop()
        guard stack.isEmpty, marks.isEmpty else { throw failure("values are left at the end") }
        return result
      }
      try step(opcode)
    }
  }

  private mutating func step(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .proto:
      let version = try takeByte()
      guard (2...5).contains(version) else { throw failure("protocol \(version) is not supported") }
    case .frame: _ = try takeCount(bytes: 8)
    case .mark: marks.append(try depth())
    case .none: try push(.none)
    case .newtrue: try push(.boolean(true))
    case .newfalse: try push(.boolean(false))
    case .binint: try push(.integer(Int(Int32(truncatingIfNeeded: try takeWord(4)))))
    case .binint1: try push(.integer(Int(try takeByte())))
    case .binint2: try push(.integer(Int(try takeWord(2))))
    case .long1: try push(takeInteger(count: Int(try takeByte())))
    case .long4: try push(takeInteger(count: takeCount(bytes: 4)))
    case .binfloat:
      _ = try take(8)
      try push(.other)
    case .binunicode, .binstring: try push(takeText(takeCount(bytes: 4)))
    case .shortBinunicode, .shortBinstring: try push(takeText(Int(takeByte())))
    case .binunicode8: try push(takeText(takeCount(bytes: 8)))
    case .binbytes, .shortBinbytes, .binbytes8, .bytearray8:
      let width = opcode == .binbytes ? 4 : opcode == .shortBinbytes ? 1 : 8
      _ = try take(takeCount(bytes: width))
      try push(.other)
    case .binget, .longBinget:
      let key = try takeCount(bytes: opcode == .binget ? 1 : 4)
      guard let value = memo[key] else { throw failure("value \(key) was not remembered") }
      try push(value)
    case .binput: try remember(takeCount(bytes: 1))
    case .longBinput: try remember(takeCount(bytes: 4))
    case .memoize: try remember(memo.count)
    case .pop:
      // Counted, since it makes room for another value on the stack.
      try countObject()
      if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark:
      try countObject()
      _ = try popToMark()
    case .global: try push(global(takeLine(), takeLine()))
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw failure("a class is named by something that is no text")
      }
      try push(global(module, name))
    default: try stepContainer(opcode)
    }
  }

  private mutating func stepContainer(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .emptyTuple, .emptyList, .emptySet: try push(newSequence([]))
    case .emptyDict: try push(newDictionary())
    case .tuple1: try push(newSequence(popLast(1)))
    case .tuple2: try push(newSequence(popLast(2)))
    case .tuple3: try push(newSequence(popLast(3)))
    case .tuple, .frozenset: try push(newSequence(popToMark()))
    case .append: try append(popLast(1))
    case .appends, .additems: try append(popToMark())
    case .setitem: try setItems(popLast(2))
    case .setitems: try setItems(popToMark())
    case .reduce, .newobj:
      let values = try popLast(2)
      try push(call(values[0], values[1]))
    case .newobjEx:
      let values = try popLast(3)
      try push(call(values[0], values[1]))
    case .obj:
      let values = try popToMark()
      guard let function = values.first else { throw failure("a class is missing") }
      try push(call(function, newSequence(Array(values.dropFirst()))))
    case .inst:
      let function = try global(takeLine(), takeLine())
      try push(call(function, newSequence(popToMark())))
    case .build:
      // Attributes: a state_dict's `_metadata`, which say nothing of tensors, and those of objects.
      _ = try pop()
      switch stack.last {
      case .dictionary, .object: break
      default: throw failure("something has attributes that is no object or dictionary")
      }
    case .binpersid: try push(persistent(pop()))
    default:
      throw failure(
        "the pickle's instruction \(opcode.pythonName) is refused: torch.save does not write it",
        hint: Self.advice)
    }
  }

  /// What to do about a file that holds more than tensors.
  static let advice =
    "nothing of the file was executed; where you trust it, load it in Python and save the tensors alone: torch.save(model.state_dict(), FILE)"

  /// A class or a function by its name.
  private mutating func global(_ module: String, _ name: String) throws -> PickleValue {
    names += 1
    guard names <= Self.maximumNames else { throw failure("too many classes and functions") }
    guard module.utf8.count <= Self.maximumNameLength, name.utf8.count <= Self.maximumNameLength
    else { throw failure("the name of a class or function is too long") }
    return .global(PickleGlobal("\(module).\(name)"))
  }

  // MARK: Stack and memory

  private mutating func push(_ value: PickleValue) throws {
    guard stack.count < Self.maximumStack else { throw failure("too many values at once") }
    stack.append(value)
  }

  /// The height of the stack, for a mark: bounded like the stack.
  private func depth() throws -> Int {
    guard marks.count < Self.maximumStack else { throw failure("too many marks at once") }
    return stack.count
  }

  private mutating func pop() throws -> PickleValue {
    // Values below the last mark belong to the container that will be made of those above.
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw failure("a value is missing")
    }
    return value
  }

  private mutating func popLast(_ count: Int) throws -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw failure("a value is missing") }
    // A copy: a slice would make the removal copy the rest of the stack.
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw failure("a mark is missing") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func remember(_ key: Int) throws {
    guard let value = stack.last else { throw failure("a value is missing") }
    guard memo.count < Self.maximumObjects else { throw failure("too many remembered values") }
    memo[key] = value
  }

  private mutating func count(elements new: Int) throws {
    elements += new
    guard elements <= Self.maximumElements else { throw failure("too many elements") }
  }

  private mutating func countObject() throws {
    objects += 1
    guard objects <= Self.maximumObjects else { throw failure("too many objects") }
  }

  // MARK: Containers

  private mutating func newSequence(_ values: [PickleValue]) throws -> PickleValue {
    try countObject()
    try count(elements: values.count)
    heap.sequences.append(values)
    return .sequence(heap.sequences.count - 1)
  }

  /// A dictionary of keys, each followed by its value.
  mutating func newDictionary(_ items: [PickleValue] = []) throws -> PickleValue {
    try countObject()
    heap.dictionaries.append(try pairs(items))
    return .dictionary(heap.dictionaries.count - 1)
  }

  private mutating func append(_ values: [PickleValue]) throws {
    try count(elements: values.count)
    switch stack.last {
    case .sequence(let list): heap.sequences[list].append(contentsOf: values)
    case .object: break
    default: throw failure("something is appended to what is no list")
    }
  }

  private mutating func setItems(_ values: [PickleValue]) throws {
    let items = try pairs(values)
    switch stack.last {
    case .dictionary(let target): heap.dictionaries[target] += items
    case .object(let target): heap.objects[target].items += items
    default: throw failure("an item is set in what is no dictionary")
    }
  }

  /// Keys, each followed by its value, as pairs.
  private mutating func pairs(
    _ values: [PickleValue]
  ) throws -> [(key: PickleValue, value: PickleValue)] {
    guard values.count % 2 == 0 else { throw failure("a key has no value") }
    try count(elements: values.count)
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  mutating func newObject(_ object: PickledObject) throws -> PickleValue {
    try countObject()
    heap.objects.append(object)
    return .object(heap.objects.count - 1)
  }

  mutating func newTensor(_ tensor: PickledTensor) throws -> PickleValue {
    try countObject()
    try count(elements: 2 * tensor.shape.count)
    heap.tensors.append(tensor)
    return .tensor(heap.tensors.count - 1)
  }

  /// A storage; the same key must mean the same storage.
  mutating func storage(_ new: PickledStorage, isView: Bool) throws -> PickleValue {
    if !isView, let known = heap.storagesByKey[new.key] {
      let old = heap.storages[known]
      guard old.type == new.type, old.rootCount == new.rootCount else {
        throw failure("the storage '\(shortened(new.key))' has two types or sizes")
      }
      return .storage(known)
    }
    try countObject()
    heap.storages.append(new)
    if !isView { heap.storagesByKey[new.key] = heap.storages.count - 1 }
    return .storage(heap.storages.count - 1)
  }

  // MARK: Bytes

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= bytes.count - offset else {
      throw failure(
        "the pickle is truncated: of \(quantity(count, "byte")) that are to follow, it has \(bytes.count - offset)"
      )
    }
    guard offset + count - start <= Self.maximumLength else {
      throw failure("the pickle is longer than \(Self.maximumLength >> 20) MiB")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  private mutating func takeByte() throws -> UInt8 { try take(1)[0] }

  private mutating func takeWord(_ count: Int) throws -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// An unsigned number of one to eight bytes.
  private mutating func takeCount(bytes count: Int) throws -> Int {
    guard let value = Int(exactly: try takeWord(count)) else {
      throw failure("a length is too large")
    }
    return value
  }

  /// A signed number in two's complement; `other` where it needs more than 64 bits.
  private mutating func takeInteger(count: Int) throws -> PickleValue {
    let digits = try take(count)
    guard count <= 8 else { return .other }
    let negative = (digits.last ?? 0) & 0x80 != 0
    return .integer(digits.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  /// A text; `other` where it is not UTF-8, as bytes of Python 2 and halves of surrogate pairs.
  private mutating func takeText(_ count: Int) throws -> PickleValue {
    String(validating: try take(count), as: UTF8.self).map { .text($0) } ?? .other
  }

  private mutating func takeLine() throws -> String {
    guard let length = bytes[offset...].prefix(4096).firstIndex(of: UInt8(ascii: "\n")) else {
      throw failure("a name has no end")
    }
    guard let text = String(validating: try take(length - offset), as: UTF8.self) else {
      throw failure("a name is not UTF-8")
    }
    _ = try takeByte()
    return text
  }

  /// An error at the present instruction.
  func failure(_ message: String, hint: String? = nil) -> DiagnosticError {
    DiagnosticError(
      message, at: .subject("\(path): pickle, byte \(instruction - start)"), hint: hint)
  }

  /// A text from the file, short enough for a message.
  func shortened(_ text: String) -> String { text.count <= 80 ? text : text.prefix(80) + "…" }
}
