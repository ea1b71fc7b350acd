import Artifacts
import Foundation
import GraphIR
import Planning

/// A compiled model with how long it took to get: what `run` and `bench` work on.
public struct ReadyModel {
  /// The code, with its weights.
  public let model: any ExecutableModel
  /// The file it came from.
  public let path: String
  /// The times from the model's file to code that can be called; zero for a library.
  public let compileTimes: CompilationTimes
  /// The time to map the code and weights of a library.
  public let loadTime: Duration
}

/// Whether a file is to be loaded as a compiled library: by its name, or else by how it begins.
public func isLibrary(_ path: String) -> Bool {
  if path.hasSuffix(".so") { return true }
  guard let file = FileHandle(forReadingAtPath: path) else { return false }
  defer { try? file.close() }
  return (try? file.read(upToCount: 4)) == Data([0x7f, 0x45, 0x4c, 0x46])
}

/// Loads a compiled library.
///
/// - Parameters:
///   - path: the library.
///   - batch: images per run, for a library with code for several numbers of them; the first where
///     nil.
/// - Throws: where it is none, or not for this machine.
public func loadLibrary(_ path: String, batch: Int? = nil) throws -> ReadyModel {
  let clock = ContinuousClock()
  let start = clock.now
  let library = try LoadedLibrary(path: path, batch: batch)
  return ReadyModel(
    model: library, path: path, compileTimes: CompilationTimes(), loadTime: clock.now - start)
}

extension ReadyModel {
  /// A library for inputs with any number of images: where results depend on all of them, the code
  /// for this number, if it has some.
  public func fitting(_ tensors: [Tensor]) throws -> ReadyModel {
    let types = tensors.map(\.type)
    guard let library = model as? LoadedLibrary, model.interface.imagesPerRun == nil,
      types != model.interface.inputs.map(\.type)
    else { return self }
    for batch in library.batches {
      let other = try loadLibrary(path, batch: batch)
      if other.model.interface.inputs.map(\.type) == types { return other }
    }
    return self
  }
}

extension ReadyModel {
  /// The outputs as the model gives them for inputs that it fits.
  public func outputPorts(for tensors: [Tensor]) -> [ModelInterface.Port] {
    let interface = model.interface
    let images = zip(tensors, interface.inputs).first { $1.images > 0 }?.0.shape.first
    return interface.outputs.map { $0.holding(images) }
  }
}

/// Compiles a model into this process.
///
/// - Parameters:
///   - read: reads the model; its time counts.
///   - options: what the user decides about the plan.
///   - tune: gives a compilation better algorithms; its time does not count.
/// - Throws: where weights are missing or a node has no kernel.
public func compileInProcess(
  _ read: @autoclosure () throws -> ModelFile, options: PlanningOptions = PlanningOptions(),
  tune: ((Compilation) throws -> Compilation)? = nil
) throws -> ReadyModel {
  let clock = CompilationClock()
  let file = try clock.measure(.reading) { try read() }
  var compilation = try Compilation(file, options: options, clock: clock)
  if let tune { compilation = try tune(compilation) }
  let model = try compilation.model()
  return ReadyModel(
    model: model, path: file.path, compileTimes: compilation.clock.times, loadTime: .zero)
}
