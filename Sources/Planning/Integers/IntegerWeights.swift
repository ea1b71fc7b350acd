import GraphIR

/// The weights of an integer convolution as its kernel reads them.
///
/// For every panel a header: where its part begins, the number of its steps, then the number of steps that each of its vectors takes besides
/// (i32 each). A part is a list of steps for the whole panel, then one for each vector: the bytes from a pixel to the four
/// channels that a step takes (i32, whole cache lines), then weights `[step][vector][lane][4]`. Steps whose weights are all 0 are left
/// out.
///
/// Where products are added in pairs of 16 bits, a pair (a, b) of weights is safe iff 255 · (a⁺ + b⁺) ≤ 32,767 and
/// 255 · (a⁻ + b⁻) ≥ -32,768: iff their sum is at most 128 where they have one sign. Of others the second goes into a step of
/// its vector, at the same place.
public struct IntegerWeights: Sendable {
  let weight: Tensor
  let kernel: IntegerConvolutionKernel
  let groups: Int
  let dilation: Pair
  private let panels: [PanelSteps]

  /// Bytes of a panel's header: room for the steps of so many vectors.
  public static let headerBytes = 32

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

  /// Bytes of a list of steps, each for so many vectors.
  private func byteCount(_ steps: [FourChannels], vectors: Int) -> Int {
    roundUp(4 * steps.count, to: 64) + roundUp(steps.count * vectors * kernel.lanes * 4, to: 64)
  }

  private var startOfParts: Int { roundUp(Self.headerBytes * kernel.panels, to: 64) }

  /// Bytes of all.
  var byteCount: Int {
    panels.enumerated().reduce(startOfParts) { bytes, panel in
      panel.element.excess.reduce(
        bytes + byteCount(panel.element.steps, vectors: vectors(panel.offset))
      ) {
        $0 + byteCount($1, vectors: 1)
      }
    }
  }

  /// - Precondition: `target` holds `byteCount` bytes, all zero.
  func pack(into target: UnsafeMutableRawBufferPointer) {
    let outputs = PanelOutputs(weight.shape, kernel, groups: groups)
    weight.elements(Int8.self).withUnsafeBufferPointer { values in
      var start = startOfParts
      /// Writes a list of steps for some outputs.
      func write(
        _ steps: [FourChannels], _ range: Range<Int>, vectors: Int,
        _ part: (FourWeights) -> FourWeights
      ) {
        let lines = start + roundUp(4 * steps.count, to: 64)
        for (index, step) in steps.enumerated() {
          let place =
            step.row * dilation.height * kernel.pitch
            + step.column * dilation.width * kernel.input.columnStride + step.channel
          target.storeBytes(of: Int32(place), toByteOffset: start + 4 * index, as: Int32.self)
          let line = lines + index * vectors * kernel.lanes * 4
          for (lane, output) in range.enumerated() {
            target.storeBytes(
              of: part(outputs.four(values, output, step)), toByteOffset: line + 4 * lane,
              as: FourWeights.self)
          }
        }
        start += byteCount(steps, vectors: vectors)
      }
      for (panel, lists) in panels.enumerated() {
        let header = [start, lists.steps.count] + lists.excess.map(\.count)
        for (index, number) in header.enumerated() {
          target.storeBytes(
            of: Int32(number), toByteOffset: Self.headerBytes * panel + 4 * index, as: Int32.self)
        }
        write(lists.steps, outputs.range(of: panel), vectors: vectors(panel)) {
          kernel.product.needsSmallPairs ? $0.safe : $0
        }
        for (vector, steps) in lists.excess.enumerated() {
          write(steps, outputs.range(of: panel, vector: vector), vectors: 1) { $0.excess }
        }
      }
    }
  }
}

/// Four channels under a tap.
private struct FourChannels {
  var row, column, channel: Int
}

/// The steps of a panel.
private struct PanelSteps {
  var steps: [FourChannels] = []
  /// For each vector, the steps that hold what does not fit into the others; none where none is needed.
  var excess: [[FourChannels]] = []

  init(
    of panel: Int, _ values: UnsafeBufferPointer<Int8>, _ outputs: PanelOutputs,
    _ kernel: IntegerConvolutionKernel
  ) {
    let channels = outputs.inputs(of: panel)
    let vectors = panel == kernel.panels - 1 ? kernel.lastVectors : kernel.tile.vectors
    if kernel.product.needsSmallPairs { excess = Array(repeating: [], count: vectors) }
    for row in 0..<outputs.shape[2] {
      for column in 0..<outputs.shape[3] {
        for channel in stride(from: channels.lowerBound / 4 * 4, to: channels.upperBound, by: 4) {
          let step = FourChannels(row: row, column: column, channel: channel)
          if outputs.range(of: panel).contains(where: { outputs.four(values, $0, step) != .zero }) {
            steps.append(step)
          }
          for vector in excess.indices
          where outputs.range(of: panel, vector: vector).contains(where: {
            outputs.four(values, $0, step).hasUnsafePair
          }) {
            excess[vector].append(step)
          }
        }
      }
    }
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
  fileprivate var hasUnsafePair: Bool { isUnsafe(x, y) || isUnsafe(z, w) }

  /// What goes into the step of the whole panel, and what into the one of the vector.
  fileprivate var safe: FourWeights { self &- excess }

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

  func range(of panel: Int, vector: Int) -> Range<Int> {
    let first = min(panel * panelOutputs + vector * lanes, shape[0])
    return first..<min(first + lanes, shape[0])
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
