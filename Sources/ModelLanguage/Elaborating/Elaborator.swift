import Diagnostics
import GraphIR

/// Expands a parsed model to a graph: looks names up, computes integers, expands blocks, adds
/// nodes.
///
/// It ends on every text: blocks do not recurse, and steps, expansions, nodes and depth are
/// counted.
final class Elaborator {
  var graph: Graph
  let blocks: [String: BlockSyntax]
  let model: ModelSyntax
  let options: ModelOptions
  var diagnostics: [Diagnostic] = []
  /// The expansions around the current statement, outermost first.
  var expansions: [Expansion] = []
  /// Paths of every expansion so far; membership only.
  var expandedPaths: Set<String> = []
  /// The suffix to try next for each name wanted by a call inside a larger expression.
  var nextSuffixes: [String: Int] = [:]
  var nodeCount = 0
  var expansionCount = 0
  var depth = 0
  private var steps = 0
  /// Set once a limit is passed: nothing more is worth saying.
  private var isExhausted = false
  private var usedDimensions: Set<String> = ["N"]

  /// A block that is being expanded.
  struct Expansion {
    let block: String
    let path: String
    let place: SourceRange
  }

  /// Bounds that keep every expansion small enough to finish at once.
  enum Limit {
    static let nodes = 200_000
    static let expansions = 100_000
    static let blockDepth = 32
    static let depth = 600
    static let steps = 5_000_000
  }

  init(model: ModelSyntax, blocks: [String: BlockSyntax], options: ModelOptions) {
    self.graph = Graph(name: model.name.text)
    self.model = model
    self.blocks = blocks
    self.options = options
  }

  /// The graph of a model's file, and warnings about its text.
  func elaborate(
    _ file: FileSyntax
  ) throws(DiagnosticError) -> (Graph, warnings: [Diagnostic]) {
    let scope = Scope(path: "")
    bindParameters(in: scope, extents: file.inputExtents)
    for item in file.items where !isFinished {
      switch item {
      case .input(let input): addInput(input, in: scope)
      case .output(let output): addOutput(output, in: scope)
      case .statement(let statement): execute([statement], in: scope)
      }
    }
    if diagnostics.isEmpty { checkWhole() }
    var examiner = Examiner(self)
    let warnings = examiner.examine(file)
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
    return (graph, warnings)
  }

  private func checkWhole() {
    if graph.outputs.isEmpty {
      report(
        "the model '\(model.name.text)' has no output", at: model.name.range,
        hint: "end the file with 'output' and a name")
    }
    for name in options.dimensions.keys.sorted() where !usedDimensions.contains(name) {
      diagnostics.append(
        Diagnostic(
          "the model '\(model.name.text)' has no dimension '\(name)'",
          hint: options.parameters[name] != nil
            ? "--set gives it a value already"
            : model.parameters.contains { $0.name.text == name }
              ? "it is a parameter and no extent of an input: give it with --set"
              : nearestNamesHint(for: name, in: usedDimensions)))
    }
  }

  /// Gives parameters their values; extents that are given by name may be parameters too.
  private func bindParameters(in scope: Scope, extents: Set<String>) {
    let known = model.parameters.map(\.name.text)
    for name in options.parameters.keys.sorted() where !known.contains(name) {
      diagnostics.append(
        Diagnostic(
          "the model '\(model.name.text)' has no parameter '\(name)'",
          hint: nearestNamesHint(for: name, in: known)
            ?? (known.isEmpty ? nil : "its parameters are \(known.joined(separator: ", "))")))
    }
    for parameter in model.parameters {
      var value = Value.failed
      if let given = options.parameters[parameter.name.text] {
        value = .integer(given)
      } else if extents.contains(parameter.name.text),
        options.dimensions[parameter.name.text] != nil, let given = dimension(parameter.name.text)
      {
        value = .integer(given)
      } else if let written = parameter.defaultValue {
        let site = Site(scope: scope, statement: parameter.name.text)
        let integer = try? integer(written, at: site, "a model's parameter")
        value = integer.map(Value.integer) ?? .failed
      }
      scope.define(parameter.name.text, value, at: parameter.name.range)
    }
  }

  // MARK: Names

  /// The value of a name in a scope.
  func lookUp(_ name: String, at range: SourceRange, in scope: Scope) throws(Reported) -> Value {
    if let value = scope.values[name] {
      if case .failed = value { throw Reported() }
      return value
    }
    if let extent = dimension(name) { return .integer(extent) }
    if let place = scope.untaken[name] {
      throw report(
        "'\(name)' is defined only in a branch of an 'if' that is not taken", at: range,
        hint: "define it in the other branch, too",
        notes: [Diagnostic("it is defined here", at: .source(place), severity: .note)])
    }
    let symbols = ["N"] + options.dimensions.keys
    let words = [Keyword.true, .false, .inf, .nan].map(\.rawValue)
    let hint =
      words.contains(name.lowercased())
      ? "write \(name.lowercased())"
      : nearestNamesHint(for: name, in: scope.values.keys + symbols)
    throw report("unknown name '\(name)'", at: range, hint: hint)
  }

  /// The extent that a symbol stands for.
  func dimension(_ name: String) -> Int? {
    if let extent = options.dimensions[name] {
      usedDimensions.insert(name)
      return extent
    }
    return name == "N" ? options.batch : nil
  }

  // MARK: Mistakes and limits

  /// Whether nothing more is worth reading.
  var isFinished: Bool { isExhausted || diagnostics.count >= Parser.diagnosticLimit }

  /// Records a mistake with the expansions that led to it; a mistake seen already, as in the next
  /// block of a stack, is not repeated.
  @discardableResult
  func report(
    _ message: String, at range: SourceRange, hint: String? = nil, notes: [Diagnostic] = []
  ) -> Reported {
    let isKnown = diagnostics.contains { known in
      known.message == message && known.place == .source(range)
    }
    if !isKnown {
      let trail = expansions.reversed().map { expansion in
        Diagnostic(
          "while expanding \(expansion.path)", at: .source(expansion.place), severity: .note)
      }
      diagnostics.append(
        Diagnostic(message, at: .source(range), hint: hint, notes: notes + trail))
    }
    return Reported()
  }

  /// Records that a limit is passed, which ends the expansion.
  func exhaust(_ message: String, at range: SourceRange) -> Reported {
    isExhausted = true
    return report(message, at: range)
  }

  /// The results for all elements; a mistake in one does not hide those in the others.
  func all<Element, Result>(
    _ elements: some Sequence<Element>, _ body: (Element) throws(Reported) -> Result
  ) throws(Reported) -> [Result] {
    var results: [Result] = []
    var hasFailed = false
    for element in elements {
      do throws(Reported) {
        results.append(try body(element))
      } catch {
        hasFailed = true
      }
    }
    guard !hasFailed else { throw Reported() }
    return results
  }

  /// Counts one evaluation and its depth while `body` runs.
  func counted<Result>(
    at range: SourceRange, _ body: () throws(Reported) -> Result
  ) throws(Reported) -> Result {
    guard !isExhausted else { throw Reported() }
    steps += 1
    guard steps <= Limit.steps else {
      throw exhaust("the expansion takes more than \(Limit.steps) steps", at: range)
    }
    guard depth < Limit.depth else {
      throw exhaust("expressions and blocks nest more than \(Limit.depth) levels deep", at: range)
    }
    depth += 1
    defer { depth -= 1 }
    return try body()
  }
}

/// Where an expression stands: its names are looked up in the scope, its nodes are called after the
/// statement.
struct Site {
  let scope: Scope
  /// The path of the statement, which is the name of the outermost operation.
  let statement: String
  /// Whether the expression is the whole of the statement.
  var isOutermost = true
  /// The type written after the statement, if any.
  var expected: TensorType?

  /// The site of an operand inside the expression.
  var nested: Site { Site(scope: scope, statement: statement, isOutermost: false) }
}

extension FileSyntax {
  /// Names that stand alone as extents of inputs.
  fileprivate var inputExtents: Set<String> {
    var names: Set<String> = []
    for case .input(let input) in items {
      for case .name(let name) in input.type.extents.map(\.kind) { names.insert(name) }
    }
    return names
  }
}
