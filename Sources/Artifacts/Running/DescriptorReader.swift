import CResinRuntime
import Diagnostics
import GraphIR
import Planning

/// Reads the descriptor of a loaded library, trusting nothing that it can check.
package struct DescriptorReader {
  /// What a descriptor says, as Swift has it.
  package struct Description {
    var interface: ModelInterface
    var steps: [StepSummary]
    var labels: [[String]]
    var manifest: LibraryManifest
    var weightsFile: String?
  }

  private let place: Diagnostic.Place

  /// Creates a reader of the library at a place.
  package init(place: Diagnostic.Place) { self.place = place }

  private static let maximumCount = 1 << 20
  /// Operations or bytes of a step: up to here a double counts exactly.
  private static let maximumStepCount = 1 << 53

  /// The descriptor, if its version is the one that this loader knows and its functions are there.
  package func model(_ pointer: UnsafePointer<resin_model>?) throws -> resin_model {
    guard let pointer else { throw failure("it has none") }
    // Other versions may be shorter: nothing past the version is read before it is known.
    let version = UnsafeRawPointer(pointer).load(as: UInt32.self)
    guard version == UInt32(RESIN_ABI_VERSION) else {
      throw DiagnosticError(
        "the library speaks version \(version) of the interface, this program version "
          + "\(RESIN_ABI_VERSION)", at: place, hint: "compile the model again")
    }
    guard pointer.pointee.struct_bytes == UInt32(MemoryLayout<resin_model>.size) else {
      throw failure("its size is \(pointer.pointee.struct_bytes) bytes")
    }
    let model = pointer.pointee
    guard model.check_cpu != nil, model.run != nil, model.run_steps != nil, model.error != nil,
      model.create_pool != nil, model.destroy_pool != nil, model.pool_parallel != nil
    else { throw failure("a function is missing") }
    return model
  }

  /// The axes of which a library has code for several extents.
  package func dimensions(
    _ pointer: UnsafePointer<resin_dimension>?, _ count: Int32
  ) throws -> [LibraryDimension] {
    guard count <= 64 else { throw failure("\(count) dimensions") }
    let dimensions = try list(pointer, count, "dimensions").map { dimension in
      LibraryDimension(
        try string(dimension.name, "name of a dimension"),
        try list(dimension.extents, dimension.count, "extents").map(Int.init))
    }
    // All combinations are looked through.
    var combinations = 1
    for dimension in dimensions {
      guard (1...4096).contains(dimension.extents.count), combinations <= 4096 else {
        throw failure("'\(dimension.name)' has \(dimension.extents.count) extents")
      }
      combinations *= dimension.extents.count
    }
    guard combinations <= 4096 else { throw failure("\(combinations) combinations of extents") }
    return dimensions
  }

  /// The level that a model's code is for.
  func level(_ model: resin_model) throws -> InstructionSet {
    let level = try string(model.instruction_set, "instruction set")
    guard let instructionSet = InstructionSet(rawValue: level) else {
      throw failure("unknown instruction set '\(level)'")
    }
    return instructionSet
  }

  /// Everything in the descriptor but its functions.
  package func read(_ model: resin_model) throws -> Description {
    let instructionSet = try level(model)
    guard model.alignment == UInt64(ModelInterface.alignment) else {
      throw failure("alignment \(model.alignment)")
    }
    let inputs = try list(model.inputs, model.input_count, "inputs").map(port)
    let outputs = try list(model.outputs, model.output_count, "outputs").map(port)
    let steps = try list(model.steps, model.step_count, "steps").map(step)
    let interface = ModelInterface(
      name: try string(model.name, "name"), inputs: inputs.map(\.port),
      outputs: outputs.map(\.port), workspaceBytes: try size(model.workspace_bytes, "workspace"),
      weightsBytes: try size(model.weights_bytes, "weights"), instructionSet: instructionSet,
      stepCount: steps.count)
    return Description(
      interface: interface, steps: steps, labels: outputs.map(\.labels),
      manifest: LibraryManifest(
        resinVersion: try string(model.resin_version, "version"),
        llvmVersion: try string(model.llvm_version, "version of LLVM"),
        options: try string(model.options, "list of options"),
        modelHash: try string(model.model_sha256, "sum of the model"),
        weightsHash: try string(model.weights_sha256, "sum of the weights")),
      weightsFile: try weightsFile(model))
  }

  private func weightsFile(_ model: resin_model) throws -> String? {
    switch model.weights_mode {
    case Int32(RESIN_WEIGHTS_EMBEDDED.rawValue): return nil
    case Int32(RESIN_WEIGHTS_SEPARATE.rawValue):
      let name = try string(model.weights_file, "file of weights")
      guard !name.isEmpty, !name.contains("/"), model.map_weights != nil,
        model.unmap_weights != nil
      else { throw failure("the file of weights is '\(name)'") }
      return name
    default: throw failure("weights mode \(model.weights_mode)")
    }
  }

  private func port(_ port: resin_port) throws -> (port: ModelInterface.Port, labels: [String]) {
    let name = try string(port.name, "name of a tensor")
    guard let element = ElementType.allCases.first(where: { $0.cValue == port.element }) else {
      throw failure("'\(name)' has elements of type \(port.element)")
    }
    let shape = try list(port.dims, port.rank, "extents of '\(name)'").map(Int.init)
    guard TensorType.checkedElementCount(of: shape) != nil else {
      throw failure("'\(name)' has shape \(shape)")
    }
    let labels = try list(port.labels, port.label_count, "labels").map { try string($0, "label") }
    guard port.images == 0 || (port.images > 0 && shape.first.map { $0 % Int(port.images) } == 0)
    else { throw failure("'\(name)' has \(port.images) images") }
    return (
      ModelInterface.Port(
        name: name, type: TensorType(shape, element: element),
        preprocessing: try port.preprocessing.map { try preprocessing($0.pointee, name) },
        images: Int(port.images)), labels
    )
  }

  private func preprocessing(
    _ clause: resin_preprocessing, _ name: String
  ) throws -> ImagePreprocessing {
    let channels = try string(clause.channels, "channels")
    guard let channels = ImagePreprocessing.Channels(rawValue: channels) else {
      throw failure("'\(name)' has channels '\(channels)'")
    }
    let mean = try list(clause.mean, clause.channel_count, "mean")
    let deviation = try list(clause.deviation, clause.channel_count, "deviation")
    guard mean.count == channels.count else {
      throw failure("'\(name)' has \(mean.count) means")
    }
    let extents = [
      clause.resize, clause.resize_height, clause.resize_width, clause.crop_height,
      clause.crop_width,
    ]
    guard extents.allSatisfy({ (0...Int64(Self.maximumCount)).contains($0) }) else {
      throw failure("'\(name)' has picture extents \(extents)")
    }
    let interpolation = ImagePreprocessing.Interpolation.allCases.first {
      $0.cValue == clause.interpolation
    }
    guard let interpolation else {
      throw failure("'\(name)' has interpolation \(clause.interpolation)")
    }
    func size(_ height: Int64, _ width: Int64) -> Pair? {
      height == 0 || width == 0 ? nil : Pair(Int(height), Int(width))
    }
    let resize: ImagePreprocessing.Resize? =
      clause.resize > 0
      ? .shorterSide(Int(clause.resize))
      : size(clause.resize_height, clause.resize_width).map { .size($0) }
    return ImagePreprocessing(
      channels: channels, resize: resize, interpolation: interpolation,
      crop: size(clause.crop_height, clause.crop_width), scale: clause.scale, mean: mean,
      deviation: deviation)
  }

  private func step(_ step: resin_step) throws -> StepSummary {
    func count(_ value: Double, _ what: String) throws -> Int {
      guard let count = Int(exactly: value), (0...Self.maximumStepCount).contains(count) else {
        throw failure("a step of \(value) \(what)")
      }
      return count
    }
    return StepSummary(
      name: try string(step.name, "name of a step"),
      kernel: try string(step.kernel, "kernel of a step"),
      flops: try count(step.flops, "operations"),
      operations: try count(step.operations, "operations"),
      weightBytes: try count(step.weight_bytes, "bytes of weights"),
      readBytes: try count(step.read_bytes, "bytes read"),
      writtenBytes: try count(step.written_bytes, "bytes written"))
  }

  private func size(_ bytes: UInt64, _ what: String) throws -> Int {
    guard let size = Int(exactly: bytes), size <= TensorType.maximumElementCount else {
      throw failure("\(bytes) bytes of \(what)")
    }
    return size
  }

  private func string(_ pointer: UnsafePointer<CChar>?, _ what: String) throws -> String {
    guard let pointer else { throw failure("the \(what) is missing") }
    return String(cString: pointer)
  }

  private func list<Element>(
    _ pointer: UnsafePointer<Element>?, _ count: Int32, _ what: String
  ) throws -> [Element] {
    guard (0...Self.maximumCount).contains(Int(count)), pointer != nil || count == 0 else {
      throw failure("\(count) \(what)")
    }
    return Array(UnsafeBufferPointer(start: pointer, count: Int(count)))
  }

  private func failure(_ what: String) -> DiagnosticError {
    DiagnosticError("the library's descriptor is damaged: \(what)", at: place)
  }
}

extension ElementType {
  /// What a descriptor calls the type: a value of `enum resin_element`.
  fileprivate var cValue: Int32 {
    let value: resin_element =
      switch self {
      case .float32: RESIN_F32
      case .int64: RESIN_I64
      case .int32: RESIN_I32
      case .int8: RESIN_I8
      case .uint8: RESIN_U8
      case .bool: RESIN_BOOL
      }
    return Int32(value.rawValue)
  }
}
