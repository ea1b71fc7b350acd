import GraphIR

extension WinogradInputKernel: KernelWithoutScratch {
  package var anyKernel: Kernel { .winogradInput(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var operations: Int? { geometry.inputOperations }
  // The product's time is that of both.
  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? { nil }
  package var panelVectors: Int? { nil }
  package var buysLittle: Bool { false }
  package var printedName: String {
    "winograd input \(geometry.printedTransform) \(geometry.phaseChannels) "
      + "@\(geometry.height)×\(geometry.width)"
  }
  package var printedTile: String? { nil }
  package var printedLayout: String { blockedLayout(geometry.lanes) + "→tiles" }
}

extension WinogradProductKernel: KernelSpec {
  package var anyKernel: Kernel { .winogradProduct(self) }

  package var operands: [OperandRole] {
    .ofConvolution(residual: residual, output: output, scaled: scaled, scratch: scratch)
  }

  package var scratchBytes: Int { productBytes }

  package var operations: Int? { productOperations }

  /// The products, then Aᵀ m A of every tile: m outputs of m + r - 1 products a row, first for all
  /// columns where rows are transformed too.
  fileprivate var productOperations: Int {
    let (outputs, inputs) = (geometry.transform.outputs, geometry.transform.inputs)
    let channels = product.outputBlocks * product.lanes
    let products = weightsPerVector
    let lines = geometry.rowsOnly ? 1 : inputs + outputs
    return 2 * geometry.tiles * channels * (products + outputs * inputs * lines)
  }

  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? {
    KernelTime(
      cycles: machine.winogradCycles(self, threads: threads, together: together),
      weightBytes: weightBytes)
  }

  package var panelVectors: Int? { product.tile.vectors }
  package var buysLittle: Bool {
    geometry.phases.stride > 1 || geometry.transform.outputs == 3
  }

  package var printedName: String {
    "winograd \(geometry.printedTransform) "
      + "\(geometry.phaseChannels)→\(product.outputChannels) @\(geometry.height)×\(geometry.width)"
      + printedEpilogue(residual, then, scaled)
  }

  package var printedTile: String? {
    "\(product.tile.columns)t×\(product.tile.vectors)v, blocks of \(geometry.blockTiles)"
  }

  package var printedLayout: String { "tiles→" + blockedLayout(geometry.lanes) }
}

extension WinogradBlocksKernel: KernelSpec {
  package var anyKernel: Kernel { .winogradBlocks(self) }

  package var operands: [OperandRole] {
    .ofConvolution(
      residual: product.residual, output: product.output, scaled: product.scaled, scratch: scratch)
  }

  package var operations: Int? {
    panelGroups * geometry.inputOperations + product.productOperations
  }

  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? {
    KernelTime(
      cycles: machine.winogradCycles(self, threads: threads, together: together),
      weightBytes: product.weightBytes)
  }

  package var panelVectors: Int? { product.panelVectors }
  // The phases of a row-major image have few channels.
  package var buysLittle: Bool { phaseImage == nil && product.buysLittle }

  package var printedName: String {
    product.printedName + (pool.map { " +\($0.kernel.printedWindow)" } ?? "")
  }

  package var printedTile: String? { product.printedTile.map { $0 + " transformed together" } }

  package var printedLayout: String {
    image.printedLayout(geometry.lanes) + "→" + blockedLayout(geometry.lanes)
  }
}

extension WinogradGeometry {
  /// Bᵀ d B of every tile: all coefficients that are not 0, once for columns and, where they are
  /// transformed too, once for rows.
  fileprivate var inputOperations: Int {
    let coefficients = transform.inputMatrix.reduce(0) { $0 + $1.filter { $0 != 0 }.count }
    let lines = rowsOnly ? 1 : 2 * transform.inputs
    return 2 * storedTiles * channelBlocks * lanes * lines * coefficients
  }

  fileprivate var printedTransform: String {
    "F(\(transform.outputs),\(transform.taps))"
      + (phases.stride == 1 ? "" : " \(phases.taps)×\(phases.taps)/\(phases.stride)")
      + (rowsOnly ? " rows" : "")
  }
}
