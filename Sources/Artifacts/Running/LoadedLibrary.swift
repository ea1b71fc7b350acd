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
  private let path: String
  private let choice: (sizes: [String: Int], level: InstructionSet?)
  private let library: LibraryHandle
  private let model: resin_model
  private let weights: MappedWeights?

  /// The numbers of images per run that the library has code for; empty where it tells of one
  /// only.
  public let batches: [Int]
  /// The axes of which the library has code for several extents.
  public let dimensions: [LibraryDimension]
  /// The levels that the library has code for, the best first.
  public let levels: [InstructionSet]

  /// Loads a library, and the file of weights beside it if it has one.
  ///
  /// - Parameters:
  ///   - batch: which code to load of a library for several numbers of images; the first where nil.
  ///   - sizes: extents by dimension, for a library that has code for several; the first ones of
  ///     those that are not named.
  ///   - level: which code to load of a library for several levels; the best that this machine has
  ///     where nil.
  /// - Throws: where the file is no whole shared library for this machine, or no model of a version
  ///   that this loader knows, has no code for what is asked for, or the file of weights is missing
  ///   or another model's.
  public convenience init(
    path: String, batch: Int? = nil, sizes: [String: Int] = [:], level: InstructionSet? = nil
  ) throws {
    try SharedObjectFile.check(path)
    try self.init(LibraryHandle(path: path), path, batch, (sizes, level))
  }

  /// The code of this library for another number of images, with the same weights in memory.
  ///
  /// - Throws: where it has none for that number.
  public func forBatch(_ batch: Int) throws -> LoadedLibrary {
    try LoadedLibrary(library, path, batch, choice, weights: weights)
  }

  /// - Parameter mapped: the weights, where they are in memory already.
  private init(
    _ library: LibraryHandle, _ path: String, _ batch: Int?,
    _ choice: (sizes: [String: Int], level: InstructionSet?), weights mapped: MappedWeights? = nil
  ) throws {
    let place = Diagnostic.Place.subject(path)
    let (sizes, level) = choice
    self.library = library
    self.path = path
    self.choice = choice
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
    let dimensions = try library.dimensions(reader)
    self.dimensions = dimensions
    let extents = try dimensions.extents(of: sizes, at: place)
    if !dimensions.isEmpty {
      pointer = library.model(ofBatch: batch ?? batches.first ?? 1, extents: extents)
    }
    let all = try library.models(reader)
    let choices = max(1, batches.count) * dimensions.combinationCount
    let ofChoice = max(1, all.count / choices)
    let models = try all.isEmpty ? [reader.model(pointer)] : all
    let levels = try models.prefix(ofChoice).map(reader.level)
    self.levels = levels
    if let level {
      guard let index = levels.firstIndex(of: level) else {
        throw DiagnosticError(
          "the library has no code for \(level.rawValue)", at: place,
          hint: "it has some for \(levels.map(\.rawValue).joined(separator: ", "))")
      }
      let number = batch.flatMap { wanted in batches.firstIndex(of: wanted) } ?? 0
      let size = dimensions.combinations.firstIndex(of: extents) ?? 0
      let choice = number * dimensions.combinationCount + size
      model = models[min(choice * ofChoice + index, models.count - 1)]
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
      throw DiagnosticError(
        "the library is compiled for \(interface.instructionSet.rawValue), which this machine is not",
        at: place, hint: interface.instructionSet.missingHint)
    }
    let loaded = model
    weights =
      try mapped
      ?? description.weightsFile.map {
        try MappedWeights(of: loaded, in: library, path: sibling($0, of: path))
      }
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
          weights?.start, inputs.baseAddress, outputs.baseAddress, workspace.baseAddress,
          workspace.count,
          parallel, Int32(range.lowerBound), Int32(range.upperBound))
      }
    }
    guard code == RESIN_OK.rawValue else {
      throw DiagnosticError(
        String(cString: resin_error(code)), at: .subject("model '\(interface.name)'"))
    }
  }
}

/// A file of weights in memory, as long as somebody needs it.
private final class MappedWeights {
  let start: UnsafeRawPointer
  private let model: resin_model
  private let library: LibraryHandle

  init(of model: resin_model, in library: LibraryHandle, path: String) throws {
    FileUses.noteInput(path)
    var weights: UnsafeRawPointer?
    let code = model.map_weights(path, &weights)
    guard code == RESIN_OK.rawValue, let weights else {
      throw DiagnosticError(
        String(cString: resin_error(code)), at: .subject(path),
        hint: "keep the file of weights beside its library")
    }
    (start, self.model, self.library) = (weights, model, library)
  }

  deinit { model.unmap_weights?(start) }
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

  /// What `resin_model_dimensions` tells; empty where the library has no such function.
  func dimensions(_ reader: DescriptorReader) throws -> [LibraryDimension] {
    guard let symbol = dlsym(handle, "resin_model_dimensions") else { return [] }
    typealias Lister =
      @convention(c) (UnsafeMutablePointer<UnsafePointer<resin_dimension>?>) -> Int32
    var list: UnsafePointer<resin_dimension>?
    let count = unsafeBitCast(symbol, to: Lister.self)(&list)
    return try reader.dimensions(list, count)
  }

  func model(ofBatch batch: Int, extents: [Int]) -> UnsafePointer<resin_model>? {
    guard let symbol = dlsym(handle, "resin_model_of_sizes") else { return nil }
    typealias Getter =
      @convention(c) (Int64, UnsafePointer<Int64>) -> UnsafePointer<resin_model>?
    return unsafeBitCast(symbol, to: Getter.self)(Int64(batch), extents.map(Int64.init))
  }

  func model(ofBatch batch: Int) -> UnsafePointer<resin_model>? {
    guard let symbol = dlsym(handle, "resin_model_of_batch") else { return nil }
    typealias Getter = @convention(c) (Int64) -> UnsafePointer<resin_model>?
    return unsafeBitCast(symbol, to: Getter.self)(Int64(batch))
  }
}

extension [LibraryDimension] {
  /// An extent of each dimension: those that are named, and the first of every other.
  ///
  /// - Throws: where a name or an extent is none of these.
  fileprivate func extents(of sizes: [String: Int], at place: Diagnostic.Place) throws -> [Int] {
    for name in sizes.keys.sorted() where !contains(where: { $0.name == name }) {
      guard !isEmpty else {
        throw DiagnosticError(
          "a library for one size is compiled already", at: place,
          hint: "give --dim to 'resin compile'")
      }
      throw DiagnosticError(
        "the library has no dimension '\(name)' to choose an extent of", at: place,
        hint: "it has code for \(text)")
    }
    return try map { dimension in
      let extent = sizes[dimension.name] ?? dimension.extents[0]
      guard dimension.extents.contains(extent) else {
        throw DiagnosticError(
          "the library has no code for the extent \(extent) of '\(dimension.name)'", at: place,
          hint: "it has some for \(dimension.list)")
      }
      return extent
    }
  }
}
