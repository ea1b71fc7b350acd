import Foundation
import GraphIR
import TestSupport
import Testing

/// One operation, its operands and what it must give.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  let name: String
  let operation: GraphIR.Operation
  let operands: [Tensor]
  let expected: Tensor

  var testDescription: String { name }

  /// Operations with the operands and results that `Goldens/make_goldens.py` has written for them, in their order.
  static func family(_ name: String, _ operations: [(String, GraphIR.Operation)]) -> [GoldenCase] {
    let path = packagePath("Tests/InterpreterTests/Goldens/\(name).txt")
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      preconditionFailure("there is no \(path)")
    }
    var lines = text.split(separator: "\n")[...]
    return operations.map { name, operation in
      precondition(lines.popFirst() == name[...], "\(path) has not '\(name)' in its place")
      var tensors: [Tensor] = []
      while let line = lines.first, line.hasPrefix("  ") {
        tensors.append(tensor(line))
        lines.removeFirst()
      }
      return GoldenCase(
        name: name, operation: operation, operands: tensors.dropLast(), expected: tensors.last!)
    }
  }

  /// `  2×3: 1 -0.5 …`, `  scalar: 1`, or `  bool 3: 1 0 1`.
  private static func tensor(_ line: Substring) -> Tensor {
    let parts = line.split(separator: ":")
    let words = parts[0].split(separator: " ")
    let shape = words.last!.split(separator: "×").compactMap { Int($0) }
    let numbers = parts[1].split(separator: " ").map { Float($0)! }
    return words.count == 2
      ? Tensor(shape, booleans: numbers.map { $0 != 0 }) : Tensor(shape, floats: numbers)
  }
}
