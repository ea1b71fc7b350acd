import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Passes

/// How far a quantised model is from the one in f32 that it was made from.
public struct ModelComparison: Sendable {
  /// A value that both models have, with its error.
  public struct Layer: Sendable {
    /// The name of its node in both.
    public let name: String
    /// The root of the squared error over that of the squares in f32, on all images.
    public let error: Double
    /// Whether the error is larger than those that leave classes alone.
    public var hurts: Bool { !(error <= ModelComparison.layerTolerance) }
  }

  /// The path of the model in f32.
  public let reference: String
  /// In order of execution.
  public let layers: [Layer]
  /// How the outputs compare.
  public let score: ModelScore

  /// The error of a layer from which on it is named as one that hurts.
  public static let layerTolerance = 0.1
  /// How many of 100 images a good classifier in 8 bits names differently, at most.
  public static let classTolerance = 0.02

  /// The first layer whose error is large.
  public var firstThatHurts: Layer? { layers.first(where: \.hurts) }

  /// Whether classes are the same but for a few, or, where there are none, outputs are near.
  public var passes: Bool {
    score.agreeing == nil
      ? score.relativeError <= Self.layerTolerance : score.loss <= Self.classTolerance
  }
}

/// Compares a quantised model with the one in f32, on images.
///
/// - Parameters:
///   - model: the quantised one.
///   - float: the other; layers are compared by the names of their nodes.
///   - images: for either.
///   - threads: how many to run on.
///   - report: is told how much is done, from 0 to 1.
/// - Throws: where the models have other inputs or outputs, or cannot be run.
public func compare(
  _ model: ModelFile, against float: ModelFile, images: CalibrationImages, threads: Int = 1,
  report: (_ fraction: Double) -> Void = { _ in }
) throws -> ModelComparison {
  for (own, other, what) in [
    (model.graph.inputPorts, float.graph.inputPorts, "inputs"),
    (model.graph.outputPorts, float.graph.outputPorts, "outputs"),
  ] where own.map(\.type) != other.map(\.type) {
    func list(_ types: [String]) -> String { types.joined(separator: ", ") }
    throw DiagnosticError(
      "the models have different \(what): \(list(own.map { "\($0.type)" })) here, "
        + "\(list(other.map { "\($0.type)" })) in '\(float.path)'", at: .subject(model.path))
  }
  var (graph, reference) = (model.graph, float.graph)
  optimizeLayers(&reference)
  // Who quantises folds batch normalisation first; nodes of such a model are left as they are named.
  if graph.hasBatchNormalization { optimizeLayers(&graph) }
  let names = reference.namesOfLayers(in: graph)
  func session(_ file: ModelFile, _ graph: Graph) throws -> Session {
    let values = names.map { graph.node(named: $0)! } + graph.outputs.map(\.node)
    return try GraphCompiler(file, threads: threads).session(graph.computing(values))
  }
  let sessions = (try session(model, graph), try session(float, reference))
  var errors = names.map { _ in (error: 0.0, square: 0.0) }
  var keeper = ScoreKeeper(labels: nil, classOutput: reference.classOutput)
  for run in 0..<images.runs {
    report(Double(run) / Double(images.runs))
    let inputs = try images.inputs(ofRun: run)
    let (own, wanted) = (try sessions.0.run(inputs: inputs), try sessions.1.run(inputs: inputs))
    for index in names.indices {
      let (error, square) = squaredError(of: own[index], from: wanted[index])
      errors[index].error += error
      errors[index].square += square
    }
    keeper.add(
      Array(own.dropFirst(names.count)), float: Array(wanted.dropFirst(names.count)),
      newImages: images.newImages(ofRun: run))
  }
  return ModelComparison(
    reference: float.path,
    layers: zip(names, errors).map {
      ModelComparison.Layer(name: $0, error: relativeError($1.error, $1.square))
    }, score: keeper.score)
}

extension Graph {
  fileprivate var hasBatchNormalization: Bool {
    order.contains { id in
      if case .batchNormalization = self[id].operation { true } else { false }
    }
  }

  /// The names of the layers and sums that another graph has under the same names and types, in order of execution.
  fileprivate func namesOfLayers(in other: Graph) -> [String] {
    order.compactMap { id in
      let node = self[id]
      switch node.operation {
      case .convolution, .transposedConvolution, .linear, .matrixMultiply: break
      // What is added to a constant is a normalisation or the like.
      case .binary(.add, _) where node.inputs.allSatisfy({ constantValue(of: $0) == nil }): break
      default: return nil
      }
      guard node.type.element == .float32, let twin = other.node(named: node.name),
        other[twin].type == node.type, !other[twin].operation.isSource
      else { return nil }
      return node.name
    }
  }
}

extension ModelComparison {
  /// The report as text: a row per layer, then how the outputs compare and the verdict.
  public var text: String {
    var lines = layers.isEmpty ? [] : ["   error    layer"]
    lines += layers.map { String(format: "%8.5f  ", $0.error) + ($0.hurts ? "✗ " : "  ") + $0.name }
    if let first = firstThatHurts { lines.append("first layer that hurts: \(first.name)") }
    lines.append(score.text)
    let limit =
      score.agreeing == nil
      ? String(format: "outputs within %.0f %%", 100 * Self.layerTolerance)
      : String(format: "the same class for %.0f %% of the images", 100 * (1 - Self.classTolerance))
    lines.append("\(passes ? "passed" : "FAILED"): compared with \(reference), wanted: \(limit)")
    return lines.joined(separator: "\n")
  }
}
