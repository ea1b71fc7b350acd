import Foundation
import GraphIR
import Planning
import TestSupport
import Testing

/// How far compiled functions of one element are from their values in double arithmetic, over all
/// normal numbers: the table in `docs/operators.md`.
///
/// `RESIN_UPDATE_EXPECTED=1 swift test -c release --filter AccuracyTests` writes the table anew.
@Suite struct AccuracyTests {
  /// Where a result is a normal number, this is the most that it may be off, of itself.
  private static let limit = 5e-7

  private static let isUpdating =
    ProcessInfo.processInfo.environment["RESIN_UPDATE_EXPECTED"] != nil
  private static let path = packagePath("docs/operators.md")

  private struct Case: Sendable {
    var name: String
    var function: UnaryFunction
    var value: @Sendable (Double) -> Double
  }

  @Sendable private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  @Sendable private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  private static let cases: [Case] = [
    Case(name: "sigmoid", function: .sigmoid, value: logistic),
    Case(name: "tanh", function: .tanh) { Foundation.tanh($0) },
    Case(name: "leaky_relu(x, 0.01)", function: .leakyRelu(slope: 0.01)) {
      $0 < 0 ? Double(Float(0.01)) * $0 : $0
    },
    Case(name: "hard_sigmoid(x, 0.2, 0.5)", function: .hardSigmoid(alpha: 0.2, beta: 0.5)) {
      min(max(Double(Float(0.2)) * $0 + 0.5, 0), 1)
    },
    Case(name: "hard_swish", function: .hardSwish) { $0 * min(max($0 + 3, 0), 6) / 6 },
    Case(name: "silu", function: .silu) { $0 * logistic($0) },
    Case(name: "exp", function: .exp) { Foundation.exp($0) },
    Case(name: "log", function: .log) { Foundation.log($0) },
    Case(name: "sqrt", function: .sqrt) { $0.squareRoot() },
    Case(name: "reciprocal", function: .reciprocal) { 1 / $0 },
    Case(name: "erf", function: .erf) { Foundation.erf($0) },
    Case(name: "elu(x, 1)", function: .elu(alpha: 1)) { $0 > 0 ? $0 : expm1($0) },
    Case(name: "softplus", function: .softplus, value: softplus),
    Case(name: "mish", function: .mish) { $0 * Foundation.tanh(softplus($0)) },
    Case(name: "gelu", function: .gelu) { $0 / 2 * erfc(-$0 / 2.0.squareRoot()) },
    Case(name: "gelu_tanh", function: .geluTanh) {
      $0 * logistic(2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))
    },
    Case(name: "sin", function: .sin) { Foundation.sin($0) },
    Case(name: "cos", function: .cos) { Foundation.cos($0) },
    Case(name: "tan", function: .tan) { Foundation.tan($0) },
    Case(name: "asin", function: .asin) { Foundation.asin($0) },
    Case(name: "acos", function: .acos) { Foundation.acos($0) },
    Case(name: "atan", function: .atan) { Foundation.atan($0) },
    Case(name: "sinh", function: .sinh) { Foundation.sinh($0) },
    Case(name: "cosh", function: .cosh) { Foundation.cosh($0) },
    Case(name: "asinh", function: .asinh) { Foundation.asinh($0) },
    Case(name: "acosh", function: .acosh) { Foundation.acosh($0) },
    Case(name: "atanh", function: .atanh) { Foundation.atanh($0) },
  ]

  /// Numbers of both signs: every power of two with several fractions, those around which functions
  /// bend more densely.
  private static let samples: [Float] = {
    var generator = SeededGenerator(seed: 7)
    var sizes: [Float] = []
    for exponent in UInt32(1)...254 {
      let count = (97...134).contains(exponent) ? 1000 : 16
      for _ in 0..<count {
        sizes.append(Float(bitPattern: exponent << 23 | UInt32(generator.next() >> 41)))
      }
    }
    return sizes + sizes.map { -$0 }
  }()

  /// The largest error of every function, of the value, and where it is.
  private func errors(_ set: InstructionSet) throws -> [(error: Double, x: Float)] {
    var graph = Graph(name: "functions")
    let x = graph.addInput("x", TensorType([Self.samples.count]))
    for (index, item) in Self.cases.enumerated() {
      graph.addOutput(
        "y\(index)", try graph.add(.unary(item.function), [x], name: "y\(index)"))
    }
    let results = try CompiledGraph(graph, set).run([
      Tensor([Self.samples.count], floats: Self.samples)
    ])
    return zip(Self.cases, results).map { item, result in
      var worst = (error: 0.0, x: Float(0))
      for (x, y) in zip(Self.samples, result.floats) {
        let value = item.value(Double(x))
        let isNormal =
          value.magnitude >= Double(Float.leastNormalMagnitude)
          && value.magnitude <= Double(Float.greatestFiniteMagnitude)
        guard isNormal else { continue }
        let error = ((Double(y) - value) / value).magnitude
        if !(error <= worst.error) { worst = (error, x) }
      }
      return worst
    }
  }

  @Test(arguments: runnableSets)
  func functionsAreAccurate(_ set: InstructionSet) throws {
    for (item, worst) in zip(Self.cases, try errors(set)) {
      #expect(worst.error <= Self.limit, "\(item.name) of \(worst.x)")
    }
  }

  /// Levels with a fused multiply-add compute the same bits.
  @Test(
    .enabled(if: InstructionSet.avx2.isSubset(of: .host), "this machine has no fused multiply-add"))
  func theTableIsTheMeasured() throws {
    let rows = zip(Self.cases, zip(try errors(.baseline), try errors(.avx2))).map { item, errors in
      String(format: "| `%@` | %.1e | %.1e |", item.name, errors.0.error, errors.1.error)
    }
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let head = "| function | x86-64 | x86-64-v3, x86-64-v4 |\n|---|---|---|\n"
    let start = try #require(text.range(of: head)).upperBound
    let end = text.range(of: "\n\n", range: start..<text.endIndex)?.lowerBound ?? text.endIndex
    let table = rows.joined(separator: "\n")
    if Self.isUpdating {
      try text.replacingCharacters(in: start..<end, with: table).write(
        toFile: Self.path, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start..<end] == table)
    }
  }
}
