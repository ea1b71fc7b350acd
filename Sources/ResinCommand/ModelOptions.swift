import ArgumentParser
import Diagnostics
import Resin

/// Where weights come from, for commands that read a model.
struct WeightOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Weights for a .resin model, as safetensors; by default the file of its name beside it.",
      valueName: "file"))
  var weights: String?

  @Option(help: ArgumentHelp("Weights from a seed, for a .resin model.", valueName: "seed"))
  var randomWeights: UInt64?

  /// The choice that the options make.
  func choice() throws -> WeightsChoice {
    switch (weights, randomWeights) {
    case (nil, nil): .beside
    case (let file?, nil): .file(file)
    case (nil, let seed?): .random(seed: seed)
    case (_?, _?):
      throw DiagnosticError("--weights and --random-weights exclude each other")
    }
  }

  /// The model, with weights from seed 1 where none are given and none lie beside it: speed and
  /// correctness of code do not depend on them.
  func readModel(_ path: String, batch: Int) throws -> ModelFile {
    let file = try ModelFile(path: path, batch: batch, weights: try choice())
    guard !file.hasWeights else { return file }
    note("note: no weights given; they are random, from seed 1")
    return try ModelFile(path: path, batch: batch, weights: .random(seed: 1))
  }

  /// Throws where weights are given for a library, which has its own.
  func refuse(for library: String) throws {
    guard try choice() == .beside else {
      throw DiagnosticError("a library has its own weights", at: .subject(library))
    }
  }
}
