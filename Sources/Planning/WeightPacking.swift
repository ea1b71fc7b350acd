import Dispatch
import GraphIR

extension Packing {
  /// Bytes that the packed form takes.
  public var byteCount: Int {
    switch self {
    case .panels(_, let kernel, _): kernel.weightBytes
    case .winograd(_, let kernel): kernel.weightBytes
    case .strassen(_, let kernel): kernel.weightBytes
    case .vector(let values): values.count * 4
    case .plain(let tensor): tensor.type.storedByteCount
    case .blocked(let tensor, let lanes):
      ImageView.blocked(tensor.shape, lanes: lanes).byteCount(lanes: lanes)
    }
  }

  /// Writes the packed form.
  ///
  /// - Precondition: `target` holds `byteCount` bytes, all zero.
  public func pack(into target: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .panels(let weight, let kernel, let groups):
      packPanels(weight, kernel, groups: groups, into: target)
    case .winograd(let weight, let kernel):
      packWinograd(weight, kernel, into: target)
    case .strassen(let weight, let kernel):
      packStrassen(weight, kernel, into: target)
    case .vector(let values):
      _ = target.update(fromContentsOf: values)
    case .plain(let tensor): _ = target.update(fromContentsOf: tensor.storedFloats)
    case .blocked(let tensor, let lanes):
      packBlocked(tensor, lanes: lanes, into: target)
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
    let floats = target.bindMemory(to: Float.self)
    // Sections do not overlap, so that any thread may write any of them.
    nonisolated(unsafe) let shared = floats
    DispatchQueue.concurrentPerform(iterations: weights.count) { index in
      let section = weights[index]
      let start = section.offset / 4
      section.packing.pack(
        into: UnsafeMutableBufferPointer(rebasing: shared[start..<(start + section.bytes / 4)]))
    }
  }
}

/// `[panel][block][row][column][channel][vectors × lanes]` from `[K, C / groups, R, S]`.
private func packPanels(
  _ weight: Tensor, _ kernel: ConvolutionKernel, groups: Int,
  into target: UnsafeMutableBufferPointer<Float>
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

  func pack(
    _ panel: Int, from source: UnsafeBufferPointer<Float>,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    let lanes = kernel.lanes
    let taps = kernel.kernel.height * kernel.kernel.width
    let vectors = panel == kernel.panels - 1 ? kernel.lastVectors : kernel.tile.vectors
    let width = vectors * lanes
    let firstOutput = panel * kernel.tile.vectors * lanes
    let start = panel * kernel.panelBytes(vectors: kernel.tile.vectors) / 4
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
            target[to] = source[from]
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

/// `[panel][frequency][block][filter row][channel][vectors × lanes]` of G g Gᵀ from `[K, C, 3, 3]`,
/// computed in double precision; of g Gᵀ where only rows are transformed.
private func packWinograd(
  _ weight: Tensor, _ kernel: WinogradProductKernel, into target: UnsafeMutableBufferPointer<Float>
) {
  let geometry = kernel.geometry
  let matrix = geometry.transform.filterMatrix.flatMap { $0 }
  let size = geometry.transform.inputs
  let product = kernel.product
  let channels = geometry.inputChannels
  let width = product.tile.vectors * product.lanes
  // The rows of a filter, or of G g.
  let lines = geometry.rowsOnly ? 3 : size
  withUnsafeTemporaryAllocation(of: Double.self, capacity: lines * 3) { rows in
    weight.floats.withUnsafeBufferPointer { source in
      matrix.withUnsafeBufferPointer { g in
        for output in 0..<product.outputChannels {
          let panel = output / width
          let lane = output % width
          let vectors = panel == product.panels - 1 ? product.lastVectors : product.tile.vectors
          let panelWidth = vectors * product.lanes
          let start =
            panel * product.panelBytes(vectors: product.tile.vectors) / 4 * geometry.frequencies
          for channel in 0..<channels {
            let filter = (output * channels + channel) * 9
            for row in 0..<lines {
              for column in 0..<3 {
                rows[row * 3 + column] =
                  geometry.rowsOnly
                  ? Double(source[filter + row * 3 + column])
                  : g[row * 3] * Double(source[filter + column])
                    + g[row * 3 + 1] * Double(source[filter + 3 + column])
                    + g[row * 3 + 2] * Double(source[filter + 6 + column])
              }
            }
            let block = channel / product.lanes
            let blockChannels = min(product.lanes, channels - block * product.lanes)
            for row in 0..<lines {
              let tap = geometry.rowsOnly ? row : 0
              let place =
                block * product.lanes * geometry.filterRows + tap * blockChannels
                + channel % product.lanes
              for column in 0..<size {
                let value =
                  rows[row * 3] * g[column * 3] + rows[row * 3 + 1] * g[column * 3 + 1]
                  + rows[row * 3 + 2] * g[column * 3 + 2]
                let frequency = geometry.rowsOnly ? column : row * size + column
                let before = frequency * channels * geometry.filterRows + place
                target[start + before * panelWidth + lane] = Float(value)
              }
            }
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
  tensor.storedFloats.withUnsafeBufferPointer { source in
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
