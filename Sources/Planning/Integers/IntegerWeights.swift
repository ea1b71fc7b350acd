import GraphIR

/// The weights of an integer convolution as its kernel reads them.
///
/// For every panel a header of i32: where its part begins, then the length of each list of steps that are added so many at once: twos, then steps alone. A part is for every step
/// the bytes from a pixel to the four channels that it takes (i32, whole cache lines), twos first, then weights
/// `[step][vector][lane][4]`, or of 16 bits `[step][2][vector][lane][2]`. Steps whose weights are all 0 are left out.
///
/// Where products are added in pairs of 16 bits, a pair (a, b) of weights is safe iff 255 · (a⁺ + b⁺) ≤ 32,767 and
/// 255 · (a⁻ + b⁻) ≥ -32,768: iff their sum is at most 128 where they have one sign. Of others the second goes into another
/// step at the same place. Steps whose products may be added in 16 bits too are twos: see `IntegerStepTwos`.
/// For NEON's dot products twos are steps of eight channels that lie side by side.
public struct IntegerWeights: Sendable {
  let weight: Tensor
  let kernel: IntegerConvolutionKernel
  let groups: Int
  let dilation: Pair
  private let panels: [PanelSteps]

  /// Bytes of the header of a panel.
  public static let headerBytes = 16

  init(_ weight: Tensor, _ kernel: IntegerConvolutionKernel, groups: Int, dilation: Pair) {
    self.weight = weight
    self.kernel = kernel
    self.groups = groups
    self.dilation = dilation
    let outputs = PanelOutputs(weight.shape, kernel, groups: groups)
    panels = weight.elements(Int8.self).withUnsafeBufferPointer { values in
      (0..<kernel.panels).map { PanelSteps(of: $0, values, outputs, kernel) }
    }
  }

  private func vectors(_ panel: Int) -> Int {
    panel == kernel.panels - 1 ? kernel.lastVectors : kernel.tile.vectors
  }

  /// What the bytes of a panel's places are a multiple of.
  public static let placesAlignment = 64

  /// Bytes of the places of so many steps.
  private static func placeBytes(_ steps: Int) -> Int {
    roundUp(ElementType.int32.bytes(steps), to: placesAlignment)
  }

  /// Bytes of the weights of a step.
  private func stepBytes(_ panel: Int) -> Int {
    ElementType.int32.bytes(kernel.product.linesPerStep * vectors(panel) * kernel.lanes)
  }

  private func byteCount(_ panel: Int) -> Int {
    let steps = panels[panel].steps.count
    return Self.placeBytes(steps) + roundUp(steps * stepBytes(panel), to: 64)
  }

  /// The least cycles that a pixel takes.
  func cyclesPerPixel(_ core: CoreModel) -> Double {
    panels.indices.reduce(0) { sum, panel in
      kernel.stepsAtOnce.reduce(sum) { sum, atOnce in
        sum + Double(vectors(panel) * panels[panel].count(atOnce: atOnce))
          * core.cycles(of: kernel.product, stepsAtOnce: atOnce)
      }
    }
  }

  private var startOfParts: Int { roundUp(Self.headerBytes * kernel.panels, to: 64) }

  /// Bytes of all.
  var byteCount: Int { panels.indices.reduce(startOfParts) { $0 + byteCount($1) } }

  /// - Precondition: `target` holds `byteCount` bytes, all zero.
  func pack(into target: UnsafeMutableRawBufferPointer) {
    let outputs = PanelOutputs(weight.shape, kernel, groups: groups)
    /// Stores one of some numbers that begin at a place.
    func store(_ number: Int, at place: Int, _ index: Int = 0) {
      target.storeBytes(
        of: Int32(number), toByteOffset: place + ElementType.int32.bytes(index), as: Int32.self)
    }
    weight.elements(Int8.self).withUnsafeBufferPointer { values in
      var start = startOfParts
      for (panel, list) in panels.enumerated() {
        let header = Self.headerBytes * panel
        store(start, at: header)
        for (index, atOnce) in kernel.stepsAtOnce.enumerated() {
          store(list.count(atOnce: atOnce), at: header, 1 + index)
        }
        let lines = start + Self.placeBytes(list.steps.count)
        for (index, step) in list.steps.enumerated() {
          store(
            step.row * dilation.height * kernel.pitch
              + step.column * dilation.width * kernel.pixelBytes
              + step.channel * kernel.pixelBytes / kernel.input.columnStride,
            at: start, index)
          let line = lines + index * stepBytes(panel)
          for (lane, output) in outputs.range(of: panel).enumerated() {
            let four = step.part(outputs.four(values, output, step))
            let place = line + ElementType.int32.bytes(lane)
            if kernel.product.isOfWords {
              let words = SIMD4<Int16>(truncatingIfNeeded: four)
              let second = place + stepBytes(panel) / 2
              target.storeBytes(of: words.lowHalf, toByteOffset: place, as: SIMD2<Int16>.self)
              target.storeBytes(of: words.highHalf, toByteOffset: second, as: SIMD2<Int16>.self)
            } else {
              target.storeBytes(of: four, toByteOffset: place, as: FourWeights.self)
            }
          }
        }
        start += byteCount(panel)
      }
    }
  }
}

/// Four channels under a tap, and which part of their weights.
private struct FourChannels {
  enum Part { case all, safe, excess }

  var row, column, channel: Int
  var part: Part

  /// Whether the other takes the next channels.
  func isLeft(of other: FourChannels) -> Bool {
    row == other.row && column == other.column && channel + 4 == other.channel
  }

  func part(_ weights: FourWeights) -> FourWeights {
    switch part {
    case .all: weights
    case .safe: weights &- weights.excess
    case .excess: weights.excess
    }
  }
}

/// The steps of a panel.
private struct PanelSteps {
  /// Twos first, side by side.
  var steps: [FourChannels] = []
  /// How many twos there are.
  private var twos = 0

  /// How many times so many steps are added at once.
  func count(atOnce: Int) -> Int { atOnce == 2 ? twos : steps.count - 2 * twos }

  init(
    of panel: Int, _ values: UnsafeBufferPointer<Int8>, _ outputs: PanelOutputs,
    _ kernel: IntegerConvolutionKernel
  ) {
    let channels = outputs.inputs(of: panel)
    let range = outputs.range(of: panel)
    let parts: [FourChannels.Part] = kernel.product.needsSmallPairs ? [.safe, .excess] : [.all]
    for row in 0..<outputs.shape[2] {
      for column in 0..<outputs.shape[3] {
        for channel in stride(from: channels.lowerBound / 4 * 4, to: channels.upperBound, by: 4) {
          for part in parts {
            let step = FourChannels(row: row, column: column, channel: channel, part: part)
            if range.contains(where: { step.part(outputs.four(values, $0, step)) != .zero }) {
              steps.append(step)
            }
          }
        }
      }
    }
    if kernel.joinsNeighbours { joinNeighbours() }
    guard kernel.product.needsSmallPairs else { return }
    var groups = IntegerStepTwos(steps: steps.count, pairs: 2 * range.count)
    for (index, step) in steps.enumerated() {
      for (lane, output) in range.enumerated() {
        let four = step.part(outputs.four(values, output, step))
        groups.set(index, pair: 2 * lane, four.x, four.y)
        groups.set(index, pair: 2 * lane + 1, four.z, four.w)
      }
    }
    let (order, twos) = groups.ordered()
    steps = order.map { steps[$0] }
    self.twos = twos
  }
}

extension PanelSteps {
  /// Makes twos of steps whose channels are neighbours under one tap.
  private mutating func joinNeighbours() {
    var (joined, alone) = ([FourChannels](), [FourChannels]())
    for step in steps {
      if let last = alone.last, last.isLeft(of: step) {
        joined += [alone.removeLast(), step]
      } else {
        alone.append(step)
      }
    }
    twos = joined.count / 2
    steps = joined + alone
  }
}

/// The weights of four neighbouring input channels.
private typealias FourWeights = SIMD4<Int8>

/// Whether two neighbours might have products whose sum is beyond 16 bits.
private func isUnsafe(_ a: Int8, _ b: Int8) -> Bool {
  let sum = Int(a) + Int(b)
  // Of different signs, neither alone is too large.
  return a.signum() == b.signum() && abs(sum) > 128
}

extension FourWeights {
  /// What does not fit into 16 bits beside the rest.
  fileprivate var excess: FourWeights {
    FourWeights(0, isUnsafe(x, y) ? y : 0, 0, isUnsafe(z, w) ? w : 0)
  }
}

/// Which output channels a panel has, and where their weights are.
private struct PanelOutputs {
  let shape: [Int]
  let panelOutputs, lanes, groupOutputs: Int

  init(_ shape: [Int], _ kernel: IntegerConvolutionKernel, groups: Int) {
    self.shape = shape
    lanes = kernel.lanes
    panelOutputs = kernel.tile.vectors * lanes
    groupOutputs = shape[0] / groups
  }

  func range(of panel: Int) -> Range<Int> {
    panel * panelOutputs..<min((panel + 1) * panelOutputs, shape[0])
  }

  /// The input channels that the outputs of a panel are computed from.
  func inputs(of panel: Int) -> Range<Int> {
    let outputs = range(of: panel)
    let last = (outputs.upperBound - 1) / groupOutputs
    return outputs.lowerBound / groupOutputs * shape[1]..<(last + 1) * shape[1]
  }

  /// The weights of an output for four input channels of the image; 0 where it does not read them.
  func four(
    _ values: UnsafeBufferPointer<Int8>, _ output: Int, _ step: FourChannels
  ) -> FourWeights {
    let first = step.channel - output / groupOutputs * shape[1]
    let taps = shape[2] * shape[3]
    var four = FourWeights.zero
    for index in 0..<4 where first + index >= 0 && first + index < shape[1] {
      four[index] =
        values[(output * shape[1] + first + index) * taps + step.row * shape[3] + step.column]
    }
    return four
  }
}
