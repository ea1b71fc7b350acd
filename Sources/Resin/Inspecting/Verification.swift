import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Interpreter
import KernelGen
import Passes
import Planning

/// How far computed values are from expected ones.
public struct Difference: Sendable {
  /// The output or node that was compared.
  public let name: String
  /// The largest absolute difference; NaN where a value is NaN in one of them only.
  public let absolute: Double
  /// The largest absolute difference over the largest expected magnitude.
  public let relative: Double
  /// Whether the values are not floats, and must be equal.
  public let isExact: Bool
  /// The relative difference up to which values count as right.
  public let tolerance: Double
  /// Whether the relative difference is within the tolerance, or there is none where there must not
  /// be.
  public var isSmall: Bool { isExact ? absolute == 0 : relative <= tolerance }

  /// Compares two tensors of one type.
  public init(
    _ name: String, _ computed: Tensor, expected: Tensor,
    tolerance: Double = Verification.tolerance
  ) {
    self.name = name
    self.tolerance = tolerance
    isExact = expected.element != .float32
    if let values = computed.wholeNumbers, let wanted = expected.wholeNumbers {
      // Distances as floats: those of equal integers alone are 0.
      let distances = zip(values, wanted).map {
        $0 == $1 ? 0 : max(1, abs(Double($0) - Double($1)))
      }
      absolute = distances.max() ?? 0
      let magnitude = wanted.map { Double($0.magnitude) }.max() ?? 0
      relative = absolute == 0 ? 0 : absolute / max(magnitude, 1)
      return
    }
    var largest = 0.0
    var magnitude = 0.0
    for (value, wanted) in zip(computed.numbers, expected.numbers) {
      // Equal infinities and two NaN agree, though their difference is no number.
      if value == wanted || (value.isNaN && wanted.isNaN) {
        if wanted.isFinite { magnitude = max(magnitude, Double(wanted.magnitude)) }
        continue
      }
      let difference = abs(Double(value) - Double(wanted))
      largest = difference.isNaN || largest.isNaN ? .nan : max(largest, difference)
      if wanted.isFinite { magnitude = max(magnitude, Double(wanted.magnitude)) }
    }
    absolute = largest
    relative = largest == 0 ? 0 : largest / max(magnitude, Double(Float.leastNormalMagnitude))
  }
}

/// What `resin verify` has found.
public struct Verification: Sendable {
  /// The relative difference up to which compiled code counts as right: sums are in another order
  /// than the interpreter's, and single multiply-adds are fused.
  public static let tolerance = 1e-4

  /// The same for outputs of a model whose weights are stored in a format, compared with those of f32
  /// weights: rounding to 8 bits gives eight times the error of 11 bits.
  public static func tolerance(for format: FloatFormat) -> Double {
    switch format {
    case .float32: tolerance
    case .float16: 1e-2
    case .bfloat16: 8e-2
    }
  }
  /// What was compared with: the interpreter, or a file.
  public let reference: String
  /// Per output.
  public let outputs: [Difference]
  /// Per node of the optimised graph in order of execution, where layers were compared or an output
  /// diverges.
  public let layers: [Difference]
  /// How weights of the code that was compared are stored. Outputs are compared with those of f32
  /// weights, layers with those of the stored ones.
  public var weightsFormat = FloatFormat.float32

  /// Whether every output is near what is expected.
  public var passes: Bool { outputs.allSatisfy(\.isSmall) && layers.allSatisfy(\.isSmall) }
}

/// Compares compiled code with the interpreter, or with given outputs.
///
/// Outputs are compared with those of the graph as imported, so that passes are verified too, but for the one that lets layers
/// compute with integers: sums of these are exact, and where floats would be rounded the other way a result is a step
/// away.
/// Layers are compared on the optimised graph, in code of their own in which every node is an
/// output.
///
/// - Parameters:
///   - compilation: what is verified.
///   - inputs: for the whole batch; numbers that a fixed seed determines where nil.
///   - expected: the outputs for `inputs`; those of the interpreter where nil.
///   - layers: whether layers are compared even where no output diverges.
///   - threads: how many to run on.
/// - Throws: where inputs or expected outputs do not fit the model, or it cannot be compiled.
public func verify(
  _ compilation: Compilation, inputs: [Tensor]? = nil,
  expected: (path: String, tensor: Tensor)? = nil,
  layers: Bool = false, threads: Int = 1
) throws -> Verification {
  let interface = compilation.plan.interface
  let inputs = inputs ?? seededInputs(for: interface)
  let cache = KernelCache()
  let session = try Session(try compilation.model(sharing: cache), threads: threads)
  let computed = try interface.inChunks(inputs) { try session.run(inputs: $0) }
  let tolerance = Verification.tolerance(for: compilation.options.weightsFormat)
  let outputs: [Difference]
  if let expected {
    outputs = [try compare(computed, interface, with: expected, tolerance: tolerance)]
  } else {
    var graph = compilation.source.graph
    try runPasses(["recognise-integers"], on: &graph)
    let results = try interpret(graph, interface, inputs)
    outputs = zip(interface.outputs, zip(computed, results)).map {
      Difference($0.name, $1.0, expected: $1.1, tolerance: tolerance)
    }
  }
  let wantsLayers = layers || !outputs.allSatisfy(\.isSmall)
  return Verification(
    reference: expected?.path ?? "the interpreter", outputs: outputs,
    layers: wantsLayers ? try compareLayers(compilation, inputs, cache, threads: threads) : [],
    weightsFormat: compilation.options.weightsFormat)
}

private func compare(
  _ computed: [Tensor], _ interface: ModelInterface, with expected: (path: String, tensor: Tensor),
  tolerance: Double
) throws -> Difference {
  guard computed.count == 1 else {
    throw DiagnosticError(
      "the model has \(quantity(computed.count, "output")); only one can be compared with a file",
      at: .subject(expected.path))
  }
  guard computed[0].shape == expected.tensor.shape else {
    throw DiagnosticError(
      "expected the output's type \(computed[0].type), found \(expected.tensor.type)",
      at: .subject(expected.path))
  }
  let name = interface.outputs[0].name
  let tensor = try expected.tensor.converted(
    to: computed[0].element, of: expected.path, for: "the output '\(name)'")
  return Difference(name, computed[0], expected: tensor, tolerance: tolerance)
}

/// The interpreter's outputs for any number of images.
private func interpret(
  _ graph: Graph, _ interface: ModelInterface, _ inputs: [Tensor]
) throws -> [Tensor] {
  let interpreter = Interpreter(graph)
  return try interface.inChunks(inputs) { chunk in
    let results = try interpreter.run(inputs: interface.named(chunk))
    return interface.outputs.compactMap { results[$0.name] }
  }
}

extension ModelInterface {
  /// Tensors by the names of the inputs, as the interpreter takes them.
  fileprivate func named(_ tensors: [Tensor]) -> [String: Tensor] {
    Dictionary(zip(inputs.map(\.name), tensors), uniquingKeysWith: { first, _ in first })
  }
}

/// Compares every node of the optimised graph, on the first chunk of the inputs.
private func compareLayers(
  _ compilation: Compilation, _ inputs: [Tensor], _ cache: KernelCache, threads: Int
) throws -> [Difference] {
  let interface = compilation.plan.interface
  let chunk = try interface.firstChunk(of: inputs)
  var graph = compilation.optimised
  let nodes = graph.order.filter { graph[$0].type.element == .float32 }
  let taken = Set(graph.outputs.map(\.name))
  var names: [String] = []
  for (index, id) in nodes.enumerated() {
    var name = graph[id].name
    while taken.contains(name) { name += ".\(index)" }
    graph.addOutput(name, id)
    names.append(name)
  }
  let machine = compilation.plan.machine
  let layered = try Compilation(
    compilation.source, optimised: graph, for: machine, options: compilation.options)
  let computed = try Session(try layered.model(sharing: cache), threads: threads).run(inputs: chunk)
    .suffix(nodes.count)
  var differences: [Difference] = []
  var next = 0
  let values = Array(computed)
  try Interpreter(compilation.optimised).runAll(
    inputs: interface.named(chunk)
  ) { id, expected in
    guard next < nodes.count, nodes[next] == id else { return }
    differences.append(Difference(compilation.optimised[id].name, values[next], expected: expected))
    next += 1
  }
  return differences
}

extension Verification {
  /// The report as text: a row per layer that was compared and per output, then the verdict.
  public var text: String {
    func row(_ difference: Difference) -> String {
      String(
        format: "%11.3e %11.3e  %@ ", difference.absolute, difference.relative,
        difference.isSmall ? " " : "✗") + difference.name
    }
    var lines = ["   absolute    relative"]
    lines += layers.map(row)
    if !layers.isEmpty, !outputs.isEmpty { lines.append("outputs") }
    lines += outputs.map(row)
    if let first = layers.first(where: { !$0.isSmall }) {
      lines.append("first step that diverges: \(first.name)")
    }
    let tolerance = (outputs.first ?? layers.first)?.tolerance ?? Self.tolerance
    lines.append(
      "\(passes ? "passed" : "FAILED"): compared with \(reference), "
        + String(format: "tolerance %.0e of the largest value", tolerance))
    if weightsFormat != .float32 {
      lines.append(
        "outputs of weights rounded to \(weightsFormat.rawValue) against those of f32 weights")
      if !layers.isEmpty, !outputs.isEmpty {
        lines.append(
          String(format: "layers of rounded weights in both, tolerance %.0e", Self.tolerance))
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension Tensor {
  /// The elements of floats, and truth values as 0 and 1.
  fileprivate var numbers: [Float] {
    element == .float32 ? floats : evaluate(.cast(.float32), [self]).floats
  }
}
