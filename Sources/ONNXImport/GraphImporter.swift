import Diagnostics
import GraphIR
import TensorFiles

/// Reads the graph of one file: inputs, initializers, nodes in order, outputs. Goes on after a
/// mistake, so that every offending node is reported at once.
struct GraphImporter {
  private let file: ModelFile
  private let options: ONNXOptions
  private let assembly: GraphAssembly
  private let reports = Reports()

  init(file: ModelFile, options: ONNXOptions) {
    self.file = file
    self.options = options
    var useCounts: [String: Int] = [:]
    for node in file.graph.node {
      for name in node.input { useCounts[name, default: 0] += 1 }
    }
    for output in file.graph.output { useCounts[output.name, default: 0] += 1 }
    self.assembly = GraphAssembly(
      graph: Graph(name: Names.modelName(fromPath: file.path)), useCounts: useCounts)
  }

  /// The graph of the file.
  ///
  /// - Throws: `DiagnosticError` with everything that is wrong.
  func importGraph() throws -> Graph {
    importInputs()
    importInitializers()
    importNodes()
    importOutputs()
    guard reports.diagnostics.isEmpty else { throw DiagnosticError(reports.diagnostics) }
    return assembly.finished()
  }

  /// What is wrong so far.
  private final class Reports {
    var diagnostics: [Diagnostic] = []
  }

  // MARK: Inputs, initializers, outputs

  private func importInputs() {
    // Files of the first IR versions list initializers among the inputs; those are not for the
    // caller to give.
    let initializers = Set(file.graph.initializer.map(\.name))
    let inputs = file.graph.input.filter { !initializers.contains($0.name) }
    var shapes = InputShapes(inputs: inputs, options: options)
    for input in inputs {
      let place = place("input '\(input.name)'")
      report(at: place) {
        guard !input.name.isEmpty else { throw Refusal("the input has no name") }
        try assembly.define(input.name, .unavailable)
        let type = try shapes.type(of: input)
        let id = assembly.addInput(input.name, type, place: place)
        assembly.redefine(input.name, .node(id))
      }
    }
    let place = Diagnostic.Place.subject(file.path)
    report(at: place) { try shapes.checkEveryDimensionWasUsed() }
  }

  private func importInitializers() {
    var externalData = ExternalData(modelPath: file.path)
    for tensor in file.graph.initializer {
      report(at: place("initializer '\(tensor.name)'")) {
        guard !tensor.name.isEmpty else { throw Refusal("the initializer has no name") }
        try assembly.define(tensor.name, .unavailable)
        let decoded = try tensor.decoded(externalData: &externalData)
        let name = assembly.names.claim(tensor.name)
        assembly.redefine(tensor.name, .tensor(decoded, name: name))
      }
    }
    for tensor in file.graph.sparseInitializer {
      report(at: place("initializer '\(tensor.values.name)'")) {
        throw Refusal("sparse initializers are not supported")
      }
    }
  }

  private func importOutputs() {
    if file.graph.output.isEmpty {
      report(at: .subject(file.path)) { throw Refusal("the graph has no outputs") }
    }
    var seen: Set<String> = []
    for output in file.graph.output {
      report(at: place("output '\(output.name)'")) {
        guard !output.name.isEmpty else { throw Refusal("the output has no name") }
        guard seen.insert(output.name).inserted else { throw Refusal("the output is listed twice") }
        guard let value = assembly.value(named: output.name) else {
          throw Refusal("nothing gives a value of this name")
        }
        guard let id = assembly.node(for: value, named: output.name) else { return }
        assembly.addOutput(output.name, inDeclaredType(id, output))
      }
    }
  }

  /// A value of integers in the type that the file declares its output with.
  private func inDeclaredType(_ id: NodeID, _ output: Onnx_ValueInfoProto) -> NodeID {
    let given = assembly.type(of: id).element
    guard given.integers != nil,
      let declared = try? StoredType(number: output.type.tensorType.elemType).element,
      declared.integers != nil, declared != given
    else { return id }
    return assembly.cast(
      id, to: declared, name: output.name, place: place("output '\(output.name)'"))
  }

  // MARK: Nodes

  private func importNodes() {
    var positions: [String: Int] = [:]
    for (index, node) in file.graph.node.enumerated() {
      for output in node.output where positions[output] == nil { positions[output] = index }
    }
    let initializers = Set(file.graph.initializer.map(\.name))
    for (index, node) in file.graph.node.enumerated() {
      let place = place(of: node, at: index)
      let succeeded = report(at: place) {
        let importer = try operatorImporter(for: node)
        for input in node.input where !input.isEmpty && assembly.value(named: input) == nil {
          throw Self.undefined(input, isDefinedLater: positions[input] != nil)
        }
        if node.input.contains(where: isUnavailable) { throw Passed() }
        let context = OperatorContext(
          node: node, opset: file.opset, assembly: assembly, place: place,
          baseName: Names.name(of: node) { initializers.contains($0) })
        let results = try importer(context)
        try context.checkEverythingWasRead()
        try define(results, of: node)
      }
      if !succeeded { abandonResults(of: node) }
    }
  }

  /// What is thrown to pass over a node whose operands were refused.
  private struct Passed: Error {}

  private func isUnavailable(_ name: String) -> Bool {
    if case .unavailable = assembly.value(named: name) { true } else { false }
  }

  private func operatorImporter(for node: Onnx_NodeProto) throws -> OperatorImporter {
    guard ["", "ai.onnx"].contains(node.domain) else {
      if file.functions.contains(node.opType) {
        throw Refusal(
          "functions defined in the file are not supported",
          hint: "inline them with onnx.inliner.inline_local_functions")
      }
      throw Refusal("operators of the domain '\(node.domain)' are not supported")
    }
    guard let importer = operatorImporters[node.opType] else {
      throw Refusal(
        "the operator \(node.opType) is not supported",
        hint: nearestNamesHint(for: node.opType, in: operatorImporters.keys))
    }
    return importer
  }

  private static func undefined(_ input: String, isDefinedLater: Bool) -> Refusal {
    isDefinedLater
      ? Refusal(
        "it reads '\(input)', which a later node gives",
        hint: "nodes must stand after those they read, and there may be no cycle")
      : Refusal("it reads '\(input)', which nothing gives")
  }

  private func define(_ results: [GraphAssembly.Value], of node: Onnx_NodeProto) throws {
    for (index, output) in node.output.enumerated() where !output.isEmpty {
      guard results.indices.contains(index) else {
        guard !assembly.isUsed(output) else {
          throw Refusal("its output \(index + 1), '\(output)', is used but not supported")
        }
        continue
      }
      try assembly.define(output, results[index])
    }
  }

  private func abandonResults(of node: Onnx_NodeProto) {
    for output in node.output where !output.isEmpty && assembly.value(named: output) == nil {
      assembly.redefine(output, .unavailable)
    }
  }

  // MARK: Reporting

  /// Runs `body` and turns what it throws into a diagnostic; returns whether all went well.
  @discardableResult
  private func report(at place: Diagnostic.Place, _ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch let refusal as Refusal {
      reports.diagnostics.append(Diagnostic(refusal.message, at: place, hint: refusal.hint))
    } catch let error as ShapeError {
      reports.diagnostics.append(Diagnostic(error.message, at: place))
    } catch {
      precondition(error is Passed, "an importer threw \(error)")
    }
    return false
  }

  private func place(_ subject: String) -> Diagnostic.Place {
    .subject("\(file.path): \(subject)")
  }

  private func place(of node: Onnx_NodeProto, at index: Int) -> Diagnostic.Place {
    let name = node.name.isEmpty ? "\(index)" : "'\(node.name)'"
    return place("node \(name) (\(node.opType), opset \(file.opset))")
  }
}
