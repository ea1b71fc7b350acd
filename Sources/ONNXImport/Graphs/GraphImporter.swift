import Diagnostics
import GraphIR
import TensorFiles

/// Reads the graph of one file: inputs, initializers, nodes in order, outputs. Goes on after a
/// mistake, so that every offending node is reported at once.
struct GraphImporter {
  let file: ModelFile
  let assembly: GraphAssembly
  let progress: Progress
  private let options: ONNXOptions

  init(file: ModelFile, options: ONNXOptions) {
    self.file = file
    self.options = options
    self.assembly = GraphAssembly(graph: Graph(name: Names.modelName(fromPath: file.path)))
    self.progress = Progress(file)
  }

  /// The graph of the file.
  ///
  /// - Throws: `DiagnosticError` with everything that is wrong.
  func importGraph() throws -> Graph {
    let scope = Scope(
      NodeList(
        nodes: file.graph.node, outputs: file.graph.output.map(\.name), opset: file.opset,
        place: file.path))
    importInputs(into: scope)
    importInitializers(of: file.graph, into: scope)
    importNodes(in: scope)
    importOutputs(from: scope)
    let diagnostics = progress.findings.diagnostics
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
    return assembly.finished()
  }

  /// How far the reading has come.
  final class Progress {
    /// What is wrong so far.
    fileprivate(set) var findings = Findings()
    fileprivate var externalData: ExternalData
    /// The names of the initializers read so far.
    var initializers: Set<String> = []
    /// The functions that are being inlined, the innermost last.
    var calls: [ModelFile.FunctionKey] = []
    /// How many nodes of functions and loops were read.
    var inlinedNodes = 0

    fileprivate init(_ file: ModelFile) {
      externalData = ExternalData(modelPath: file.path)
    }
  }

  // MARK: Inputs, initializers, outputs

  private func importInputs(into scope: Scope) {
    // Files of the first IR versions list initializers among the inputs; those are not for the
    // caller to give.
    let initializers = Set(file.graph.initializer.map(\.name))
    let inputs = file.graph.input.filter { !initializers.contains($0.name) }
    var shapes = InputShapes(inputs: inputs, options: options)
    for input in inputs {
      let place = place("input '\(input.name)'", in: scope.body)
      report(at: place) {
        guard !input.name.isEmpty else { throw Refusal("the input has no name") }
        try scope.define(input.name, .unavailable, .undefined)
        let type = try shapes.type(of: input)
        let id = assembly.addInput(input.name, type, place: place)
        let stored = FileType(rawValue: Int(input.type.tensorType.elemType))
        scope.redefine(input.name, .node(id), stored ?? FileType(type.element))
      }
    }
    let place = Diagnostic.Place.subject(file.path)
    report(at: place) { try shapes.checkEveryDimensionWasUsed() }
  }

  /// Reads the initializers of the graph, or of a branch.
  func importInitializers(of graph: Onnx_GraphProto, into scope: Scope) {
    for tensor in graph.initializer {
      report(at: place("initializer '\(tensor.name)'", in: scope.body)) {
        guard !tensor.name.isEmpty else { throw Refusal("the initializer has no name") }
        try scope.define(tensor.name, .unavailable, .undefined)
        let decoded = try tensor.decoded(externalData: &progress.externalData)
        if scope.body.isOfFunction {
          try assembly.payForComputing(decoded.type.byteCount)
        } else {
          assembly.allowComputing(with: decoded)
        }
        let type = FileType(rawValue: Int(tensor.dataType)) ?? FileType(decoded.element)
        progress.initializers.insert(tensor.name)
        scope.redefine(tensor.name, assembly.value(decoded, name: tensor.name), type)
      }
    }
    for tensor in graph.sparseInitializer {
      report(at: place("initializer '\(tensor.values.name)'", in: scope.body)) {
        throw Refusal("sparse initializers are not supported")
      }
    }
  }

  private func importOutputs(from scope: Scope) {
    if file.graph.output.isEmpty {
      report(at: .subject(file.path)) { throw Refusal("the graph has no outputs") }
    }
    var seen: Set<String> = []
    for output in file.graph.output {
      report(at: place("output '\(output.name)'", in: scope.body)) {
        guard !output.name.isEmpty else { throw Refusal("the output has no name") }
        guard seen.insert(output.name).inserted else { throw Refusal("the output is listed twice") }
        guard let value = scope.value(named: output.name) else {
          throw Refusal("nothing gives a value of this name")
        }
        guard var id = assembly.node(for: value) else { return }
        let place = place("output '\(output.name)'", in: scope.body)
        let rows = assembly.openRows(of: value)
        if let rows { id = try assembly.withoutOthers(id, rows, name: output.name) }
        assembly.addOutput(output.name, inDeclaredType(id, output, place: place))
        guard let rows else { return }
        let count = "\(output.name).count"
        guard !file.graph.output.contains(where: { $0.name == count }) else {
          throw Refusal(
            "an output '\(count)' would say how many of its entries exist, but there is one")
        }
        assembly.addOutput(count, rows.count)
      }
    }
  }

  /// A value of integers in the type that the file declares its output with.
  private func inDeclaredType(
    _ id: NodeID, _ output: Onnx_ValueInfoProto, place: Diagnostic.Place
  ) -> NodeID {
    let given = assembly.type(of: id).element
    guard given.integers != nil,
      let declared = try? StoredType(number: output.type.tensorType.elemType).element,
      declared.integers != nil, declared != given
    else { return id }
    return assembly.cast(id, to: declared, name: output.name, place: place)
  }

  // MARK: Reporting

  /// What is thrown to pass over a node whose operands were refused.
  struct Passed: Error {}

  /// Runs `body` and turns what it throws into a diagnostic; returns whether all went well.
  ///
  /// - Parameter node: the node that is read, which may be one of many with the same fault.
  @discardableResult
  func report(
    at place: Diagnostic.Place, of node: Findings.Node? = nil, _ body: () throws -> Void
  ) -> Bool {
    func add(_ message: String, hint: String? = nil) {
      progress.findings.add(Diagnostic(message, at: place, hint: hint), of: node)
    }
    do {
      try body()
      return true
    } catch let refusal as Refusal {
      if let file = refusal.dataFile, progress.findings.countAgain(file) { return false }
      add(refusal.message, hint: refusal.hint)
    } catch let error as ShapeError {
      add(error.message)
    } catch {
      precondition(error is Passed, "an importer threw \(error)")
    }
    return false
  }

  private func place(_ subject: String, in body: NodeList) -> Diagnostic.Place {
    .subject("\(body.place): \(subject)")
  }
}
