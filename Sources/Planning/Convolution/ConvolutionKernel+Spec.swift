import GraphIR

extension ConvolutionKernel: KernelSpec {
  package var anyKernel: Kernel { .convolution(self) }

  package var operands: [OperandRole] {
    .ofConvolution(residual: residual, output: output, scaled: scaled, scratch: scratch)
  }

  package var operations: Int? { multiplications }

  /// Operations of the products alone.
  var multiplications: Int {
    2 * batch * rows * columns * outputBlocks * lanes * weightsPerVector
  }

  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? {
    KernelTime(
      cycles: machine.directCycles(self, threads: threads, together: together),
      weightBytes: weightBytes)
  }

  package var panelVectors: Int? { tile.vectors }
  package var buysLittle: Bool { false }

  package var printedName: String {
    let groups =
      switch form {
      case .dense(0, _): ""
      case .dense: " grouped"
      case .lanes(let size): size == 1 ? " depthwise" : " groups of \(size)"
      }
    let stride = rowWindow.stride == 1 ? "" : "/\(rowWindow.stride)"
    let epilogue = printedEpilogue(residual, then, scaled)
    let channels: String
    if case .lanes = form {
      channels = "\(outputChannels)"
    } else {
      channels = "\(inputChannels)→\(outputChannels)"
    }
    return
      "direct \(kernel.height)×\(kernel.width)\(stride)\(groups) \(channels) @\(rows)×\(columns)\(epilogue)"
      + (weightsFormat == .float32 ? "" : " \(weightsFormat.rawValue) weights")
  }

  package var printedTile: String? {
    "\(tile.columns)p×\(tile.vectors)v" + (chunkBlocks.map { ", chunks of \($0)" } ?? "")
  }

  package var printedLayout: String {
    let output = padsOutput ? blockedLayout(lanes) : "rows"
    return (channelStep == 1 ? output : "NCHW") + "→" + output
  }
}
