import Diagnostics
import GraphIR

/// A way to compute a convolution.
public enum ConvolutionAlgorithm: String, Sendable, CaseIterable {
  /// Multiply-adds as the definition has them.
  case direct
  /// Winograd's algorithm on tiles of 2×2 outputs: F(2, 3) for windows of 3×3, with 2.25 times fewer
  /// products and 1.8 times the weights; F(2, 2) on the phases of such windows with stride 2, with
  /// 1.33 times fewer products and 3 times the weights.
  case winograd2 = "winograd-2"
  /// Winograd's algorithm on tiles of 3×3 outputs: F(3, 3), with 3.24 times fewer products and 2.8
  /// times the weights. For images of 14×14, which tiles of 4×4 do not divide, on several threads,
  /// whose weights memory cannot give faster.
  case winograd3 = "winograd-3"
  /// Winograd's algorithm on tiles of 4×4 outputs: F(4, 3), with 4 times fewer products and 4 times
  /// the weights; F(4, 2) on the phases of windows of 3×3 with stride 2, with 1.7 times fewer
  /// products, and F(4, 4) on those of 7×7, with 4.5 times fewer, unless an output is an image.
  case winograd4 = "winograd-4"
  /// Winograd's F(2, 3) along rows, directly along columns: 1.5 times fewer products, 1.33 times the
  /// weights. For small images, whose weights memory cannot give faster.
  case winograd2Rows = "winograd-2-rows"
  /// One step of the Strassen–Winograd algorithm: 8/7 times fewer products, 7/4 times the weights.
  case strassen

  /// Outputs per tile and axis of a Winograd convolution; nil for others.
  public var tileOutputs: Int? {
    switch self {
    case .direct, .strassen: nil
    case .winograd2, .winograd2Rows: 2
    case .winograd3: 3
    case .winograd4: 4
    }
  }
}

extension Operation {
  /// Whether it is a convolution that an algorithm can be chosen for.
  public var hasAlgorithms: Bool {
    switch self {
    case .convolution, .integerConvolution: true
    default: false
    }
  }
}

/// An algorithm that somebody demands for one convolution.
public struct AlgorithmOverride: Sendable, Equatable {
  public var algorithm: ConvolutionAlgorithm
  /// Where the demand is written, for messages about it.
  public var place: Diagnostic.Place

  /// Creates an override.
  public init(_ algorithm: ConvolutionAlgorithm, at place: Diagnostic.Place = .none) {
    self.algorithm = algorithm
    self.place = place
  }
}

/// An algorithm that fits a convolution, with its estimated time.
public struct Candidate: Hashable, Sendable {
  public var algorithm: ConvolutionAlgorithm
  /// Estimated cycles of one core.
  public var cycles: Double
  /// Bytes of the packed weights.
  public var weightBytes: Int
}

/// The algorithms that were weighed for a convolution.
public struct ConvolutionChoice: Hashable, Sendable {
  /// The convolution without its name: layers with equal texts are the same work, on weights of
  /// their own.
  public var layer: String
  /// The algorithms that fit and are allowed, the least estimated time first.
  public var candidates: [Candidate]
  public var pick: ConvolutionAlgorithm

  /// What the text of a layer ends with where it runs for one image of a batch after the other.
  public static let imageMark = ", image by image"
}

/// The kernels of a convolution by one algorithm.
enum ConvolutionKernels {
  case direct(ConvolutionKernel)
  case winograd(WinogradInputKernel, WinogradProductKernel)
  case winogradBlocks(WinogradBlocksKernel)
  case strassen(StrassenKernel)

  /// Whether it rounds several times as much as the direct kernel. What the stem of a deep network
  /// loses grows on its way through all layers; a mean over the image takes most of it back, and
  /// an output that is an image shows it.
  var isCoarse: Bool {
    switch self {
    case .direct, .strassen: false
    case .winograd(_, let kernel): kernel.geometry.transform.isCoarse
    case .winogradBlocks(let kernel): kernel.geometry.transform.isCoarse
    }
  }

  /// Bytes of the packed weights.
  var weightBytes: Int {
    switch self {
    case .direct(let kernel): kernel.weightBytes
    case .winograd(_, let kernel): kernel.weightBytes
    case .winogradBlocks(let kernel): kernel.product.weightBytes
    case .strassen(let kernel): kernel.weightBytes
    }
  }

  /// How a weight `[K, C / groups, R, S]` is packed.
  func packing(_ weight: Tensor, groups: Int) -> Packing {
    switch self {
    case .direct(let kernel): .panels(weight, kernel, groups: groups)
    case .winograd(_, let product): .winograd(weight, product)
    case .winogradBlocks(let whole): .winograd(weight, whole.product)
    case .strassen(let kernel): .strassen(weight, kernel)
    }
  }
}

extension Candidate {
  fileprivate init(
    _ algorithm: ConvolutionAlgorithm, _ kernels: ConvolutionKernels, cycles: Double
  ) {
    self.init(algorithm: algorithm, cycles: cycles, weightBytes: kernels.weightBytes)
  }
}

extension Machine {
  /// The kernels of a convolution by an algorithm, with the estimated cycles on so many threads;
  /// nil where the algorithm does not fit the problem.
  func kernels(
    _ algorithm: ConvolutionAlgorithm, for problem: ConvolutionProblem, threads: Int
  ) -> (kernels: ConvolutionKernels, cycles: Double)? {
    guard hasOwnTiles else { return estimatedKernels(algorithm, for: problem, threads: threads) }
    return estimating.estimatedKernels(algorithm, for: problem, threads: threads).map {
      (withOwnTiles($0.kernels, algorithm, for: problem, threads: threads), $0.cycles)
    }
  }

  /// Kernels with the tiles that fit this machine's registers: the same sums in the same order.
  private func withOwnTiles(
    _ kernels: ConvolutionKernels, _ algorithm: ConvolutionAlgorithm,
    for problem: ConvolutionProblem, threads: Int
  ) -> ConvolutionKernels {
    // What pixels Strassen's algorithm adds up depends on its blocks, which stay.
    if case .strassen(let kernel) = kernels { return .strassen(withOwnTile(kernel, for: problem)) }
    return estimatedKernels(algorithm, for: problem, threads: threads)?.kernels ?? kernels
  }

  /// The kernels with tiles that this machine has, and the cycles that they take.
  private func estimatedKernels(
    _ algorithm: ConvolutionAlgorithm, for problem: ConvolutionProblem, threads: Int
  ) -> (kernels: ConvolutionKernels, cycles: Double)? {
    if algorithm == .strassen {
      return strassenKernel(for: problem, threads: threads).map {
        (.strassen($0), strassenCycles($0, threads: threads))
      }
    }
    guard let outputs = algorithm.tileOutputs else {
      let kernel = convolutionKernel(for: problem, threads: threads)
      return (.direct(kernel), directCycles(kernel, threads: threads))
    }
    guard
      let kernels = winogradKernels(
        for: problem, outputs: outputs, rowsOnly: algorithm == .winograd2Rows, threads: threads)
    else { return nil }
    switch kernels {
    case .direct, .strassen: return nil
    case .winograd(_, let product):
      return (kernels, winogradCycles(product, threads: threads))
    case .winogradBlocks(let whole):
      return (kernels, winogradCycles(whole, threads: threads))
    }
  }
}

extension Planner {
  /// Chooses among the algorithms that are allowed and fit: the one that is demanded for this node,
  /// or else the one with the least estimated time, among those with the least weights where size is
  /// the goal.
  func chooseAlgorithm(
    for problem: ConvolutionProblem, node: String
  ) throws -> (kernels: ConvolutionKernels, choice: ConvolutionChoice) {
    let demanded = options.overrides[node]
    var problem = problem
    problem.panelVectors = options.panelVectors[node]
    problem.weightsFormat = options.weightsFormat
    // An algorithm without an alternative is as good as demanded.
    let mayBeCoarse = !options.drawsImages || options.algorithms.count == 1
    var fitting: [(candidate: Candidate, way: ConvolutionKernels)] = []
    for algorithm in ConvolutionAlgorithm.allCases where isAllowed(algorithm, for: node) {
      guard let (kernels, cycles) = machine.kernels(algorithm, for: problem, threads: threads),
        mayBeCoarse || !kernels.isCoarse || demanded?.algorithm == algorithm
      else { continue }
      fitting.append((Candidate(algorithm, kernels, cycles: cycles), kernels))
    }
    if fitting.isEmpty,
      let (kernels, cycles) = machine.kernels(.direct, for: problem, threads: threads)
    {
      fitting = [(Candidate(.direct, kernels, cycles: cycles), kernels)]
    }
    let (kernels, choice) = try pick(
      among: fitting, node: node,
      layer: problem.signature + (isPartOfPlan ? ConvolutionChoice.imageMark : ""))
    return (kernels, choice)
  }

  /// Whether a convolution may be computed by an algorithm, should it fit.
  func isAllowed(_ algorithm: ConvolutionAlgorithm, for node: String) -> Bool {
    options.algorithms.contains(algorithm) || options.overrides[node]?.algorithm == algorithm
  }

  /// Picks the way that is demanded for a convolution, or else the one with the least estimated time,
  /// among those with the least weights where size is the goal.
  ///
  /// - Parameters:
  ///   - fitting: one way or more.
  ///   - layer: the convolution without its name.
  func pick<Way>(
    among fitting: [(candidate: Candidate, way: Way)], node: String, layer: String
  ) throws -> (way: Way, choice: ConvolutionChoice) {
    let demanded = options.overrides[node]
    var fitting = fitting
    if options.goal == .size, let least = fitting.map(\.candidate.weightBytes).min() {
      fitting.removeAll {
        $0.candidate.weightBytes > least && $0.candidate.algorithm != demanded?.algorithm
      }
    }
    // Of equal times, that of the first.
    let order = fitting.indices.sorted {
      (fitting[$0].candidate.cycles, $0) < (fitting[$1].candidate.cycles, $1)
    }
    fitting = order.map { fitting[$0] }
    var pick = fitting[0]
    if let demanded {
      guard let match = fitting.first(where: { $0.candidate.algorithm == demanded.algorithm })
      else {
        let names = fitting.map(\.candidate.algorithm.rawValue).joined(separator: ", ")
        throw PlanningError(
          message: "\(demanded.algorithm.rawValue) does not fit the convolution '\(node)'",
          hint: "it can be computed by \(names)", place: demanded.place)
      }
      pick = match
    }
    return (
      pick.way,
      ConvolutionChoice(
        layer: layer, candidates: fitting.map(\.candidate), pick: pick.candidate.algorithm)
    )
  }

  private var threads: Int { options.threads }
}

extension ConvolutionProblem {
  /// The problem as text: all that decides which kernels compute it and how long they take.
  var signature: String {
    func image(_ view: ImageView) -> String {
      "\(view.channels)@\(view.height)x\(view.width)\(view.padsChannels ? " blocked" : "")"
    }
    let window = attributes.padding
    var words = [
      "\(kernel.height)x\(kernel.width)",
      "stride \(attributes.stride.height)x\(attributes.stride.width)",
      "padding \(window.top),\(window.left),\(window.bottom),\(window.right)",
      "dilation \(attributes.dilation.height)x\(attributes.dilation.width)", "groups \(groups)",
      "batch \(output.batch)", image(input), "to", image(output),
    ]
    if columnsAreImages { words.append("flattened") }
    if residual != nil { words.append("+add") }
    if let then = attributes.then { words.append("+\(then.mnemonic)") }
    if let scaled { words.append(scaled.printed) }
    if weightsFormat != .float32 { words.append("weights \(weightsFormat.rawValue)") }
    return words.joined(separator: " ")
  }
}
