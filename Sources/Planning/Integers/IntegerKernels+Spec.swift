import GraphIR

extension IntegerConvolutionKernel: KernelSpec {
  package var anyKernel: Kernel { .integerConvolution(self) }

  /// Image, weights, bias, scale, then the output.
  package var operands: [OperandRole] { .reading(4, scratch: scratch) }

  package var operations: Int? { nil }
  // Its steps are in its weights: `IntegerWeights.cyclesPerPixel`.
  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? { nil }
  // Tiles follow the layer alone, so that plans for other sizes have the same panels.
  package var panelVectors: Int? { nil }
  package var buysLittle: Bool { false }

  package var printedName: String {
    let stride = stride.height == 1 ? "" : "/\(stride.height)"
    return
      "integer \(window.height)×\(window.width)\(stride) \(input.channels)→\(output.channels) "
      + "@\(output.height)×\(output.width) to \(output.element.rawValue)"
  }

  package var printedTile: String? {
    "\(tile.columns)p×\(tile.vectors)v" + (product.isOfWords ? " of words" : "")
  }

  package var printedLayout: String {
    "NHWC→" + (output.element == .uint8 ? "NHWC" : blockedLayout(lanes))
  }
}

extension IntegerWinogradKernel: KernelSpec {
  package var anyKernel: Kernel { .integerWinograd(self) }

  /// Image, weights, bias, scale, then the output.
  package var operands: [OperandRole] { .reading(4, scratch: scratch) }

  package var operations: Int? { nil }
  // As that of the direct one, which it is weighed against before.
  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? { nil }
  package var panelVectors: Int? { nil }
  package var buysLittle: Bool { false }

  package var printedName: String {
    "winograd F(\(transform.outputs),3) " + convolution.printedName
  }

  package var printedTile: String? {
    "\(convolution.tile.columns)p×\(convolution.tile.vectors)v, blocks of \(blockTiles)"
  }

  package var printedLayout: String { convolution.printedLayout }
}
