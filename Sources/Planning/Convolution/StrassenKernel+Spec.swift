extension StrassenKernel: KernelSpec {
  package var anyKernel: Kernel { .strassen(self) }

  package var operands: [OperandRole] {
    .ofConvolution(
      residual: product.residual, output: product.output, scaled: product.scaled, scratch: scratch)
  }

  /// Seven products of quarters, four sums for every quarter of pixels, and seven for every quarter
  /// of results.
  package var operations: Int? {
    let quarters =
      Self.transforms * transformStride
      + 7 * product.columns * product.outputBlocks * product.lanes
    return blocks * (Weights.allCases.count * product.multiplications + quarters)
  }

  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? {
    KernelTime(
      cycles: machine.strassenCycles(self, threads: threads, together: together),
      weightBytes: weightBytes)
  }

  package var panelVectors: Int? { product.tile.vectors }
  package var buysLittle: Bool { true }

  package var printedName: String {
    "strassen 1×1 \(2 * product.inputChannels)→\(2 * product.outputChannels) "
      + "@\(blocksPerImage * blockPixels)"
      + printedEpilogue(product.residual, product.then, product.scaled)
  }

  package var printedTile: String? {
    "\(product.tile.columns)p×\(product.tile.vectors)v, blocks of \(blockPixels)"
  }

  package var printedLayout: String {
    blockedLayout(product.lanes) + "→" + blockedLayout(product.lanes)
  }
}
