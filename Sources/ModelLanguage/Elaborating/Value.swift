import Diagnostics
import GraphIR

/// What an expression stands for while a model is expanded.
indirect enum Value {
  case integer(Int)
  case real(Float)
  case boolean(Bool)
  case list([Value])
  case tensor(NodeID)
  /// A mistake, already reported.
  case failed

  /// The kind in words, for messages.
  var description: String {
    switch self {
    case .integer: "an integer"
    case .real: "a number"
    case .boolean: "a truth value"
    case .list: "a list"
    case .tensor: "a tensor"
    case .failed: "a mistake"
    }
  }

  /// The value as f32; nil unless it is a number.
  var asReal: Float? {
    switch self {
    case .integer(let value): Float(value)
    case .real(let value): value
    default: nil
    }
  }
}

/// The names of a model or of one expansion of a block.
final class Scope {
  /// The names' prefix in the graph; empty for the model itself.
  let path: String
  private(set) var values: [String: Value] = [:]
  private(set) var places: [String: SourceRange] = [:]
  /// Where names stand that are defined in branches which are not taken.
  private(set) var untaken: [String: SourceRange] = [:]

  init(path: String) { self.path = path }

  func define(_ name: String, _ value: Value, at place: SourceRange) {
    values[name] = value
    places[name] = place
  }

  /// Notes that a branch which is not taken defines a name.
  func leaveOut(_ name: NameSyntax) {
    if untaken[name.text] == nil { untaken[name.text] = name.range }
  }

  /// The same names and one more.
  func with(_ name: String, _ value: Value, at place: SourceRange) -> Scope {
    let scope = Scope(path: path)
    (scope.values, scope.places, scope.untaken) = (values, places, untaken)
    scope.define(name, value, at: place)
    return scope
  }

  /// The name with the scope before it.
  func qualified(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
