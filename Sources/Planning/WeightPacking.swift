import GraphIR

extension Packing {
  /// Bytes that the packed form takes.
  public var byteCount: Int {
    switch self {
    case .panels(_, let kernel, _): kernel.weightBytes
    case .vector(let values): values.count * 4
    case .plain(let tensor): tensor.type.byteCount
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
    case .vector(let values):
      _ = target.update(fromContentsOf: values)
    case .plain(let tensor):
      _ = target.update(fromContentsOf: tensor.floats)
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
    for section in weights {
      let start = section.offset / 4
      section.packing.pack(
        into: UnsafeMutableBufferPointer(rebasing: floats[start..<(start + section.bytes / 4)]))
    }
  }
}

/// `[panel][block][row][column][channel][vectors × lanes]` from `[K, C / groups, R, S]`.
private func packPanels(
  _ weight: Tensor, _ kernel: ConvolutionKernel, groups: Int,
  into target: UnsafeMutableBufferPointer<Float>
) {
  let lanes = kernel.lanes
  let taps = kernel.kernel.height * kernel.kernel.width
  let groupInputs = weight.shape[1]
  let groupOutputs = kernel.outputChannels / groups
  weight.floats.withUnsafeBufferPointer { source in
    for output in 0..<kernel.outputChannels {
      let panel = output / (lanes * kernel.tile.vectors)
      let vectors = panel == kernel.panels - 1 ? kernel.lastVectors : kernel.tile.vectors
      let width = vectors * lanes
      let panelStart = panel * kernel.panelBytes(vectors: kernel.tile.vectors) / 4
      let lane = output % (lanes * kernel.tile.vectors)
      // Groups that cut across vectors are packed densely: the panel's first channel is not the group's.
      let firstChannel: Int
      let perPanel: Int
      switch kernel.form {
      case .lanes(let size): (firstChannel, perPanel) = (0, size)
      case .dense(0, _):
        (firstChannel, perPanel) = (groupInputs * (output / groupOutputs), kernel.inputChannels)
      case .dense: (firstChannel, perPanel) = (0, kernel.inputChannels)
      }
      for channel in 0..<groupInputs {
        let inner = firstChannel + channel
        let block = inner / lanes
        let blockChannels = min(lanes, perPanel - block * lanes)
        let blockStart = panelStart + block * lanes * taps * width
        let from = (output * groupInputs + channel) * taps
        for tap in 0..<taps {
          let to = blockStart + (tap * blockChannels + inner % lanes) * width + lane
          target[to] = source[from + tap]
        }
      }
    }
  }
}

private func packBlocked(
  _ tensor: Tensor, lanes: Int, into target: UnsafeMutableBufferPointer<Float>
) {
  let view = ImageView.blocked(tensor.shape, lanes: lanes)
  tensor.floats.withUnsafeBufferPointer { source in
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
