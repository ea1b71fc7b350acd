import Diagnostics
import GraphIR

/// Passes that run together, and why.
public struct PipelineStage: Sendable {
  /// How often the passes run.
  public enum Repetition: String, Sendable {
    case once
    /// Again and again, all of them in turn, until none of them changes anything.
    case toFixedPoint = "to a fixed point"
  }

  public let passes: [Pass]
  public let repetition: Repetition
  /// Why the passes are here, in one sentence without a final full stop.
  public let reason: String

  init(_ passes: [Pass], _ repetition: Repetition, because reason: String) {
    self.passes = passes
    self.repetition = repetition
    self.reason = reason
  }
}

/// What `resin compile` does to every graph, in this order.
public let defaultPipeline: [PipelineStage] = [
  PipelineStage(
    [.removeDeadNodes], .once, because: "the rest need not look at what nothing reads"),
  PipelineStage(
    [.recogniseIntegers], .once,
    because: "it needs the integers of weights, which are folded to floats where it leaves them"),
  PipelineStage(
    [.lowerQuantised], .once,
    because: "kernels compute with f32, and constants that are dequantised fold after it"),
  PipelineStage(
    [.foldShapes, .foldConstants], .once,
    because: "shapes are static, so arithmetic on them folds in one visit, operands first"),
  PipelineStage(
    [
      .removeIdentities, .mergeReshapes, .mergeSlices, .sinkTransposes, .mergeTransposes,
      .recogniseDynamicConvolution, .recogniseAttention,
    ],
    .toFixedPoint,
    because: "a transpose that cancels brings two others together, and so does a reshape"),
  PipelineStage(
    [.recogniseClamps, .recogniseSwishes, .recogniseActivations], .toFixedPoint,
    because: "a clip found in min and max may be a piece of a hard sigmoid, softplus one of mish"),
  PipelineStage(
    [.foldConstants, .mergeCommonSubexpressions], .once,
    because: "what the rewrites above left equal or constant is found before it is fused"),
  PipelineStage(
    [.recogniseLinear, .recogniseGlobalPool, .recogniseStridedShortcut], .once,
    because: "kernels exist for these forms only"),
  PipelineStage(
    [.fusePadding], .toFixedPoint, because: "a convolution may read a pad of a pad"),
  PipelineStage(
    [.foldBatchNorm, .foldScaleAndShift], .toFixedPoint,
    because: "either may uncover the other; both need sums without epilogue"),
  PipelineStage(
    [.fuseResidual], .once, because: "the residual is added before the activation"),
  PipelineStage(
    [.fuseActivation], .toFixedPoint, because: "it closes a sum, so it comes after all that open it"
  ),
  PipelineStage(
    [.removeIdentities, .mergeReshapes, .removeDeadNodes], .once,
    because: "the recognised forms bring reshapes of their own"),
]

/// Runs the default pipeline, but for a pass to leave out: none but `lower-quantised` is needed for a right result.
public func optimize(
  _ graph: inout Graph, context: PassContext = PassContext(), without missing: String? = nil
) {
  for stage in defaultPipeline {
    runStage(stage, stage.passes.filter { $0.name != missing }, on: &graph, context: context)
  }
}

/// Runs the default pipeline but for the passes that lower or fuse: every layer, sum, activation and quantisation is a
/// node of its own, with batch normalisation folded into the layers.
public func optimizeLayers(_ graph: inout Graph, context: PassContext = PassContext()) {
  let others: Set = [
    Pass.recogniseIntegers, .lowerQuantised, .fuseResidual, .fuseActivation,
  ].reduce(into: []) { $0.insert($1.name) }
  for stage in defaultPipeline {
    runStage(stage, stage.passes.filter { !others.contains($0.name) }, on: &graph, context: context)
  }
}

/// Runs passes of a stage as often as the stage wants it.
private func runStage(
  _ stage: PipelineStage, _ passes: [Pass], on graph: inout Graph, context: PassContext
) {
  var changed: Bool
  var round = 0
  repeat {
    changed = false
    for pass in passes where runPass(pass, on: &graph, context: context) { changed = true }
    round += 1
    precondition(round <= 1000, "the passes \(stage.passes.map(\.name)) undo each other")
  } while changed && stage.repetition == .toFixedPoint
}

/// Runs passes by name, each once, in the order given.
///
/// - Returns: whether any of them changed the graph.
/// - Throws: `DiagnosticError` for a name that no pass has, before any pass runs.
@discardableResult
public func runPasses(
  _ names: [String], on graph: inout Graph, context: PassContext = PassContext()
) throws(DiagnosticError) -> Bool {
  var passes: [Pass] = []
  for name in names { passes.append(try Pass.named(name)) }
  var changed = false
  for pass in passes where runPass(pass, on: &graph, context: context) { changed = true }
  return changed
}

/// Runs one pass and checks what it leaves if the context verifies; whether it changed the graph.
private func runPass(_ pass: Pass, on graph: inout Graph, context: PassContext) -> Bool {
  context.currentPass = pass.name
  context.runs += 1
  let changed = pass.run(&graph, context)
  if context.verifies, let broken = graph.firstBrokenInvariant() {
    preconditionFailure("after \(pass.name): \(broken)")
  }
  return changed
}
