import Artifacts
import GraphIR
import Planning

/// Puts layers back to f32 until a model loses no more than is allowed, the dearest first: the one with the largest
/// squared error for what it saves.
struct LossSearch {
  private let calibration: Calibration
  private let labels: [Int]?
  private(set) var scheme: QuantizationScheme
  private(set) var costs: [LayerCost] = []
  private let layers: [QuantizedLayer]

  /// How many runs the error of a single layer is measured on.
  private static let errorRuns = 32

  init(
    _ calibration: Calibration, _ scheme: QuantizationScheme, _ layers: [QuantizedLayer],
    labels: [Int]?
  ) {
    self.calibration = calibration
    self.labels = labels
    self.scheme = scheme
    self.layers = layers
  }

  /// - Returns: how the model does that is left.
  mutating func run(maximumLoss: Double) throws -> ModelScore {
    costs = try measuredCosts()
    // Equal prices keep the order of execution.
    let order = costs.indices.sorted {
      costs[$0].price == costs[$1].price ? $0 < $1 : costs[$0].price > costs[$1].price
    }
    var score = try calibration.score(of: scheme, labels: labels)
    for index in order where score.loss > maximumLoss {
      costs[index].isFloat = true
      scheme.floatLayers.insert(costs[index].name)
      score = try calibration.score(of: scheme, labels: labels)
    }
    return score
  }

  /// The error that each layer causes by itself.
  private func measuredCosts() throws -> [LayerCost] {
    let graph = calibration.graph
    let runs = min(Self.errorRuns, calibration.images.runs)
    let float = try calibration.compiler.session(graph)
    let wanted = try (0..<runs).map {
      try float.run(inputs: try calibration.images.inputs(ofRun: $0))
    }
    let machine = calibration.compiler.machine
    return try layers.enumerated().map { index, layer in
      try calibration.onRun(.errors, Double(index) / Double(layers.count))
      var alone = scheme
      alone.floatLayers = Set(layers.map(\.name)).subtracting([layer.name])
      let session = try calibration.compiler.session(try graph.quantized(by: alone))
      var keeper = ScoreKeeper(labels: nil, classOutput: nil)
      for run in 0..<runs {
        let outputs = try session.run(inputs: try calibration.images.inputs(ofRun: run))
        keeper.add(outputs, float: wanted[run], newImages: 0)
      }
      return LayerCost(
        name: layer.name, error: keeper.score.relativeError, products: layer.products,
        savedCycles: machine.cyclesSavedByIntegers(products: layer.products))
    }
  }
}

extension Machine {
  /// How many products of 8 bits take the time of one of f32, at least: half of what AVX2's instructions give, so that sums
  /// are exact.
  private static let integerSpeed = 1.9

  /// Cycles that products take less in 8 bits than in f32, by the rates of the core.
  func cyclesSavedByIntegers(products: Int) -> Double {
    let float = Double(products) / (Double(lanes) * core.multipliesPerCycle * core.directShare)
    return float * (1 - 1 / Self.integerSpeed)
  }
}
