import GraphIR

/// What a compiled model asks of its caller: everything that headers, loaders and the command line
/// need to know.
public struct ModelInterface: Sendable, Equatable {
  /// An input or output of the model, a dense row-major tensor at the boundary.
  public struct Port: Sendable, Equatable {
    public var name: String
    public var type: TensorType
    /// How a picture becomes this input, or this output a picture: see `GraphOutput.picture`.
    public var preprocessing: ImagePreprocessing?
    /// How many images lie along the first axis, where a model computes each image by itself; 0 for
    /// a tensor without images, and for all of a model whose images depend on each other.
    public var images: Int
    /// Outputs: the file with one label per line, relative to the model's file.
    public var labels: String?

    /// Creates a port.
    public init(
      name: String, type: TensorType, preprocessing: ImagePreprocessing? = nil,
      images: Int = 0, labels: String? = nil
    ) {
      self.name = name
      self.type = type
      self.preprocessing = preprocessing
      self.images = images
      self.labels = labels
    }
  }

  /// The model's name, an identifier of C.
  public var name: String
  public var inputs: [Port]
  public var outputs: [Port]
  /// Bytes of memory that a run needs from the caller, aligned to `workspaceAlignment`.
  public var workspaceBytes: Int
  /// Bytes of packed weights, which code reads and never writes.
  public var weightsBytes: Int
  public var instructionSet: InstructionSet
  /// The number of steps; a run executes all of them in order.
  public var stepCount: Int

  /// Alignment of the workspace and of the weights, in bytes: a cache line.
  public static let alignment = 64

  /// Creates an interface.
  public init(
    name: String, inputs: [Port], outputs: [Port], workspaceBytes: Int, weightsBytes: Int,
    instructionSet: InstructionSet, stepCount: Int
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.workspaceBytes = workspaceBytes
    self.weightsBytes = weightsBytes
    self.instructionSet = instructionSet
    self.stepCount = stepCount
  }
}

extension Graph {
  /// The inputs as a compiled model asks for them.
  public var inputPorts: [ModelInterface.Port] {
    inputs.map {
      ModelInterface.Port(
        name: self[$0.node].name, type: self[$0.node].type, preprocessing: $0.preprocessing)
    }
  }

  /// The outputs as a compiled model gives them.
  public var outputPorts: [ModelInterface.Port] {
    outputs.map {
      ModelInterface.Port(
        name: $0.name, type: self[$0.node].type, preprocessing: $0.picture, labels: $0.labels)
    }
  }
}
