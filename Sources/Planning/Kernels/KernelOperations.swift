extension Step {
  /// Floating-point operations that the kernel does, a multiply-add counted as two, full vectors
  /// where channels do not fill them: what the time is to be held against. `flops` says what the
  /// definition asks for, which is more with Winograd's algorithm.
  public var operations: Int {
    switch kernel {
    case .convolution(let kernel): kernel.operations
    case .winogradInput(let kernel): kernel.geometry.inputOperations
    case .winogradProduct(let kernel): kernel.operations
    case .winogradBlocks(let kernel):
      kernel.panelGroups * kernel.geometry.inputOperations + kernel.product.operations
    case .strassen(let kernel): kernel.operations
    case .imageSteps(let kernel): kernel.images * parts.reduce(0) { $0 + $1.operations }
    default: flops
    }
  }
}

extension Plan {
  /// Bytes of packed weights that a step reads, biases included, each counted once.
  public func weightBytes(of step: Step) -> Int {
    func bytes(_ arguments: [Location], from start: Int) -> Int {
      arguments.reduce(0) { sum, argument in
        guard argument.base == .weights,
          let section = weights.first(where: { $0.offset == start + argument.offset })
        else { return sum }
        return sum + section.bytes
      }
    }
    guard !step.parts.isEmpty else { return bytes(step.arguments, from: 0) }
    let start = step.arguments.first { $0.base == .weights }?.offset ?? 0
    return step.parts.reduce(0) { $0 + bytes($1.arguments, from: start) }
  }
}

extension ConvolutionKernel {
  fileprivate var operations: Int {
    2 * batch * rows * columns * outputBlocks * lanes * weightsPerVector
  }
}

extension WinogradProductKernel {
  /// The products, then Aᵀ m A of every tile: m outputs of m + r - 1 products a row, first for all
  /// columns where rows are transformed too.
  fileprivate var operations: Int {
    let (outputs, inputs) = (geometry.transform.outputs, geometry.transform.inputs)
    let channels = product.outputBlocks * product.lanes
    let products = weightsPerVector
    let lines = geometry.rowsOnly ? 1 : inputs + outputs
    return 2 * geometry.tiles * channels * (products + outputs * inputs * lines)
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
}

extension StrassenKernel {
  /// Seven products of quarters, four sums for every quarter of pixels, and seven for every quarter
  /// of results.
  fileprivate var operations: Int {
    let quarters =
      Self.transforms * transformStride
      + 7 * product.columns * product.outputBlocks * product.lanes
    return blocks * (Weights.allCases.count * product.operations + quarters)
  }
}
