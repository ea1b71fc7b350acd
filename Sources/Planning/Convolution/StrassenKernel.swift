import GraphIR

/// A 1×1 convolution by one step of the Strassen–Winograd algorithm: seven products of quarters
/// where the definition has eight.
///
/// Weights A, `[K, C]`, and pixels B, `[C, P]`, are cut in half both ways. With
///
///     S1 = A21 + A22    T1 = B12 − B11
///     S2 = S1 − A11     T2 = B22 − T1
///     S3 = A11 − A21    T3 = B22 − B12
///     S4 = A12 − S2     T4 = T2 − B21
///
/// and U2 = A11·B11 + S2·T2, U3 = U2 + S3·T3, the quarters of the result are
///
///     C11 = A11·B11 + A12·B21     C12 = U2 + S1·T1 + S4·B22
///     C21 = U3 − A22·T4           C22 = U3 + S1·T1
///
/// (S. Winograd, On multiplication of 2×2 matrices, 1971; the schedule of D. H. Bailey et al.,
/// Using Strassen's algorithm to accelerate the solution of linear systems, 1990.) The seven
/// matrices of weights are computed when the model is compiled. A task computes T1 to T4 of a block
/// of pixels into a scratch of its own, then the seven products of a panel one after the other, each
/// for all tiles of the block. A product starts from the sums that it adds to, so sums of products
/// cost nothing; those that another product needs wait in the scratch.
public struct StrassenKernel: Hashable, Sendable {
  /// The product of two quarters of a block as a convolution over half of the block's pixels in one
  /// row, with the steps of the whole images.
  public var product: ConvolutionKernel
  public var batch: Int
  /// Blocks of pixels in an image.
  public var blocksPerImage: Int
  /// Blocks that a task computes one after the other, in the same scratch.
  public var blocksPerTask: Int
  /// Where a task computes from its pixels, and where sums wait.
  public var scratch: TaskScratch? = nil

  /// The matrices of weights, in the order in which they are packed and used.
  public enum Weights: Int, CaseIterable, Sendable {
    case a11, a12, s2, s3, minusA22, s1, s4
  }

  /// Matrices computed from the pixels: T1, T2, T3 and T4.
  public static let transforms = 4

  /// Pixels of a block.
  public var blockPixels: Int { 2 * product.columns }
  public var blocks: Int { batch * blocksPerImage }
  public var tasks: Int { (blocks + blocksPerTask - 1) / blocksPerTask }

  /// Bytes of all packed weights, `[panel][matrix][channel][vectors × lanes]`.
  public var weightBytes: Int { Weights.allCases.count * product.weightBytes }

  /// The product with the steps of a matrix computed from pixels, `[channels / lanes][pixel][lanes]`.
  public var transformedProduct: ConvolutionKernel {
    var kernel = product
    kernel.input = .init(
      batch: 0, block: product.columns * product.lanes, row: 0, column: product.lanes)
    return kernel
  }

  /// Elements of one matrix computed from pixels.
  public var transformStride: Int { product.wholeBlocks * product.columns * product.lanes }

  /// Bytes of what a task computes from its pixels.
  public var transformBytes: Int {
    ElementType.float32.bytes(Self.transforms * transformStride)
  }

  /// Quarters of a panel whose sums wait until another product goes on with them.
  public static let keptQuarters = 2

  /// Bytes of the sums of a quarter of a panel.
  public var quarterBytes: Int {
    ElementType.float32.bytes(product.columns * product.tile.vectors * product.lanes)
  }

  /// Bytes of a task's scratch: what it computes from its pixels, then the sums that wait.
  public var scratchBytes: Int { transformBytes + Self.keptQuarters * quarterBytes }
}

extension Machine {
  /// The kernel of a 1×1 convolution by Strassen's algorithm, or nil where it does not fit: channels
  /// must fill pairs of vectors, and pixels blocks of two equal halves of about a hundred or fewer.
  func strassenKernel(for problem: ConvolutionProblem, threads: Int) -> StrassenKernel? {
    let (input, output, attributes) = (problem.input, problem.output, problem.attributes)
    let images =
      [steps(input), steps(output)]
      + [problem.residual.map { steps($0) }, problem.scaled?.output]
      .compactMap { $0 }
    guard problem.kernel == Pair(1), attributes.stride == Pair(1), attributes.padding == Padding(0),
      problem.groups == 1, !problem.columnsAreImages,
      input.padsChannels, output.padsChannels,
      input.channels % (2 * lanes) == 0, output.channels % (2 * lanes) == 0,
      images.allSatisfy({ $0.row == output.width * $0.column })
    else { return nil }
    var product = ConvolutionKernel(
      lanes: lanes, form: .dense(panelsPerGroup: 0, inputBlocksPerGroup: 0), batch: 1, rows: 1,
      columns: 1, inputChannels: input.channels / 2,
      outputChannels: output.channels / 2, kernel: Pair(1), input: steps(input),
      output: steps(output), residual: problem.residual.map { steps($0) }, padsOutput: true,
      tapRowStep: 0, tapColumnStep: 0, channelStep: 1, origin: 0,
      rowWindow: .init(stride: 1, padding: 0, dilation: 1, height: 1), then: attributes.then,
      scaled: problem.scaled, tile: .init(columns: 1, vectors: 1), segments: [], chunkBlocks: nil,
      rowsPerTask: 1, panelsPerTask: 1)
    let pixels = output.height * output.width
    var best: (kernel: StrassenKernel, cycles: Double)?
    for blocks in 1...max(1, pixels / 16) where pixels % (2 * blocks) == 0 {
      product.columns = pixels / blocks / 2
      product.tile = strassenTile(product, problem)
      let perTask = max(1, output.batch * blocks / (4 * threads))
      let kernel = StrassenKernel(
        product: product, batch: output.batch, blocksPerImage: blocks, blocksPerTask: perTask)
      guard kernel.quarterBytes <= keptLimit, kernel.scratchBytes <= core.level2Bytes / 2 else {
        continue
      }
      let cycles = strassenCycles(kernel, threads: threads)
      if cycles < best?.cycles ?? .infinity { best = (kernel, cycles) }
    }
    guard var kernel = best?.kernel else { return nil }
    kernel.product.segments = strassenSegments(kernel.product)
    return kernel
  }

  /// The kernel with the tile that fits this machine's registers, if its scratch holds the sums of that.
  func withOwnTile(_ kernel: StrassenKernel, for problem: ConvolutionProblem) -> StrassenKernel {
    var own = kernel
    own.product.tile = strassenTile(kernel.product, problem)
    own.product.segments = strassenSegments(own.product)
    return own.quarterBytes <= keptLimit && own.scratchBytes <= core.level2Bytes / 2 ? own : kernel
  }

  private func strassenTile(
    _ product: ConvolutionKernel, _ problem: ConvolutionProblem
  ) -> ConvolutionKernel.Tile {
    // Panels of one width only: as in groups, whose panels must not cross their end.
    var whole = product
    whole.form = .dense(panelsPerGroup: product.outputBlocks, inputBlocksPerGroup: 0)
    return bestTile(for: whole, problem, threads: 1)
  }

  private func strassenSegments(_ product: ConvolutionKernel) -> [ConvolutionKernel.Segment] {
    ConvolutionKernel.pointwiseSegments(
      columns: product.columns, tileColumns: product.tile.columns)
  }

  /// Bytes of the sums of a quarter that stay in the first level from product to product.
  private var keptLimit: Int { core.level1Bytes * 13 / 32 }

  /// Cycles of a 1×1 convolution by Strassen's algorithm on so many threads.
  func strassenCycles(_ kernel: StrassenKernel, threads: Int, together: Int = 1) -> Double {
    let product = kernel.product
    // Sums go on from one product to the next: two share a tile's beginning and its end.
    var pair = product
    pair.inputChannels *= 2
    let rounds = (kernel.tasks + threads - 1) / threads * kernel.blocksPerTask
    let products =
      Double(StrassenKernel.Weights.allCases.count * product.wholeBlocks * lanes)
      * tileCost(
        columns: product.tile.columns, vectors: product.tile.vectors, pair, weightCycles: 0)
    // Four loads, four sums and four stores, and the places of the first level that they take.
    let perQuarter = threads * together > 1 ? 20.0 : 14
    let transforms = perQuarter * Double(product.wholeBlocks * product.columns)
    // An image that leaves a core's own cache is read again for the products, and there it competes.
    let imageBytes = ElementType.float32.bytes(
      kernel.blocks * kernel.blockPixels * 2 * product.wholeBlocks * lanes)
    let share = imageBytes / threads
    let again = threads * together > 1 && share > core.level2Bytes ? Double(share) / 32 : 0
    return max(
      Double(rounds) * (products / core.strassenShare + transforms) + again,
      Double(kernel.weightBytes * together) / weightBytesPerCycle)
  }
}
