import GraphIR

/// An attribute of a node.
enum ONNXAttribute {
  case integer(Int)
  case float(Float)
  case text(String)
  case integers([Int])
  case floats([Float])
  case texts([String])

  /// The attribute as `AttributeProto`.
  func message(_ name: String) -> ProtobufMessage {
    ProtobufMessage {
      $0.add(1, name)
      switch self {
      case .float(let value):
        $0.add(2, value)
        $0.add(20, 1)
      case .integer(let value):
        $0.add(3, value)
        $0.add(20, 2)
      case .text(let value):
        $0.add(4, value)
        $0.add(20, 3)
      case .integers(let values):
        for value in values { $0.add(8, value) }
        $0.add(20, 7)
      case .floats(let values):
        for value in values { $0.add(7, value) }
        $0.add(20, 6)
      case .texts(let values):
        for value in values { $0.add(9, value) }
        $0.add(20, 8)
      }
    }
  }
}

/// Why an operation cannot be exported.
struct ExportRefusal: Error {
  let message: String
}

/// Writes the nodes of one operation of the graph: the last has the operation's name and result,
/// those before it a suffix.
struct NodeWriter {
  /// The operation's node in the graph.
  let node: Node
  /// The types of its operands.
  let types: [TensorType]
  /// The values that it reads, by the names that they have in the file.
  let inputs: [String]
  /// The name that its result has in the file.
  let result: String

  private(set) var nodes: [ProtobufMessage] = []
  private(set) var initializers: [ProtobufMessage] = []
  private var names: ValueNames

  init(_ node: Node, types: [TensorType], inputs: [String], result: String, names: ValueNames) {
    (self.node, self.types, self.inputs) = (node, types, inputs)
    (self.result, self.names) = (result, names)
  }

  /// Adds a node and gives the name of its result: the operation's, or one of its own where there
  /// is a suffix.
  ///
  /// - Parameters:
  ///   - type: the operator of ONNX.
  ///   - operands: names of values; an empty one is left out.
  ///   - unread: suffixes for results before the one that is meant, which nothing reads.
  ///   - then: a function of one element that is applied to the result.
  @discardableResult
  mutating func add(
    _ type: String, _ operands: [String], _ attributes: [(String, ONNXAttribute)] = [],
    suffix: String? = nil, unread: [String] = [], then: UnaryFunction? = nil
  ) throws -> String {
    if let then {
      let value = try add(type, operands, attributes, suffix: joined(suffix, type.lowercased()))
      return try apply(then, to: value, suffix: suffix)
    }
    let name = suffix.map { "\(node.name).\($0)" } ?? node.name
    let value = suffix == nil ? result : names.claim(name)
    let others = unread.map { names.claim("\(node.name).\($0)") }
    nodes.append(
      ProtobufMessage { message in
        for operand in operands { message.add(1, operand) }
        for result in others + [value] { message.add(2, result) }
        message.add(3, name)
        message.add(4, type)
        for (name, attribute) in attributes { message.add(5, attribute.message(name)) }
      })
    return value
  }

  /// A constant that belongs to the operation.
  mutating func constant(_ tensor: Tensor, _ suffix: String) -> String {
    let name = names.claim("\(node.name).\(suffix)")
    initializers.append(tensorMessage(name, tensor))
    return name
  }

  /// A constant list of integers.
  mutating func integers(_ values: [Int], _ suffix: String) -> String {
    constant(Tensor([values.count], integers: values.map(Int64.init)), suffix)
  }

  /// A constant number.
  mutating func number(_ value: Float, _ suffix: String) -> String {
    constant(Tensor([], floats: [value]), suffix)
  }

  func joined(_ suffix: String?, _ more: String) -> String {
    suffix.map { "\($0).\(more)" } ?? more
  }
}

/// The names of values in the file, each given once.
final class ValueNames {
  private var taken: Set<String> = []

  /// `wanted`, or with the first suffix `.1`, `.2`, … that makes it unique.
  func claim(_ wanted: String) -> String {
    var (name, suffix) = (wanted, 0)
    while !taken.insert(name).inserted {
      suffix += 1
      name = "\(wanted).\(suffix)"
    }
    return name
  }
}

/// A tensor as `TensorProto`.
func tensorMessage(_ name: String, _ tensor: Tensor) -> ProtobufMessage {
  ProtobufMessage {
    for extent in tensor.shape { $0.add(1, extent) }
    $0.add(2, tensor.element.onnxNumber)
    $0.add(8, name)
    $0.add(9, tensor)
  }
}

extension ElementType {
  /// The number in `TensorProto.DataType`.
  var onnxNumber: Int {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .int32: 6
    case .int64: 7
    case .bool: 9
    }
  }
}
