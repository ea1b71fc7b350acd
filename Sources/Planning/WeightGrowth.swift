extension Plan {
  /// Options for a plan of the same graph whose weights grow less, or nil if these have not grown too
  /// much.
  ///
  /// Strassen's algorithm buys a few percent with weights that are 7/4 as large, Winograd's on the
  /// phases of strided windows a quarter with 3 to 9 times as many. Where all algorithms together
  /// have made the weights 8/5 as large as they need be, these are given up for the layers whose
  /// weights buy the least time, until they are not. Winograd's algorithms on other windows buy
  /// several times as much, and keep theirs; where these alone make the weights larger than that, an
  /// eighth may be added. Weights of two megabytes or less may grow as they like.
  func optionsForLessGrowth(_ options: PlanningOptions) -> PlanningOptions? {
    guard options.goal == .speed else { return nil }
    var least = weightBytes
    var givenUp: [(name: String, algorithm: ConvolutionAlgorithm, bytes: Int, price: Double)] = []
    for step in allSteps {
      guard let choice = step.choice,
        let picked = choice.candidates.first(where: { $0.algorithm == choice.pick }),
        let smallest = choice.candidates.min(by: { $0.weightBytes < $1.weightBytes })
      else { continue }
      let bytes = picked.weightBytes - smallest.weightBytes
      least -= bytes
      if step.kernel.buysLittle, options.overrides[step.name] == nil, bytes > 0 {
        let price = (smallest.cycles - picked.cycles) / Double(bytes)
        givenUp.append((step.name, smallest.algorithm, bytes, price))
      }
    }
    let others = weightBytes - givenUp.reduce(0) { $0 + $1.bytes }
    guard least > 2 << 20 else { return nil }
    let usual = least + least / 5 * 3
    var excess = weightBytes - (others <= usual ? usual : others + least / 8)
    guard excess > 0, !givenUp.isEmpty else { return nil }
    var options = options
    givenUp.sort { ($0.price, $0.name) < ($1.price, $1.name) }
    for layer in givenUp where excess > 0 {
      options.overrides[layer.name] = AlgorithmOverride(layer.algorithm)
      excess -= layer.bytes
    }
    return options
  }
}

extension Kernel {
  /// Whether it saves little time for the weights that it adds.
  fileprivate var buysLittle: Bool {
    switch self {
    case .strassen: true
    case .winogradProduct(let kernel): kernel.geometry.phases.stride > 1
    // The phases of an image have few channels.
    case .winogradBlocks(let kernel): kernel.input.stride > 1
    default: false
    }
  }
}
