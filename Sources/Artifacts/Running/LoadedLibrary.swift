import CResinRuntime
import Diagnostics
import Glibc
import GraphIR
import Planning
import TensorFiles

/// A compiled model in a shared library, loaded without its header.
public final class LoadedLibrary: ExecutableModel, @unchecked Sendable {
  public let interface: ModelInterface
  public let steps: [StepSummary]
  public let labels: [[String]]
  /// How the library was made.
  public let manifest: LibraryManifest
  /// The folder-less name of the file of weights, in separate mode.
  public let weightsFile: String?
  private let library: LibraryHandle
  private let model: resin_model
  private let weights: UnsafeRawPointer?

  /// The numbers of images per run that the library has code for; empty where it tells of one
  /// only.
  public let batches: [Int]
  /// The levels that the library has code for, the best first.
  public let levels: [InstructionSet]

  /// Loads a library, and the file of weights beside it if it has one.
  ///
  /// - Parameters:
  ///   - batch: which code to load of a library for several numbers of images; the first where nil.
  ///   - level: which code to load of a library for several levels; the best that this machine has
  ///     where nil.
  /// - Throws: where the file is no whole shared library for this machine, or no model of a version
  ///   that this loader knows, or the file of weights is missing or another model's.
  public init(path: String, batch: Int? = nil, level: InstructionSet? = nil) throws {
    try SharedObjectFile.check(path)
    let place = Diagnostic.Place.subject(path)
    library = try LibraryHandle(path: path)
    guard let symbol = dlsym(library.handle, "resin_model_get") else {
      throw DiagnosticError(
        "no compiled model: the library has no function 'resin_model_get'", at: place,
        hint: "give a library that 'resin compile' has written")
    }
    typealias Getter = @convention(c) () -> UnsafePointer<resin_model>?
    var pointer = unsafeBitCast(symbol, to: Getter.self)()
    let batches = library.batches
    self.batches = batches
    if let batch, !batches.isEmpty {
      guard batches.contains(batch), let other = library.model(ofBatch: batch) else {
        throw DiagnosticError(
          "the library has no code for a batch of \(batch)", at: place,
          hint: "it has some for \(batches.map(String.init).joined(separator: ", "))")
      }
      pointer = other
    }
    let reader = DescriptorReader(place: place)
    let all = try library.models(reader)
    let ofBatch = max(1, all.count / max(1, batches.count))
    let models = try all.isEmpty ? [reader.model(pointer)] : all
    let levels = try models.prefix(ofBatch).map(reader.level)
    self.levels = levels
    if let level {
      guard let index = levels.firstIndex(of: level) else {
        throw DiagnosticError(
          "the library has no code for \(level.rawValue)", at: place,
          hint: "it has some for \(levels.map(\.rawValue).joined(separator: ", "))")
      }
      let number = batch.flatMap { wanted in batches.firstIndex(of: wanted) } ?? 0
      model = models[min(number * ofBatch + index, models.count - 1)]
    } else {
      model = try reader.model(pointer)
    }
    let description = try reader.read(model)
    interface = description.interface
    steps = description.steps
    labels = description.labels
    manifest = description.manifest
    weightsFile = description.weightsFile
    guard model.check_cpu() == RESIN_OK.rawValue else {
      let features = interface.instructionSet.requiredFeatures.joined(separator: ", ")
      throw DiagnosticError(
        "the library is compiled for \(interface.instructionSet.rawValue), which this machine is not",
        at: place, hint: "it needs the CPU features \(features)")
    }
    let loaded = model
    weights = try description.weightsFile.map {
      try Self.mapWeights(loaded, sibling($0, of: path))
    }
  }

  deinit {
    if let weights { model.unmap_weights?(weights) }
  }

  private static func mapWeights(_ model: resin_model, _ path: String) throws -> UnsafeRawPointer {
    FileUses.noteInput(path)
    var weights: UnsafeRawPointer?
    let code = model.map_weights(path, &weights)
    guard code == RESIN_OK.rawValue, let weights else {
      throw DiagnosticError(
        String(cString: resin_error(code)), at: .subject(path),
        hint: "keep the file of weights beside its library")
    }
    return weights
  }

  public func run(
    steps range: Range<Int>, inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer],
    workspace: UnsafeMutableRawBufferPointer, parallel: UnsafePointer<resin_parallel>?
  ) throws {
    precondition(inputs.count == interface.inputs.count, "\(inputs.count) inputs")
    precondition(outputs.count == interface.outputs.count, "\(outputs.count) outputs")
    let code = inputs.map(Optional.init).withUnsafeBufferPointer { inputs in
      outputs.map(Optional.init).withUnsafeBufferPointer { outputs in
        model.run_steps(
          weights, inputs.baseAddress, outputs.baseAddress, workspace.baseAddress, workspace.count,
          parallel, Int32(range.lowerBound), Int32(range.upperBound))
      }
    }
    guard code == RESIN_OK.rawValue else {
      throw DiagnosticError(
        String(cString: resin_error(code)), at: .subject("model '\(interface.name)'"))
    }
  }
}

/// An open shared library.
private final class LibraryHandle {
  let handle: UnsafeMutableRawPointer

  init(path: String) throws {
    // A bare name would be looked up in the system's folders.
    guard let handle = dlopen(path.contains("/") ? path : "./\(path)", RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
      throw DiagnosticError("cannot load: \(reason)", at: .subject(path))
    }
    self.handle = handle
  }

  deinit { dlclose(handle) }

  /// What `resin_model_batches` tells; empty where the library has no such function.
  var batches: [Int] {
    guard let symbol = dlsym(handle, "resin_model_batches") else { return [] }
    typealias Lister = @convention(c) (UnsafeMutablePointer<UnsafePointer<Int64>?>) -> Int32
    var list: UnsafePointer<Int64>?
    let count = unsafeBitCast(symbol, to: Lister.self)(&list)
    guard let list, (1...1024).contains(count) else { return [] }
    return UnsafeBufferPointer(start: list, count: Int(count)).map { Int($0) }
  }

  /// What `resin_models` tells; empty where the library has no such function.
  func models(_ reader: DescriptorReader) throws -> [resin_model] {
    guard let symbol = dlsym(handle, "resin_models") else { return [] }
    typealias List = UnsafePointer<UnsafePointer<resin_model>?>
    typealias Lister = @convention(c) (UnsafeMutablePointer<List?>) -> Int32
    var list: List?
    let count = unsafeBitCast(symbol, to: Lister.self)(&list)
    guard let list, (1...4096).contains(count) else { return [] }
    return try UnsafeBufferPointer(start: list, count: Int(count)).map { try reader.model($0) }
  }

  func model(ofBatch batch: Int) -> UnsafePointer<resin_model>? {
    guard let symbol = dlsym(handle, "resin_model_of_batch") else { return nil }
    typealias Getter = @convention(c) (Int64) -> UnsafePointer<resin_model>?
    return unsafeBitCast(symbol, to: Getter.self)(Int64(batch))
  }
}
