import Artifacts
import Diagnostics
import GraphIR
import ModelLanguage
import Passes
import Planning

/// What `resin inspect` prints of a model.
public enum InspectionStage: Sendable, Equatable {
  /// The graph as it was read.
  case imported
  /// The graph after the default passes.
  case optimised
  /// The graph after passes by name, each once, in this order.
  case after([String])
  /// The plan.
  case plan
}

extension ModelFile {
  /// A stage of the model's way to code, as text.
  ///
  /// - Parameters:
  ///   - stage: how far the model has come.
  ///   - set: what the plan is for.
  ///   - options: what the user decides about the plan.
  ///   - times: what is known of the times of algorithms, to print with the plan.
  ///   - tune: gives the plan's compilation better algorithms.
  /// - Throws: where there is no pass of a name, or a node has no kernel.
  public func inspection(
    _ stage: InspectionStage, for set: InstructionSet = .host,
    options: PlanningOptions = PlanningOptions(),
    times: () throws -> TuningCache = { TuningCache() },
    tune: ((Compilation) throws -> Compilation)? = nil
  ) throws -> String {
    switch stage {
    case .imported: return printModel(graph)
    case .optimised:
      var graph = graph
      optimize(&graph)
      return printModel(graph)
    case .after(let passes):
      var graph = graph
      try runPasses(passes, on: &graph)
      return printModel(graph)
    case .plan:
      var compilation = try Compilation(self, for: set, options: options)
      if let tune { compilation = try tune(compilation) }
      let (times, context) = (try times(), compilation.tuningContext)
      return compilation.plan.printed { times[context, $0.layer, $1] }
    }
  }
}
