import GraphIR
import Planning

/// A network whose steps are timed, with the layers that algorithms are sought for.
struct TuningSubject {
  /// A kind of layer.
  struct Layer {
    var choice: ConvolutionChoice
    /// The convolutions of this kind.
    var nodes: [String]
  }

  let compilation: Compilation
  let context: TuningCache.Context
  let layers: [Layer]
  /// What a layer's text has in the compilation to be tuned and not in this one.
  private let mark: String

  /// Takes the distinct layers of some steps that have a choice which the user left open, in order
  /// of their first step. A transposed convolution is several convolutions of one name, which cannot
  /// be told apart.
  ///
  /// - Parameters:
  ///   - compilation: what is to be timed.
  ///   - steps: those of the compilation to be tuned.
  ///   - leastCandidates: layers with fewer algorithms are left out.
  init(
    _ compilation: Compilation, steps: [Step], leastCandidates: Int, context: TuningCache.Context,
    mark: String = ""
  ) {
    let graph = compilation.optimised
    let convolutions = Set(
      graph.order.filter { graph[$0].operation.hasAlgorithms }.map { graph[$0].name })
    var layers: [Layer] = []
    var indexOf: [String: Int] = [:]
    for step in steps {
      guard let choice = step.choice, choice.candidates.count >= leastCandidates,
        compilation.options.overrides[step.name] == nil, convolutions.contains(step.name)
      else { continue }
      if let index = indexOf[choice.layer] {
        layers[index].nodes.append(step.name)
      } else {
        indexOf[choice.layer] = layers.count
        layers.append(Layer(choice: choice, nodes: [step.name]))
      }
    }
    self.compilation = compilation
    self.mark = mark
    self.layers = layers
    self.context = context
  }

  /// The network with algorithms for its layers; nil leaves a layer its own.
  func planned(_ trial: [ConvolutionAlgorithm?]) throws -> Compilation {
    var algorithms: [String: ConvolutionAlgorithm] = [:]
    for (layer, algorithm) in zip(layers, trial) {
      for node in layer.nodes { algorithms[node] = algorithm }
    }
    return try compilation.replanned(algorithms)
  }

  /// The mean times over the convolutions of each layer on trial. All steps of a convolution have
  /// its name, so that the transforms of its image count.
  ///
  /// - Parameters:
  ///   - plan: that of `planned(trial)`. A layer that it computes in another way, since a choice can
  ///     move the border between image by image and all at once, gets no time.
  ///   - seconds: one per step.
  func times(
    of trial: [ConvolutionAlgorithm?], in plan: Plan, _ seconds: [Double]
  ) -> TuningCache {
    var secondsOf: [String: Double] = [:]
    var choiceOf: [String: ConvolutionChoice] = [:]
    for (step, time) in zip(plan.steps, seconds) {
      secondsOf[step.name, default: 0] += time
      if let choice = step.choice { choiceOf[step.name] = choice }
    }
    var measured = TuningCache()
    for (layer, algorithm) in zip(layers, trial) {
      let asWanted = layer.nodes.allSatisfy { node in
        guard let choice = choiceOf[node] else { return false }
        return choice.layer + mark == layer.choice.layer && choice.pick == algorithm
      }
      guard let algorithm, asWanted else { continue }
      let sum = layer.nodes.reduce(0) { $0 + (secondsOf[$1] ?? 0) }
      measured[context, layer.choice.layer, algorithm] = sum / Double(layer.nodes.count) * 1e3
    }
    return measured
  }
}

extension Compilation {
  /// What has to be timed to tune this compilation: itself, and where it runs its first layers image
  /// by image, those layers on one image and one thread, since no step of the whole has their times.
  ///
  /// - Parameter leastCandidates: layers with fewer algorithms are left out.
  func tuningSubjects(leastCandidates: Int) throws -> [TuningSubject] {
    let whole = TuningSubject(
      self, steps: plan.steps, leastCandidates: leastCandidates, context: tuningContext)
    let parts = plan.steps.flatMap(\.parts)
    let names = Set(plan.steps.filter { !$0.parts.isEmpty }.flatMap(\.nodes))
    guard let last = optimised.order.lastIndex(where: { names.contains(optimised[$0].name) }),
      last < optimised.imageSeparablePrefix
    else { return [whole] }
    var options = options
    options.threads = 1
    let image = optimised.imageGraph(first: last + 1)
    options.overrides = options.overrides.filter { image.node(named: $0.key) != nil }
    let first = try Compilation(
      source, optimised: image, for: plan.machine, options: options)
    return [
      whole,
      TuningSubject(
        first, steps: parts, leastCandidates: leastCandidates, context: tuningContext,
        mark: ConvolutionChoice.imageMark),
    ]
  }
}
