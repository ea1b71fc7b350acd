import Diagnostics

/// One kind of generated code, specialised for shapes; layers with equal kernels share one
/// function.
public enum Kernel: Hashable, Sendable {
  case convolution(ConvolutionKernel)
  case winogradInput(WinogradInputKernel)
  case winogradProduct(WinogradProductKernel)
  case winogradBlocks(WinogradBlocksKernel)
  case strassen(StrassenKernel)
  case integerConvolution(IntegerConvolutionKernel)
  case integerWinograd(IntegerWinogradKernel)
  case pool(PoolKernel)
  case globalAverage(GlobalAverageKernel)
  case resize(ResizeKernel)
  case localResponse(LocalResponseKernel)
  case elementwise(ElementwiseKernel)
  case shortcut(ShortcutKernel)
  case reorder(ReorderKernel)
  case reduce(ReduceKernel)
  case matrixMultiply(MatrixMultiplyKernel)
  case attention(AttentionKernel)
  case topIndices(TopIndicesKernel)
  case gather(GatherKernel)
  case scatter(ScatterKernel)
  case alignRegions(AlignRegionsKernel)
  case suppressBoxes(SuppressBoxesKernel)
  case truePlaces(TruePlacesKernel)
  case convert(ConvertKernel)
  case imageSteps(ImageStepsKernel)

  /// The kernel, whatever its kind.
  package var spec: any KernelSpec {
    switch self {
    case .convolution(let kernel): kernel
    case .winogradInput(let kernel): kernel
    case .winogradProduct(let kernel): kernel
    case .winogradBlocks(let kernel): kernel
    case .strassen(let kernel): kernel
    case .integerConvolution(let kernel): kernel
    case .integerWinograd(let kernel): kernel
    case .pool(let kernel): kernel
    case .globalAverage(let kernel): kernel
    case .resize(let kernel): kernel
    case .localResponse(let kernel): kernel
    case .elementwise(let kernel): kernel
    case .shortcut(let kernel): kernel
    case .reorder(let kernel): kernel
    case .reduce(let kernel): kernel
    case .matrixMultiply(let kernel): kernel
    case .attention(let kernel): kernel
    case .topIndices(let kernel): kernel
    case .gather(let kernel): kernel
    case .scatter(let kernel): kernel
    case .alignRegions(let kernel): kernel
    case .suppressBoxes(let kernel): kernel
    case .truePlaces(let kernel): kernel
    case .convert(let kernel): kernel
    case .imageSteps(let kernel): kernel
    }
  }
}

extension Kernel {
  /// Independent shares of the work, in an order that fits caches.
  public var tasks: Int { spec.tasks }

  /// What becomes of the operands of a step.
  package var operands: [OperandRole] { spec.operands }

  /// The scratch of each task; nil for kernels that need none.
  public var scratch: TaskScratch? {
    get { spec.scratch }
    set {
      var changed = spec
      changed.scratch = newValue
      self = changed.anyKernel
    }
  }

  /// What it does: `direct 3×3/2 64→128 @28×28 +add +relu`.
  public var printedName: String { spec.printedName }

  /// The register tile and the split into tasks: `14p×2v, 16 tasks`.
  public var printedTiles: String {
    let share = quantity(tasks, "task")
    return spec.printedTile.map { "\($0), \(share)" } ?? share
  }

  /// The layout of what it reads and writes.
  public var printedLayout: String { spec.printedLayout }
}
