import Foundation

/// A message in protobuf's wire format, written field by field.
struct Message {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func string(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ value: Message) { data(field, value.bytes) }

  mutating func data(_ field: Int, _ value: [UInt8]) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(value.count))
    bytes += value
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// An ONNX model for tests, as valid or as wrong as a test wants it. Field numbers are those of
/// `onnx.proto`.
struct ONNXWriter {
  /// The value of an attribute.
  enum Attribute {
    case int(Int), float(Float), string(String), ints([Int]), floats([Float]), strings([String])
    case graph(ONNXWriter)
  }

  /// An extent of an input: a number, a symbol, or nothing.
  enum Extent {
    case fixed(Int), symbol(String), open
  }

  var opset: Int? = 13
  private var graph = Message()
  private var functions: [Message] = []

  /// Adds an input, f32 unless another element type is given by its number.
  mutating func input(_ name: String, _ shape: [Extent], element: Int = 1) {
    var shapeMessage = Message()
    for extent in shape {
      var dimension = Message()
      switch extent {
      case .fixed(let value): dimension.integer(1, value)
      case .symbol(let symbol): dimension.string(2, symbol)
      case .open: break
      }
      shapeMessage.message(1, dimension)
    }
    var tensor = Message()
    tensor.integer(1, element)
    tensor.message(2, shapeMessage)
    var type = Message()
    type.message(1, tensor)
    value(11, name, type)
  }

  mutating func input(_ name: String, _ shape: Int...) {
    input(name, shape.map { .fixed($0) })
  }

  /// Adds an input of another type than tensors.
  mutating func sequenceInput(_ name: String) {
    var type = Message()
    type.message(4, Message())
    value(11, name, type)
  }

  /// Adds an output, of an element type by its number where it is declared.
  mutating func output(_ name: String, element: Int? = nil) {
    var type = Message()
    if let element {
      var tensor = Message()
      tensor.integer(1, element)
      type.message(1, tensor)
    }
    value(12, name, type)
  }

  private mutating func value(_ field: Int, _ name: String, _ type: Message) {
    var message = Message()
    message.string(1, name)
    message.message(2, type)
    graph.message(field, message)
  }

  /// Adds a node; outputs are called after it unless given.
  mutating func node(
    _ kind: String, _ inputs: [String], name: String = "n", outputs: [String] = ["y"],
    domain: String = "", _ attributes: [(String, Attribute)] = []
  ) {
    graph.message(1, Self.node(kind, inputs, name, outputs, domain, attributes))
  }

  /// Adds a function of one node, from `a` to `b`, to the domain `local`.
  mutating func function(_ name: String, calls kind: String, domain: String = "") {
    var function = Message()
    function.string(1, name)
    function.string(4, "a")
    function.string(5, "b")
    function.message(7, Self.node(kind, ["a"], "inner", ["b"], domain, []))
    function.string(10, "local")
    functions.append(function)
  }

  private static func node(
    _ kind: String, _ inputs: [String], _ name: String, _ outputs: [String], _ domain: String,
    _ attributes: [(String, Attribute)]
  ) -> Message {
    var node = Message()
    for input in inputs { node.string(1, input) }
    for output in outputs { node.string(2, output) }
    node.string(3, name)
    node.string(4, kind)
    for (name, value) in attributes { node.message(5, Self.attribute(name, value)) }
    node.string(7, domain)
    return node
  }

  private static func attribute(_ name: String, _ value: Attribute) -> Message {
    var message = Message()
    message.string(1, name)
    switch value {
    case .float(let value):
      message.float(2, value)
      message.integer(20, 1)
    case .int(let value):
      message.integer(3, value)
      message.integer(20, 2)
    case .string(let value):
      message.string(4, value)
      message.integer(20, 3)
    case .graph(let writer):
      message.message(6, writer.graph)
      message.integer(20, 5)
    case .ints(let values):
      for value in values { message.integer(8, value) }
      message.integer(20, 7)
    case .floats(let values):
      for value in values { message.float(7, value) }
      message.integer(20, 6)
    case .strings(let values):
      for value in values { message.string(9, value) }
      message.integer(20, 8)
    }
    return message
  }

  /// Adds an initializer with raw data.
  mutating func initializer(
    _ name: String, _ shape: [Int], element: Int = 1, raw: [UInt8]? = nil,
    external: [(String, String)] = []
  ) {
    var tensor = Message()
    for extent in shape { tensor.integer(1, extent) }
    tensor.integer(2, element)
    tensor.string(8, name)
    if let raw { tensor.data(9, raw) }
    for (key, value) in external {
      var entry = Message()
      entry.string(1, key)
      entry.string(2, value)
      tensor.message(13, entry)
    }
    if !external.isEmpty { tensor.integer(14, 1) }
    graph.message(5, tensor)
  }

  /// Adds an initializer of ones.
  mutating func ones(_ name: String, _ shape: Int...) {
    let one = withUnsafeBytes(of: Float(1)) { Array($0) }
    initializer(name, shape, raw: (0..<shape.reduce(1, *)).flatMap { _ in one })
  }

  /// Adds an initializer of integers with one axis.
  mutating func integers(_ name: String, _ values: Int...) {
    initializer(
      name, [values.count], element: 7,
      raw: values.flatMap { value in withUnsafeBytes(of: Int64(value)) { Array($0) } })
  }

  /// The file's bytes.
  var bytes: [UInt8] {
    var model = Message()
    model.integer(1, 8)
    if let opset {
      var version = Message()
      version.integer(2, opset)
      model.message(8, version)
    }
    model.message(7, graph)
    for function in functions { model.message(25, function) }
    return model.bytes
  }
}

/// Runs a test with a folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("onnx-import-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
