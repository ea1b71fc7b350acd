import Artifacts
import Diagnostics
import KernelGen
import Planning

/// One model compiled for several numbers of images, sizes or levels of the CPU, into one library.
///
/// Weights that two of its plans pack alike are there once. For each level and size the first number
/// of images decides: the others take its algorithms and pack weights as it does, where they can.
/// Each size has the algorithms that it would have alone, and so the same results; where they are
/// those of the first size, weights are packed as there. Levels differ in the width of their vectors,
/// which packed weights follow, so that they share little beside biases.
public struct CombinedCompilation: Sendable {
  /// For each number of images, in the order given, for each size, one per level, the best first;
  /// their plans read the same weights.
  public let compilations: [Compilation]
  private let sizes: CompiledSizes
  private let machines: [Machine]

  /// Compiles a model for more numbers of images and sizes.
  ///
  /// - Parameters:
  ///   - firsts: the compilations of one model for the first of `sizes`, one per level, in any
  ///     order, under one name.
  ///   - sizes: images per run and extents.
  ///   - options: what the user decides about the plans of other sizes; as for the first where nil.
  ///   - tune: gives a compilation of another size better algorithms.
  ///   - read: reads the model for a size.
  /// - Throws: where the model is the same whatever the number of images, or cannot be compiled for a
  ///   size.
  public init(
    _ firsts: [Compilation], sizes: CompiledSizes, options: PlanningOptions? = nil,
    tune: ((Compilation) throws -> Compilation)? = nil,
    read: (CompiledSize) throws -> ModelFile
  ) throws {
    let firsts = firsts.bestFirst
    /// Compiles for a size, for each level, with options for the plan that it has there.
    func compile(
      _ size: CompiledSize, options: (Compilation) throws -> PlanningOptions
    ) throws -> [Compilation] {
      try sizes.noting(size) {
        let file = try firsts[0].clock.measure(.reading) { try read(size) }
        var ofSize: [Compilation] = []
        for first in firsts {
          let machine = first.plan.machine
          let options = try options(first)
          ofSize.append(
            try ofSize.first?.retargeted(to: machine, options: options)
              ?? Compilation(file, for: machine, options: options, clock: first.clock))
        }
        return ofSize
      }
    }
    var firstOfSizes = [firsts]
    for extents in sizes.combinations.dropFirst() {
      let size = sizes.size(batch: sizes.batches[0], extents)
      let own = try compile(size) { options ?? $0.options }
      let tuned = try tune.map { try own.map($0) } ?? own
      firstOfSizes.append(try zip(tuned, firsts).map { try $0.packing(as: $1) })
    }
    var all = firstOfSizes.flatMap { $0 }
    for batch in sizes.batches.dropFirst() {
      for (extents, firsts) in zip(sizes.combinations, firstOfSizes) {
        let bySet = firsts.map { ($0.plan.interface.instructionSet, $0) }
        let ofBatch = try compile(sizes.size(batch: batch, extents)) { level in
          let first = bySet.first { $0.0 == level.plan.interface.instructionSet }?.1 ?? level
          return first.plan.optionsForSamePacking(first.options)
        }
        guard ofBatch[0].plan.interface.inputs != firsts[0].plan.interface.inputs else {
          throw DiagnosticError(
            "the model has no open batch to compile for \(batch) images",
            at: .subject(firsts[0].source.path), hint: "leave --batch out")
        }
        all += ofBatch
      }
    }
    let name = firsts[0].plan.interface.name
    compilations = try zip(all, sharingWeights(all.map(\.plan))).map {
      try Compilation($0, plan: $1).named(name)
    }
    machines = firsts.map(\.plan.machine)
    self.sizes = sizes
  }

  /// Compiles to what a library is made of.
  ///
  /// - Throws: where there is no memory for the weights.
  public func library(
    _ mode: WeightsMode = .embedded, form: LibraryForm = .whole
  ) throws -> LibraryContents {
    let first = compilations[0]
    try first.plan.interface.checkName()
    var ports = first.clock.measure(.reading) { first.source.findImagePorts().ports }
    var variants: [LibraryVariant] = []
    var objects: [[UInt8]] = []
    var modules: GeneratedModules?
    let combinations = sizes.combinations
    for (index, compilation) in compilations.enumerated() {
      let (choice, level) = (
        index / machines.count, machines[index % machines.count].instructionSet
      )
      let batch = sizes.batches[choice / combinations.count]
      let extents = combinations[choice % combinations.count]
      let suffix =
        (sizes.batches.count > 1 ? "_b\(batch)" : "")
        + (extents.isEmpty ? "" : "_" + extents.map(String.init).joined(separator: "x"))
        + (machines.count > 1 ? level.suffix : "")
      ports?.images = batch
      var interface = compilation.plan.interface
      interface.mark(ports)
      variants.append(
        LibraryVariant(
          batch: batch, extents: extents, interface: interface,
          steps: compilation.plan.stepSummaries, suffix: suffix))
      var plan = compilation.plan
      plan.interface.name += suffix
      if let own = try compilation.modules(for: form, of: plan) {
        modules = modules.map { $0 + own } ?? own
      } else {
        objects += try compilation.machineCode(of: plan).objects
      }
    }
    return LibraryContents(
      variants: variants, dimensions: sizes.dimensions, kernelObjects: objects, form: form,
      kernelModules: modules, weights: try first.packedWeights(),
      weightsMode: mode, platform: first.plan.machine.platform,
      compact: first.options.goal == .size, labels: first.labels,
      manifest: first.manifest(machines: machines, sizes: sizes, mode, form))
  }

  /// Writes a library, an object or an archive; see `Compilation.write`.
  public func write(
    _ kind: EmitKind, weights mode: WeightsMode = .embedded, with packages: [PackageFile] = [],
    to path: String?, compiler: String? = nil, freestanding: Bool = false
  ) throws -> [String] {
    let platform = machines[0].platform
    let isModule = try kind.isModule(for: platform, weights: mode, with: packages)
    let form = try kind.form(
      for: platform, freestanding: freestanding, with: packages, compiler: compiler)
    guard !isModule, form != .freestanding, let library = LibraryKind(rawValue: kind.rawValue)
    else {
      let what =
        form == .freestanding
        ? "an object without a system" : isModule ? "a module of WebAssembly" : kind.rawValue
      throw DiagnosticError(
        "\(what) is for one number of images, one size and one CPU",
        hint: "give one with --batch, one with each --dim, and one with --cpu")
    }
    let name = library.defaultFileName(model: compilations[0].plan.interface.name)
    let contents = try self.library(mode, form: form)
    return try compilations[0].clock.measure(.linking) {
      try contents.write(
        library, to: outputPath(path, usual: name), with: packages, compiler: compiler)
    }
  }
}

extension Compilation {
  /// The same with weights packed as another size's where both compute a convolution alike; itself
  /// where that would change how something is computed.
  fileprivate func packing(as other: Compilation) throws -> Compilation {
    let same = try? retargeted(
      to: plan.machine, options: plan.options(options, packingAs: other.plan))
    guard let same, same.plan.picks == plan.picks else { return self }
    return same
  }
}

extension [Compilation] {
  /// The same with every one before those whose instruction sets are parts of its own: the widest vectors
  /// first, then the most features.
  fileprivate var bestFirst: [Compilation] {
    func rank(_ compilation: Compilation) -> (Int, Int) {
      let set = compilation.plan.interface.instructionSet
      return (set.lanes, set.features.count)
    }
    return enumerated().sorted {
      let (left, right) = (rank($0.element), rank($1.element))
      return left == right ? $0.offset < $1.offset : left > right
    }.map(\.element)
  }
}

extension InstructionSet {
  /// What names of functions for this set end with in a library for several: `_v3`, `_v4_avx512vnni`
  /// or `_armv8_a_dotprod`.
  fileprivate var suffix: String {
    let name = level.rawValue.replacing("-", with: "_")
    let level =
      architecture != .x86 ? name : level == .baseline ? "v1" : String(name.drop { $0 != "v" })
    let besides = subtracting(self.level).features.map { "_" + $0.name.replacing(".", with: "_") }
    return "_" + level + besides.joined()
  }
}
