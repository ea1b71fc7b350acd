import ArgumentParser
import Artifacts
import Diagnostics
import Resin

/// Where in a checkpoint the weights are.
struct CheckpointOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Under which key a checkpoint holds the tensors, where it holds several dictionaries of them.",
      valueName: "key"))
  var weightsKey: String?
}

/// What of a model is compiled, and with which weights, for commands that read one.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Weights for a .resin model, safetensors, a checkpoint of PyTorch or the initializers of ONNX; by default the .safetensors file of its name beside it.",
      valueName: "file"), completion: .file())
  var weights: String?

  @OptionGroup var checkpointOption: CheckpointOption

  @Option(
    help: ArgumentHelp(
      "What the names of the weights begin with, as in model.; found by default, and none where empty.",
      valueName: "prefix"))
  var weightsPrefix: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Weights from a seed, for a .resin model.", valueName: "seed"))
  var randomWeights: UInt64?

  @Option(
    help: ArgumentHelp(
      "A value for a parameter of a .resin model, as in classes=37.", valueName: "name=integer"))
  var set: [String] = []

  @Option(
    help: ArgumentHelp(
      "The extent of an axis that a model leaves open, as in height=224 or, for an axis without a name, image.2=224; several, as in height=256,512, make one library for all of them.",
      valueName: "name=integer"))
  var dim: [String] = []

  @Option(
    help: ArgumentHelp(
      "The outputs to compute, and nothing that only others need; all by default.",
      valueName: "a,b"))
  var outputs: String?

  @Option(
    help: ArgumentHelp(
      "A residual block to leave out, as in layer3.4: its shortcut takes its place.",
      valueName: "block"))
  var without: [String] = []

  @Flag(help: "Take warnings about a model's text for errors.")
  var werror = false

  /// The choice of weights that the options make.
  private func choice() throws -> WeightsChoice {
    switch (weights, randomWeights) {
    case (_?, _?): throw DiagnosticError("--weights and --random-weights exclude each other")
    case (let file?, nil):
      return .file(file, key: checkpointOption.weightsKey, prefix: weightsPrefix)
    default: break
    }
    guard checkpointOption.weightsKey == nil else {
      throw DiagnosticError("--weights-key is for a checkpoint", hint: "name it with --weights")
    }
    guard weightsPrefix == nil else {
      throw DiagnosticError(
        "--weights-prefix is for a file of weights", hint: "name it with --weights")
    }
    return randomWeights.map { .random(seed: $0) } ?? .beside
  }

  /// The extents that the options give, one for each name.
  func extents() throws -> [String: Int] {
    try sizes().reduce(into: [:]) { extents, dimension in
      guard dimension.extents.count == 1 else {
        throw DiagnosticError(
          "--dim gives '\(dimension.name)' the extents \(dimension.list)",
          hint: "give one here; 'resin compile' makes a library for several")
      }
      extents[dimension.name] = dimension.extents[0]
    }
  }

  /// The extents that the options give, in their order.
  func sizes() throws -> [LibraryDimension] {
    var dimensions: [LibraryDimension] = []
    for setting in dim {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let words = parts.last?.split(separator: ",", omittingEmptySubsequences: false) ?? []
      guard parts.count == 2, !parts[0].isEmpty,
        let extents = words.map({ Int($0) }) as? [Int]
      else {
        throw DiagnosticError(
          "cannot read --dim \(setting)", hint: "give NAME=INTEGER, or several as in NAME=256,512")
      }
      let name = String(parts[0])
      guard !dimensions.contains(where: { $0.name == name }) else {
        throw DiagnosticError(
          "--dim gives '\(name)' twice", hint: "give several extents at once, as in NAME=256,512")
      }
      for (index, extent) in extents.enumerated() {
        guard extent >= 1 else {
          throw DiagnosticError(
            "--dim gives '\(name)' the extent \(extent)", hint: "give at least 1")
        }
        guard !extents[..<index].contains(extent) else {
          throw DiagnosticError("--dim gives '\(name)' the extent \(extent) twice")
        }
      }
      dimensions.append(LibraryDimension(name, extents))
    }
    return dimensions
  }

  /// The model as the options want it, after what there is to say of it.
  func model(_ path: String, batch: Int = 1) throws -> ModelFile {
    let file = try read(path, CompiledSize(batch: batch, extents: try extents()))
    try sayNotes(of: file)
    return file
  }

  /// The model for a size and else as the options want it, without a word.
  func read(_ path: String, _ size: CompiledSize) throws -> ModelFile {
    try model(path, size, weights: try choice())
  }

  /// Says what a model's text may not mean, and what was found to stand before the names of the
  /// weights.
  ///
  /// - Throws: the warnings, where they are to be errors.
  func sayNotes(of file: ModelFile) throws {
    if werror, !file.warnings.isEmpty {
      throw DiagnosticError(
        file.warnings.map { warning in
          var error = warning
          error.severity = .error
          return error
        })
    }
    show(file.warnings)
    guard !file.foundPrefix.isEmpty else { return }
    note("note: the names of the weights begin with '\(file.foundPrefix)', which is left out")
  }

  private func model(
    _ path: String, _ size: CompiledSize, weights: WeightsChoice
  ) throws -> ModelFile {
    try ModelFile(
      path: path, batch: size.batch, dimensions: size.extents, weights: weights,
      parameters: try integers(set, of: "--set"),
      outputs: outputs?.split(separator: ",", omittingEmptySubsequences: false).map(String.init),
      without: without)
  }

  /// The model, with weights from seed 1 where none are given and none lie beside it: speed and
  /// correctness of code do not depend on them.
  func modelWithAnyWeights(_ path: String, batch: Int) throws -> ModelFile {
    let file = try model(path, batch: batch)
    guard !file.hasWeights else { return file }
    note("note: no weights given; they are random, from seed 1")
    return try model(
      path, CompiledSize(batch: batch, extents: try extents()), weights: .random(seed: 1))
  }

  /// Throws where something is chosen for a library, in which all of it is settled; sizes may be
  /// among those that it has code for.
  func refuse(for library: String, exceptSizes: Bool = false) throws {
    guard try choice() == .beside else {
      throw DiagnosticError("a library has its own weights", at: .subject(library))
    }
    guard set.isEmpty, dim.isEmpty || exceptSizes, outputs == nil, without.isEmpty, !werror else {
      throw DiagnosticError(
        "a library is compiled already", at: .subject(library),
        hint: "give --set, --dim, --outputs, --without and --werror to 'resin compile'")
    }
  }
}

/// Named integers that an option gives one by one.
func integers(_ settings: [String], of option: String) throws -> [String: Int] {
  var values: [String: Int] = [:]
  for setting in settings {
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let value = Int(parts[1]) else {
      throw DiagnosticError("cannot read \(option) \(setting)", hint: "give NAME=INTEGER")
    }
    guard values.updateValue(value, forKey: String(parts[0])) == nil else {
      throw DiagnosticError("\(option) gives '\(parts[0])' twice")
    }
  }
  return values
}
