import Artifacts
import Diagnostics
import Drawing
import GraphIR
import ModelLanguage
import Passes
import Planning
import TensorFiles

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
  ///   - machine: what the plan is for; `native` where nil.
  ///   - options: what the user decides about the plan.
  ///   - times: what is known of the times of algorithms, to print with the plan.
  ///   - tune: gives the plan's compilation better algorithms.
  /// - Throws: where there is no pass of a name, or a node has no kernel.
  public func inspection(
    _ stage: InspectionStage, for machine: Machine? = nil,
    options: PlanningOptions = PlanningOptions(),
    times: () throws -> TuningCache = { TuningCache() },
    tune: ((Compilation) throws -> Compilation)? = nil
  ) throws -> String {
    guard stage == .plan else { return printModel(try rewritten(stage)) }
    var compilation = try Compilation(self, for: machine, options: options)
    if let tune { compilation = try tune(compilation) }
    let (times, context) = (try times(), compilation.tuningContext)
    return compilation.plan.printed { times[context, $0.layer, $1] }
  }

  /// Writes a picture of the graph at a stage as an SVG file.
  ///
  /// - Throws: where there is no pass of a name, the graph is too large to look at, or the file cannot
  ///   be written.
  public func draw(_ stage: InspectionStage, to path: String) throws {
    let graph = try rewritten(stage)
    let text: String
    do {
      text = try graphSVG(graph)
    } catch {
      throw DiagnosticError(
        "the graph is too large to draw", at: .subject(self.path),
        hint: "draw a part of it, with --outputs")
    }
    try writeFileAtomically(path: path, bytes: Array(text.utf8))
  }

  /// The graph at a stage; for the plan, the one that is planned.
  private func rewritten(_ stage: InspectionStage) throws -> Graph {
    var graph = graph
    switch stage {
    case .imported: break
    case .optimised, .plan: optimize(&graph)
    case .after(let passes): try runPasses(passes, on: &graph)
    }
    return graph
  }
}

/// The names of all passes.
public let passNames = Pass.all.map(\.name)
