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

  /// The network with algorithms for its layers; nil leaves a layer its own. As many of the first nodes run image by
  /// image as without them: estimates would move that border with the algorithms, and then a layer is another one.
  func planned(_ trial: [ConvolutionAlgorithm?]) throws -> Compilation {
    var algorithms: [String: ConvolutionAlgorithm] = [:]
    for (layer, algorithm) in zip(layers, trial) {
      for node in layer.nodes { algorithms[node] = algorithm }
    }
    return try compilation.replanned(
      algorithms, imageByImageNodes: compilation.imageByImageNodes)
  }

  /// What a round says of the layers on trial, and of those whose pick has no time yet. An algorithm's time is what it
  /// took beside the pick, in the same seconds, for what the pick takes: so rounds in which the machine is slow are as
  /// good as others.
  ///
  /// - Parameters:
  ///   - plan: that of `planned(trial)`.
  ///   - own: that with the pick of every layer.
  ///   - times: of the steps of both.
  ///   - cache: what is known already.
  func times(
    of trial: [ConvolutionAlgorithm?], in plan: Plan, beside own: Plan, _ times: PairedTimes,
    known cache: TuningCache
  ) -> TuningCache {
    let picks = milliseconds(layers.map(\.choice.pick), in: own, times.own)
    let tried = milliseconds(trial, in: plan, times.trial)
    var measured = TuningCache()
    for (index, layer) in layers.enumerated() {
      guard let own = picks[index], own > 0 else { continue }
      let pick = cache[context, layer.choice.layer, layer.choice.pick] ?? own
      measured[context, layer.choice.layer, layer.choice.pick] = pick
      if let algorithm = trial[index], algorithm != layer.choice.pick, let time = tried[index] {
        measured[context, layer.choice.layer, algorithm] = time / own * pick
      }
    }
    return measured
  }

  /// The mean times over the convolutions of each layer, nil for those that a plan computes in another way than
  /// wanted. All steps of a convolution have its name, so that the transforms of its image count.
  private func milliseconds(
    _ algorithms: [ConvolutionAlgorithm?], in plan: Plan, _ seconds: [Double]
  ) -> [Double?] {
    var secondsOf: [String: Double] = [:]
    var choiceOf: [String: ConvolutionChoice] = [:]
    for (step, time) in zip(plan.steps, seconds) {
      secondsOf[step.name, default: 0] += time
      if let choice = step.choice { choiceOf[step.name] = choice }
    }
    return zip(layers, algorithms).map { layer, algorithm in
      let asWanted = layer.nodes.allSatisfy { node in
        guard let choice = choiceOf[node] else { return false }
        return choice.layer + mark == layer.choice.layer && choice.pick == algorithm
      }
      guard asWanted else { return nil }
      let sum = layer.nodes.reduce(0) { $0 + (secondsOf[$1] ?? 0) }
      return sum / Double(layer.nodes.count) * 1e3
    }
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
    let count = imageByImageNodes
    guard count > 0, count <= optimised.imageSeparablePrefix else { return [whole] }
    var options = options
    options.threads = 1
    let image = optimised.imageGraph(first: count)
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

  /// How many of the first nodes run image by image.
  fileprivate var imageByImageNodes: Int {
    let names = Set(plan.steps.filter { !$0.parts.isEmpty }.flatMap(\.nodes))
    return (optimised.order.lastIndex { names.contains(optimised[$0].name) } ?? -1) + 1
  }
}
