import GraphIR

extension Plan {
  /// Options under which a plan of the same model for another batch packs weights as this one does:
  /// its algorithms, and its panels.
  public func optionsForSamePacking(_ options: PlanningOptions) -> PlanningOptions {
    var options = options
    for step in allSteps {
      if let choice = step.choice, choice.candidates.count > 1 {
        options.overrides[step.name] = options.overrides[step.name] ?? .init(choice.pick)
      }
      if let vectors = step.kernel.spec.panelVectors { options.panelVectors[step.name] = vectors }
    }
    return options
  }
}

extension Plan {
  /// Options for the same plan but for panels: where another plan, of the same model for another
  /// size, computes a convolution by the same algorithm, its weights are packed as there.
  public func options(
    _ options: PlanningOptions, packingAs other: Plan
  ) -> PlanningOptions {
    let picks = other.picks
    var result = optionsForSamePacking(options)
    let panels = other.optionsForSamePacking(options).panelVectors
    for (name, pick) in self.picks where picks[name] == pick {
      result.panelVectors[name] = panels[name]
    }
    return result
  }

  /// The algorithm of each convolution, by its name.
  public var picks: [String: ConvolutionAlgorithm] {
    allSteps.reduce(into: [:]) { picks, step in
      if let choice = step.choice { picks[step.name] = choice.pick }
    }
  }
}

/// Lets plans of one model read one blob of packed weights: what two of them pack alike is stored
/// once.
///
/// - Returns: the plans, all with the same sections of weights.
public func sharingWeights(_ plans: [Plan]) -> [Plan] {
  var shared: [WeightSection] = []
  var bytes = 0
  /// Sections by size: equal ones are among them.
  var bySize: [Int: [Int]] = [:]
  var result = plans
  for index in plans.indices {
    var moved: [Int: Int] = [:]
    for section in plans[index].weights {
      let twin = bySize[section.bytes, default: []].first {
        shared[$0].packing.isSame(as: section.packing)
      }
      if let twin {
        moved[section.offset] = shared[twin].offset
        continue
      }
      var section = section
      moved[section.offset] = bytes
      section.offset = bytes
      bySize[section.bytes, default: []].append(shared.count)
      shared.append(section)
      bytes = roundUp(bytes + section.bytes, to: ModelInterface.alignment)
    }
    result[index].moveWeights(WeightMoves(plans[index].weights, to: moved))
  }
  for index in result.indices {
    result[index].weights = shared
    result[index].interface.weightsBytes = bytes
  }
  return result
}

/// From where weights were to where they are.
private struct WeightMoves {
  private let starts: [Int]
  private let targets: [Int]

  init(_ sections: [WeightSection], to targets: [Int: Int]) {
    starts = sections.map(\.offset).sorted()
    self.targets = starts.map { targets[$0]! }
  }

  /// Where what was at an offset is now: within the section that begins last before it.
  func callAsFunction(_ offset: Int) -> Int {
    guard let index = starts.lastIndex(where: { $0 <= offset }) else { return offset }
    return targets[index] + offset - starts[index]
  }
}

extension Plan {
  fileprivate mutating func moveWeights(_ moved: WeightMoves) {
    for index in steps.indices {
      let old = steps[index].arguments
      if case .imageSteps(var kernel) = steps[index].kernel {
        // Parts count from the beginning of their weights, which no longer lie together.
        for part in kernel.parts.indices {
          for operand in kernel.parts[part].operands.indices {
            let place = kernel.parts[part].operands[operand]
            guard old[place.index].base == .weights else { continue }
            kernel.parts[part].operands[operand].offset = moved(
              old[place.index].offset + place.offset)
          }
        }
        for part in steps[index].parts.indices {
          for argument in steps[index].parts[part].arguments.indices
          where steps[index].parts[part].arguments[argument].base == .weights {
            let offset = steps[index].parts[part].arguments[argument].offset
            let start = old.first { $0.base == .weights }?.offset ?? 0
            steps[index].parts[part].arguments[argument].offset = moved(start + offset)
          }
        }
        steps[index].kernel = .imageSteps(kernel)
        for argument in old.indices where old[argument].base == .weights {
          steps[index].arguments[argument].offset = 0
        }
        continue
      }
      for argument in old.indices where old[argument].base == .weights {
        steps[index].arguments[argument].offset = moved(old[argument].offset)
      }
    }
  }
}

extension Packing {
  /// Whether two sections of the same size hold the same bytes.
  fileprivate func isSame(as other: Packing) -> Bool {
    func packed(_ packing: Packing) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: packing.byteCount) { bytes, count in
        bytes.initialize(repeating: 0)
        packing.pack(into: UnsafeMutableRawBufferPointer(bytes))
        count = bytes.count
      }
    }
    // Layers of one size differ in their first weights; packing both would tell as much, slowly.
    guard firstValues.elementsEqual(other.firstValues, by: { $0.bitPattern == $1.bitPattern })
    else {
      return false
    }
    return packed(self) == packed(other)
  }

  private var firstValues: ArraySlice<Float> {
    switch self {
    case .panels(let tensor, _, _), .winograd(let tensor, _), .strassen(let tensor, _),
      .plain(let tensor), .blocked(let tensor, _):
      tensor.asFloats.prefix(64)
    case .vector(let values): values.prefix(64)
    case .integers(let weights): weights.weight.elements(Int8.self).prefix(64).map(Float.init)[...]
    case .integerWinograd(let weight, _): weight.elements(Int8.self).prefix(64).map(Float.init)[...]
    // Few: indices and fillings.
    case .own: []
    }
  }
}
