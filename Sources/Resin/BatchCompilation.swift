import Artifacts
import Diagnostics
import Planning

/// One model compiled for several numbers of images, into one library with one copy of the weights.
///
/// The first number decides: the others take its algorithms and pack weights as it does, where they
/// can.
public struct BatchCompilation: Sendable {
  /// One per number of images, in the order given; their plans read the same weights.
  public let compilations: [Compilation]
  private let batches: [Int]

  /// Compiles a model for more numbers of images.
  ///
  /// - Parameters:
  ///   - first: the compilation for the first of `batches`.
  ///   - batches: images per run, none twice.
  ///   - read: reads the model for a number of images.
  /// - Throws: where the model is the same whatever their number, or cannot be compiled for one.
  public init(
    _ first: Compilation, batches: [Int], read: (Int) throws -> ModelFile
  ) throws {
    let set = first.plan.interface.instructionSet
    let options = first.plan.optionsForSamePacking(first.options)
    var all = [first]
    for batch in batches.dropFirst() {
      let other = try Compilation(
        first.clock.measure(.reading) { try read(batch) }, for: set, options: options,
        clock: first.clock)
      guard other.plan.interface.inputs != first.plan.interface.inputs else {
        throw DiagnosticError(
          "the model has no open batch to compile for \(batch) images",
          at: .subject(first.source.path), hint: "leave --batch out")
      }
      all.append(other)
    }
    compilations = zip(all, sharingWeights(all.map(\.plan))).map { Compilation($0, plan: $1) }
    self.batches = batches
  }

  /// Compiles to what a library is made of.
  ///
  /// - Throws: where there is no memory for the weights.
  public func library(_ mode: WeightsMode = .embedded) throws -> LibraryContents {
    let first = compilations[0]
    try first.plan.interface.checkName()
    var variants: [LibraryVariant] = []
    var objects: [[UInt8]] = []
    for (batch, compilation) in zip(batches, compilations) {
      let suffix = "_b\(batch)"
      variants.append(
        LibraryVariant(
          batch: batch, interface: compilation.plan.interface,
          steps: compilation.plan.stepSummaries, suffix: suffix))
      var plan = compilation.plan
      plan.interface.name += suffix
      objects += try compilation.machineCode(of: plan).objects
    }
    return LibraryContents(
      variants: variants, kernelObjects: objects, weights: try first.packedWeights(),
      weightsMode: mode, compact: first.options.goal == .size, labels: first.labels,
      resinVersion: resinVersion)
  }

  /// Writes a library, an object or an archive; see `Compilation.write`.
  public func write(
    _ kind: EmitKind, weights mode: WeightsMode = .embedded, to path: String?
  ) throws -> [String] {
    guard let library = LibraryKind(rawValue: kind.rawValue) else {
      throw DiagnosticError(
        "\(kind.rawValue) is for one number of images", hint: "give one with --batch")
    }
    let name = library.defaultFileName(model: compilations[0].plan.interface.name)
    let contents = try self.library(mode)
    return try compilations[0].clock.measure(.linking) {
      try contents.write(library, to: outputPath(path, usual: name))
    }
  }
}
