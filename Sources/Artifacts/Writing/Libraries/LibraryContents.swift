import Diagnostics
import KernelGen
import Planning

/// Where a compiled model keeps its packed weights.
public enum WeightsMode: String, Sendable, CaseIterable {
  /// Inside the library.
  case embedded
  /// In a file beside it, which the caller maps.
  case separate
}

/// How much of a library its file has, and what makes it.
public enum LibraryForm: Sendable {
  /// Everything: a C compiler of the platform compiles the C part and links it with the kernels.
  case whole
  /// Kernels and weights in one object that LLVM makes alone; the C part lies beside it as source.
  case kernels
  /// Everything that programs without a system need, in one object that LLVM makes alone: kernels, weights,
  /// the function that runs them, and what they would call of a C library.
  case freestanding
}

/// The code of a library for one number of images, one size and one level of the CPU.
public struct LibraryVariant: Sendable {
  /// Images per run.
  public var batch: Int
  /// The extent of each of the library's dimensions.
  public var extents: [Int]
  public var interface: ModelInterface
  /// One entry per step of the interface.
  public var steps: [StepSummary]
  /// What the names of its functions end with; its steps are run by the hidden function
  /// `NAME` + `suffix` + `_steps`, a `resin_steps`.
  public var suffix: String

  /// Creates a variant; the only one of its library has no suffix.
  public init(
    batch: Int = 1, extents: [Int] = [], interface: ModelInterface, steps: [StepSummary],
    suffix: String = ""
  ) {
    precondition(steps.count == interface.stepCount, "\(steps.count) summaries of steps")
    self.batch = batch
    self.extents = extents
    self.interface = interface
    self.steps = steps
    self.suffix = suffix
  }
}

/// Everything that a library is made of.
public struct LibraryContents: Sendable {
  /// The code for each number of images, for each of these each combination of extents, the last
  /// dimension's changing first, and for each its levels, the best first and the same ones; all with
  /// the same weights; at least one.
  public var variants: [LibraryVariant]
  /// The axes for which there is code for several extents.
  public var dimensions: [LibraryDimension]
  /// How much of it is written.
  public var form: LibraryForm
  /// Relocatable ELF files that together define the functions that run the variants' steps; none where
  /// there are modules.
  public var kernelObjects: [[UInt8]]
  /// The same for objects that LLVM makes alone; nil where the form is `whole`.
  public var kernelModules: GeneratedModules?
  /// The packed weights, as many bytes as the interface says.
  public var weights: AlignedMemory
  public var weightsMode: WeightsMode
  /// What the library is for.
  public var platform: Platform
  /// Whether names of local functions and space between sections are left out.
  public var compact: Bool
  /// Per output, the labels of a classifier; empty where there are none.
  public var labels: [[String]]
  /// What the descriptor says of how all this was made.
  public var manifest: LibraryManifest
  /// What its files are called after.
  var fileStem: String

  /// Creates contents; one size, weights embedded, for this system, not compact and no labels unless
  /// given. The form is `whole` where there are objects.
  ///
  /// - Precondition: sizes and counts are those of the interface.
  public init(
    variants: [LibraryVariant], dimensions: [LibraryDimension] = [], kernelObjects: [[UInt8]] = [],
    form: LibraryForm = .whole, kernelModules: GeneratedModules? = nil, weights: AlignedMemory,
    weightsMode: WeightsMode = .embedded, platform: Platform = .host, compact: Bool = false,
    labels: [[String]]? = nil, manifest: LibraryManifest
  ) {
    let interface = variants[0].interface
    let bytes = weights.bytes.count
    precondition(bytes == interface.weightsBytes, "\(bytes) bytes of weights")
    precondition((form == .whole) == (kernelModules == nil), "code in another form")
    let labels = labels ?? interface.outputs.map { _ in [] }
    precondition(labels.count == interface.outputs.count, "\(labels.count) lists of labels")
    self.variants = variants
    self.dimensions = dimensions
    self.form = form
    self.kernelObjects = kernelObjects
    self.kernelModules = kernelModules
    self.weights = weights
    self.weightsMode = weightsMode
    self.platform = platform
    self.compact = compact
    self.labels = labels
    self.manifest = manifest
    fileStem = interface.name
  }

  /// The numbers of images that there is code for.
  var batches: [Int] {
    let each = levels.count * dimensions.combinationCount
    return stride(from: 0, to: variants.count, by: each).map { variants[$0].batch }
  }

  /// The levels that there is code for, the best first.
  var levels: [InstructionSet] {
    let first = variants[0]
    return variants.prefix { $0.batch == first.batch && $0.extents == first.extents }
      .map(\.interface.instructionSet)
  }

  /// The variants of each number of images and size, one per level, the best first.
  var choices: [ArraySlice<LibraryVariant>] {
    let each = levels.count
    return stride(from: 0, to: variants.count, by: each).map { variants[$0..<$0 + each] }
  }

  /// What all variants have in common, with the shapes of the first.
  public var interface: ModelInterface { variants[0].interface }

  /// The name of the side file of weights.
  var weightsFileName: String { "\(fileStem).weights" }
}

extension ModelInterface {
  /// Throws where the model's name cannot be the prefix of C functions and the stem of file names.
  public func checkName() throws {
    let place = Diagnostic.Place.subject("model '\(name)'")
    guard isCIdentifier(name) else {
      throw DiagnosticError(
        "the name is no identifier of C, which a library's functions are named after", at: place,
        hint: "give one with --name: letters, digits and '_', beginning with a letter")
    }
    guard name.utf8.count <= 128 else {
      throw DiagnosticError("the name is longer than 128 characters", at: place)
    }
    let lowercased = name.lowercased()
    guard lowercased != "resin", !lowercased.hasPrefix("resin_") else {
      throw DiagnosticError(
        "names that begin with 'resin' are taken by the functions every library shares", at: place,
        hint: "give another with --name")
    }
    guard !isReservedWord(name) else {
      throw DiagnosticError(
        "the name is a word of C or C++, which no library can be called by", at: place,
        hint: "give another with --name")
    }
  }
}
