import Dispatch
import GraphIR

extension Packing {
  /// Bytes that the packed form takes.
  public var byteCount: Int {
    switch self {
    case .panels(_, let kernel, _): kernel.weightBytes
    case .winograd(_, let kernel): kernel.weightBytes
    case .strassen(_, let kernel): kernel.weightBytes
    case .integers(let weights): weights.byteCount
    case .integerWinograd(_, let kernel): kernel.weightBytes
    case .vector(let values): ElementType.float32.bytes(values.count)
    case .plain(let tensor): tensor.type.storedByteCount
    case .own(let tensor): tensor.type.byteCount
    case .blocked(let tensor, let lanes):
      ImageView.blocked(tensor.shape, lanes: lanes).byteCount(lanes: lanes)
    }
  }

  /// Writes the packed form.
  ///
  /// - Precondition: `target` holds `byteCount` bytes, all zero.
  public func pack(into target: UnsafeMutableRawBufferPointer) {
    let floats = target.bindMemory(to: Float.self)
    switch self {
    case .panels(let weight, let kernel, let groups):
      switch kernel.weightsFormat {
      case .float32: packPanels(weight, kernel, groups: groups, into: floats)
      case .float16:
        packPanels(weight, kernel, groups: groups, into: target.bindMemory(to: Binary16.self))
      case .bfloat16:
        packPanels(weight, kernel, groups: groups, into: target.bindMemory(to: BFloat16.self))
      }
    case .winograd(let weight, let kernel):
      packWinograd(weight, kernel, into: floats)
    case .strassen(let weight, let kernel):
      packStrassen(weight, kernel, into: floats)
    case .integers(let weights): weights.pack(into: target)
    case .integerWinograd(let weight, let kernel): kernel.pack(weight, into: target)
    case .vector(let values):
      _ = floats.update(fromContentsOf: values)
    case .plain(let tensor): _ = floats.update(fromContentsOf: tensor.asFloats)
    case .own(let tensor):
      tensor.withBytes { target.copyMemory(from: $0) }
    case .blocked(let tensor, let lanes):
      packBlocked(tensor, lanes: lanes, into: floats)
    }
  }
}

extension Plan {
  /// Bytes of all packed weights.
  public var weightBytes: Int { interface.weightsBytes }

  /// Packs all weights.
  ///
  /// - Precondition: `target` holds `weightBytes` bytes, all zero.
  public func packWeights(into target: UnsafeMutableRawBufferPointer) {
    // Sections do not overlap, so that any thread may write any of them.
    nonisolated(unsafe) let shared = target
    DispatchQueue.concurrentPerform(iterations: weights.count) { index in
      let section = weights[index]
      section.packing.pack(
        into: UnsafeMutableRawBufferPointer(
          rebasing: shared[section.offset..<(section.offset + section.bytes)]))
    }
  }
}

/// `[panel][block][row][column][channel][vectors × lanes]` from `[K, C / groups, R, S]`.
private func packPanels<Stored: StoredFloat>(
  _ weight: Tensor, _ kernel: ConvolutionKernel, groups: Int,
  into target: UnsafeMutableBufferPointer<Stored>
) {
  let packer = PanelPacker(
    kernel: kernel, groupInputs: weight.shape[1], groupOutputs: kernel.outputChannels / groups)
  weight.floats.withUnsafeBufferPointer { source in
    for panel in 0..<kernel.panels { packer.pack(panel, from: source, into: target) }
  }
}

/// Writes panels in the order of memory, so that a panel of many megabytes goes through the caches
/// once.
private struct PanelPacker {
  let kernel: ConvolutionKernel
  /// Input and output channels of a group of the graph's convolution.
  let groupInputs: Int
  let groupOutputs: Int

  func pack<Stored: StoredFloat>(
    _ panel: Int, from source: UnsafeBufferPointer<Float>,
    into target: UnsafeMutableBufferPointer<Stored>
  ) {
    let lanes = kernel.lanes
    let taps = kernel.kernel.height * kernel.kernel.width
    let vectors = panel == kernel.panels - 1 ? kernel.lastVectors : kernel.tile.vectors
    let width = vectors * lanes
    let firstOutput = panel * kernel.tile.vectors * lanes
    let start = panel * kernel.weightsPerVector * kernel.tile.vectors * lanes
    let perPanel = kernel.weightsPerVector / taps
    var blockStart = start
    for firstChannel in stride(from: 0, to: perPanel, by: lanes) {
      let channels = min(lanes, perPanel - firstChannel)
      for lane in 0..<min(width, kernel.outputChannels - firstOutput) {
        let output = firstOutput + lane
        let offset = firstInput(of: output)
        for channel in 0..<channels {
          let own = firstChannel + channel - offset
          guard own >= 0, own < groupInputs else { continue }
          var from = (output * groupInputs + own) * taps
          var to = blockStart + channel * width + lane
          for _ in 0..<taps {
            target[to] = Stored(rounding: source[from])
            from += 1
            to += channels * width
          }
        }
      }
      blockStart += channels * taps * width
    }
  }

  /// The first channel of an output's group, counted from the first channel that its panel reads.
  /// Groups that cut across vectors are packed densely, so it is not always 0.
  private func firstInput(of output: Int) -> Int {
    guard case .dense(0, _) = kernel.form else { return 0 }
    return groupInputs * (output / groupOutputs)
  }
}

/// `[panel][frequency][block][filter row][channel][vectors × lanes]` of G g Gᵀ from `[K, C, R, R]`,
/// computed in double precision; of g Gᵀ where only rows are transformed. The filters g are those of
/// the phases, and frequencies in the order of the geometry's runs.
private func packWinograd(
  _ weight: Tensor, _ kernel: WinogradProductKernel, into target: UnsafeMutableBufferPointer<Float>
) {
  let packer = WinogradPacker(kernel)
  weight.floats.withUnsafeBufferPointer { source in
    withUnsafeTemporaryAllocation(
      of: WinogradPacker.Outputs.self, capacity: packer.size * packer.taps
    ) { rows in
      for panel in 0..<kernel.product.panels {
        packer.pack(panel, from: source, rows: rows, into: target)
      }
    }
  }
}

/// Transforms the filters of neighbouring output channels together: they lie side by side in a panel.
private struct WinogradPacker {
  let kernel: WinogradProductKernel
  let geometry: WinogradGeometry
  /// G, row-major.
  let matrix: [Double]
  let size: Int
  let taps: Int
  /// For every frequency, the channels that it sums over, and those of all before it.
  let channels: [Int]
  let before: [Int]

  init(_ kernel: WinogradProductKernel) {
    self.kernel = kernel
    geometry = kernel.geometry
    matrix = geometry.transform.filterMatrix.flatMap { $0 }
    size = geometry.transform.inputs
    taps = geometry.transform.taps
    var (channels, before) = (
      [Int](repeating: 0, count: geometry.frequencies),
      [Int](repeating: 0, count: geometry.frequencies)
    )
    var sum = 0
    for run in geometry.runs {
      for row in 0..<run.rows {
        for column in 0..<run.columns {
          let frequency = run.first + row * size + column
          (channels[frequency], before[frequency]) = (run.channels, sum)
          sum += run.channels
        }
      }
    }
    (self.channels, self.before) = (channels, before)
  }

  /// A number of each of neighbouring output channels; as many as fill a vector of every CPU.
  typealias Outputs = SIMD4<Double>

  /// Packs the filters of a panel, channel by channel, so that lines of memory are written whole.
  /// `rows` holds `size` rows of `taps` numbers.
  func pack(
    _ panel: Int, from source: UnsafeBufferPointer<Float>,
    rows: UnsafeMutableBufferPointer<Outputs>,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    let product = kernel.product
    let vectors = panel == product.panels - 1 ? product.lastVectors : product.tile.vectors
    let width = vectors * product.lanes
    let firstOutput = panel * product.tile.vectors * product.lanes
    let outputs = min(width, product.outputChannels - firstOutput)
    let start =
      panel * kernel.panelBytes(vectors: product.tile.vectors) / ElementType.float32.byteCount
    for phase in 0..<geometry.phases.count {
      for own in 0..<geometry.phaseChannels {
        for lane in stride(from: 0, to: outputs, by: Outputs.scalarCount) {
          transformColumns(
            of: own, phase, outputs: (firstOutput + lane)..<(firstOutput + outputs), from: source,
            into: rows)
          transformRows(
            rows, channel: phase * geometry.phaseChannels + own, width: width,
            into: target, at: start + lane)
        }
      }
    }
  }

  /// (G g) Gᵀ of an input channel, written to its places in a panel that starts at `start`.
  private func transformRows(
    _ rows: UnsafeMutableBufferPointer<Outputs>, channel: Int, width: Int,
    into target: UnsafeMutableBufferPointer<Float>, at start: Int
  ) {
    let lanes = kernel.product.lanes
    let block = channel / lanes * lanes
    for row in 0..<(geometry.rowsOnly ? taps : size) {
      for column in 0..<size {
        let frequency = geometry.rowsOnly ? column : row * size + column
        guard channel < channels[frequency] else { continue }
        let blockChannels = min(lanes, channels[frequency] - block)
        let place =
          (before[frequency] + block) * geometry.filterRows
          + (geometry.rowsOnly ? row * blockChannels : 0) + channel - block
        var value = Outputs()
        for tap in 0..<taps { value += rows[row * taps + tap] * matrix[column * taps + tap] }
        let floats = SIMD4<Float>(value)
        for lane in 0..<Outputs.scalarCount { target[start + place * width + lane] = floats[lane] }
      }
    }
  }

  /// G g for the filters of an input channel and a phase, `[size][taps]`, or g itself where only
  /// rows are transformed; zero for outputs that there are not.
  private func transformColumns(
    of channel: Int, _ phase: Int, outputs: Range<Int>, from source: UnsafeBufferPointer<Float>,
    into rows: UnsafeMutableBufferPointer<Outputs>
  ) {
    let (stride, window) = (geometry.phases.stride, geometry.phases.taps)
    let (top, left) = (phase / stride, phase % stride)
    let step = geometry.phaseChannels * window * window
    let filter = outputs.lowerBound * step + channel * window * window
    let count = min(outputs.count, Outputs.scalarCount)
    func tap(_ row: Int, _ column: Int) -> Outputs {
      let (y, x) = (row * stride + top, column * stride + left)
      var result = Outputs()
      guard y < window, x < window else { return result }
      for lane in 0..<count {
        result[lane] = Double(source[filter + lane * step + y * window + x])
      }
      return result
    }
    for column in 0..<taps {
      for row in 0..<size { rows[row * taps + column] = Outputs() }
      for other in 0..<taps {
        let numbers = tap(other, column)
        if geometry.rowsOnly {
          rows[other * taps + column] = numbers
        } else {
          for row in 0..<size {
            rows[row * taps + column] += matrix[row * taps + other] * numbers
          }
        }
      }
    }
  }
}

/// `[panel][matrix][channel][vectors × lanes]` of a `StrassenKernel`'s matrices from `[K, C, 1, 1]`,
/// computed in double precision.
private func packStrassen(
  _ weight: Tensor, _ kernel: StrassenKernel, into target: UnsafeMutableBufferPointer<Float>
) {
  let product = kernel.product
  let channels = product.inputChannels
  let width = product.tile.vectors * product.lanes
  let matrixCount = StrassenKernel.Weights.allCases.count
  weight.floats.withUnsafeBufferPointer { source in
    for output in 0..<product.outputChannels {
      let upper = output * 2 * channels
      let lower = upper + product.outputChannels * 2 * channels
      let place = output / width * matrixCount * channels * width + output % width
      for channel in 0..<channels {
        let (a11, a12) = (
          Double(source[upper + channel]), Double(source[upper + channels + channel])
        )
        let (a21, a22) = (
          Double(source[lower + channel]), Double(source[lower + channels + channel])
        )
        let s1 = a21 + a22
        let s2 = s1 - a11
        func set(_ matrix: StrassenKernel.Weights, _ value: Double) {
          target[place + (matrix.rawValue * channels + channel) * width] = Float(value)
        }
        set(.a11, a11)
        set(.a12, a12)
        set(.s2, s2)
        set(.s3, a11 - a21)
        set(.minusA22, -a22)
        set(.s1, s1)
        set(.s4, a12 - s2)
      }
    }
  }
}

private func packBlocked(
  _ tensor: Tensor, lanes: Int, into target: UnsafeMutableBufferPointer<Float>
) {
  let view = ImageView.blocked(tensor.shape, lanes: lanes)
  tensor.asFloats.withUnsafeBufferPointer { source in
    var index = 0
    for image in 0..<view.batch {
      for channel in 0..<view.channels {
        let start =
          image * view.batchStride + channel / lanes * view.blockStride + channel % lanes
        for pixel in 0..<(view.height * view.width) {
          target[start + pixel * lanes] = source[index]
          index += 1
        }
      }
    }
  }
}
