import GraphIR

/// What is worth more where speed and size exclude each other.
public enum OptimizationGoal: String, Sendable, CaseIterable {
  /// Weights may be stored in a larger form that computes faster.
  case speed
  /// Weights are stored in the smallest form, about as many bytes as their file.
  case size
}

/// What a user may decide about a plan.
public struct PlanningOptions: Sendable, Equatable {
  /// The algorithms to choose from; the direct one serves where none of them fits a convolution.
  public var algorithms: [ConvolutionAlgorithm]
  /// Algorithms by the name of the convolution's node; a name that is not there is a mistake, and so
  /// is an algorithm that does not fit.
  public var overrides: [String: AlgorithmOverride]
  /// The number of threads to choose for: more threads compute faster, but share one memory. Code
  /// runs, with the same bits, on any number.
  public var threads: Int
  public var goal: OptimizationGoal
  /// How weights of convolutions, linear and recurrent layers are stored. They have been rounded to it
  /// before.
  public var weightsFormat: FloatFormat
  /// Vectors of output channels per panel by the name of the convolution's node, where they fit it:
  /// plans that agree in them and in the algorithms pack weights alike.
  public var panelVectors: [String: Int] = [:]
  /// How many of the graph's first nodes run image by image, as far as it allows it; nil where estimates decide. Plans
  /// that are timed against one another have one border.
  public var imageByImageNodes: Int?
  /// Whether an output is an image of several pixels, each of which can be compared with another
  /// runtime's.
  var drawsImages = false

  /// Creates options; every algorithm is allowed, for speed on one thread, unless said.
  public init(
    algorithms: [ConvolutionAlgorithm] = ConvolutionAlgorithm.allCases,
    overrides: [String: AlgorithmOverride] = [:], threads: Int = 1, goal: OptimizationGoal = .speed,
    weightsFormat: FloatFormat = .float32
  ) {
    self.algorithms = algorithms
    self.overrides = overrides
    self.threads = max(1, threads)
    self.goal = goal
    self.weightsFormat = weightsFormat
  }
}
