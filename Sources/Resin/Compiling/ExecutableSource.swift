import Artifacts
import Diagnostics
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
///   - sizes: extents by name, for a library with code for several sizes; the first ones of those
///     that are not named.
/// - Throws: where it is none, not for this machine, or has no code for what is asked for.
public func loadLibrary(
  _ path: String, batch: Int? = nil, sizes: [String: Int] = [:]
) throws -> ReadyModel {
  let clock = ContinuousClock()
  let start = clock.now
  let library = try LoadedLibrary(path: path, batch: batch, sizes: sizes)
  return ReadyModel(
    model: library, path: path, compileTimes: CompilationTimes(), loadTime: clock.now - start)
}

extension ReadyModel {
  /// A library for inputs with any number of images and of any size: the code for their size, and,
  /// where results depend on all images, for this number of them, if it has some.
  ///
  /// - Parameters:
  ///   - types: per input, its type.
  ///   - sizes: the extents that were asked for.
  /// - Throws: where the library has code for several sizes and none for these inputs.
  public func fitting(_ types: [TensorType], sizes: [String: Int] = [:]) throws -> ReadyModel {
    guard let library = model as? LoadedLibrary, !library.interface.takes(types) else {
      return self
    }
    let names = library.dimensions.map(\.name)
    for batch in library.batches.isEmpty ? [nil] : library.batches.map(Optional.init) {
      for extents in library.dimensions.combinations {
        let choice = Dictionary(uniqueKeysWithValues: zip(names, extents))
        guard choice.merging(sizes, uniquingKeysWith: { $1 }) == choice else { continue }
        let other = try loadLibrary(path, batch: batch, sizes: choice)
        if other.model.interface.takes(types) { return other }
      }
    }
    guard library.dimensions.isEmpty else {
      let list = types.map { "\($0)" }.joined(separator: ", ")
      throw DiagnosticError(
        "the library has no code for inputs of \(list)", at: .subject(path),
        hint: "it has some for \(library.dimensions.text)")
    }
    return self
  }
}

extension ModelInterface {
  /// Whether the inputs are right but for the number of images, where each is computed by itself.
  fileprivate func takes(_ types: [TensorType]) -> Bool {
    types.count == inputs.count
      && zip(types, inputs).allSatisfy { type, port in
        type == port.type
          || port.images > 0 && type.element == port.type.element && type.rank == port.type.rank
            && type.shape.dropFirst() == port.type.shape.dropFirst()
      }
  }
}

extension ReadyModel {
  /// The code for all numbers of images that a library has code for, that of this model first; this model alone
  /// where results depend on all images.
  func forAllBatches() throws -> [any ExecutableModel] {
    guard let library = model as? LoadedLibrary, let own = library.interface.imagesPerRun else {
      return [model]
    }
    return try [library] + library.batches.filter { $0 != own }.map { try library.forBatch($0) }
  }

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
