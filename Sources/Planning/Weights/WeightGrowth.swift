/// How much larger the algorithms of a plan may make its weights.
package enum WeightGrowth {
  /// The most that weights of so many bytes may come to: 8/5 as many.
  package static func limit(of bytes: Int) -> Int { bytes + bytes / 5 * 3 }
}

extension Plan {
  /// Options for a plan of the same graph whose weights grow less, or nil if these have not grown too
  /// much.
  ///
  /// Strassen's algorithm buys a few percent with weights that are 7/4 as large. Where all algorithms
  /// together have made the weights larger than `WeightGrowth` allows, layers whose weights buy the least
  /// time are computed in another way, until they are not: those by Strassen's algorithm and by
  /// Winograd's on the phases of strided windows directly, those by F(3, 3), which buys as little, by
  /// F(2, 3). Other Winograd convolutions buy several times as much, and keep theirs; so does a model
  /// that has nothing for Strassen's algorithm.
  func optionsForLessGrowth(_ options: PlanningOptions) -> PlanningOptions? {
    guard options.goal == .speed else { return nil }
    var least = weightBytes
    var givenUp: [(name: String, algorithm: ConvolutionAlgorithm, bytes: Int, price: Double)] = []
    var hasStrassen = false
    for step in allSteps {
      guard let choice = step.choice,
        let picked = choice.candidates.first(where: { $0.algorithm == choice.pick }),
        let smallest = choice.candidates.map(\.weightBytes).min()
      else { continue }
      least -= picked.weightBytes - smallest
      guard step.kernel.spec.buysLittle, options.overrides[step.name] == nil,
        let next = choice.candidates.first(where: {
          $0.algorithm == (choice.pick == .winograd3 ? .winograd2 : .direct)
        }), next.weightBytes < picked.weightBytes
      else { continue }
      let bytes = picked.weightBytes - next.weightBytes
      let price = (next.cycles - picked.cycles) / Double(bytes)
      givenUp.append((step.name, next.algorithm, bytes, price))
      hasStrassen = hasStrassen || choice.pick == .strassen
    }
    var excess = weightBytes - WeightGrowth.limit(of: least)
    guard excess > 0, hasStrassen else { return nil }
    var options = options
    givenUp.sort { ($0.price, $0.name) < ($1.price, $1.name) }
    for layer in givenUp where excess > 0 {
      options.overrides[layer.name] = AlgorithmOverride(layer.algorithm)
      excess -= layer.bytes
    }
    return options
  }
}
