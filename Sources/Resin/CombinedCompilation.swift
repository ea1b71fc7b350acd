import Artifacts
import Diagnostics
import Planning

/// One model compiled for several numbers of images, or several levels of the CPU, into one library.
///
/// Weights that two of its plans pack alike are there once. For each level the first number of
/// images decides: the others take its algorithms and pack weights as it does, where they can.
/// Levels differ in the width of their vectors, which packed weights follow, so that they share
/// little beside biases.
public struct CombinedCompilation: Sendable {
  /// For each number of images, in the order given, one per level, the best first; their plans read
  /// the same weights.
  public let compilations: [Compilation]
  private let batches: [Int]
  private let levels: [InstructionSet]

  /// Compiles a model for more numbers of images.
  ///
  /// - Parameters:
  ///   - firsts: the compilations of one model for the first of `batches`, one per level, in any
  ///     order, under one name.
  ///   - batches: images per run, none twice.
  ///   - read: reads the model for a number of images.
  /// - Throws: where the model is the same whatever their number, or cannot be compiled for one.
  public init(
    _ firsts: [Compilation], batches: [Int], read: (Int) throws -> ModelFile
  ) throws {
    let firsts = firsts.sorted {
      $0.plan.interface.instructionSet > $1.plan.interface.instructionSet
    }
    var all = firsts
    for batch in batches.dropFirst() {
      let file = try firsts[0].clock.measure(.reading) { try read(batch) }
      var ofBatch: [Compilation] = []
      for first in firsts {
        let options = first.plan.optionsForSamePacking(first.options)
        let set = first.plan.interface.instructionSet
        let other =
          try ofBatch.first?.retargeted(to: set, options: options)
          ?? Compilation(file, for: set, options: options, clock: first.clock)
        ofBatch.append(other)
      }
      guard ofBatch[0].plan.interface.inputs != firsts[0].plan.interface.inputs else {
        throw DiagnosticError(
          "the model has no open batch to compile for \(batch) images",
          at: .subject(firsts[0].source.path), hint: "leave --batch out")
      }
      all += ofBatch
    }
    let name = firsts[0].plan.interface.name
    compilations = try zip(all, sharingWeights(all.map(\.plan))).map {
      try Compilation($0, plan: $1).named(name)
    }
    levels = firsts.map(\.plan.interface.instructionSet)
    self.batches = batches
  }

  /// Compiles to what a library is made of.
  ///
  /// - Throws: where there is no memory for the weights.
  public func library(_ mode: WeightsMode = .embedded) throws -> LibraryContents {
    let first = compilations[0]
    try first.plan.interface.checkName()
    var ports = first.clock.measure(.reading) { first.source.findImagePorts().ports }
    var variants: [LibraryVariant] = []
    var objects: [[UInt8]] = []
    for (index, compilation) in compilations.enumerated() {
      let batch = batches[index / levels.count]
      let level = levels[index % levels.count]
      let suffix =
        (batches.count > 1 ? "_b\(batch)" : "") + (levels.count > 1 ? level.suffix : "")
      ports?.images = batch
      var interface = compilation.plan.interface
      interface.mark(ports)
      variants.append(
        LibraryVariant(
          batch: batch, interface: interface,
          steps: compilation.plan.stepSummaries, suffix: suffix))
      var plan = compilation.plan
      plan.interface.name += suffix
      objects += try compilation.machineCode(of: plan).objects
    }
    return LibraryContents(
      variants: variants, kernelObjects: objects, weights: try first.packedWeights(),
      weightsMode: mode, compact: first.options.goal == .size, labels: first.labels,
      manifest: first.manifest(levels: levels, batches: batches, mode))
  }

  /// Writes a library, an object or an archive; see `Compilation.write`.
  public func write(
    _ kind: EmitKind, weights mode: WeightsMode = .embedded, to path: String?
  ) throws -> [String] {
    guard let library = LibraryKind(rawValue: kind.rawValue) else {
      throw DiagnosticError(
        "\(kind.rawValue) is for one number of images and one CPU",
        hint: "give one with --batch, and one with --cpu")
    }
    let name = library.defaultFileName(model: compilations[0].plan.interface.name)
    let contents = try self.library(mode)
    return try compilations[0].clock.measure(.linking) {
      try contents.write(library, to: outputPath(path, usual: name))
    }
  }
}

extension InstructionSet {
  /// What names of functions for this level end with in a library for several.
  fileprivate var suffix: String {
    switch self {
    case .baseline: "_v1"
    case .avx2: "_v3"
    case .avx512: "_v4"
    }
  }
}
