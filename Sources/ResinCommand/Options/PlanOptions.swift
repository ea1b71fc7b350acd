import ArgumentParser
import Diagnostics
import GraphIR
import Planning
import Resin

/// What a user may decide about how convolutions are computed, for commands that compile.
struct PlanOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-winograd"),
    help: """
      Compute every convolution directly, not by Winograd's or Strassen's algorithm, which rounds \
      least.
      """)
  var noWinograd = false

  @Option(
    help: "What to optimise for: speed, or size (default: speed, but size for wasm32).")
  var optimize: OptimizationGoal?

  @Option(
    help: ArgumentHelp(
      "How weights are stored: f32, or in half the bytes as f16 or bf16, rounded; products are of f32.",
      valueName: "type"))
  var weightsType: FloatFormat = .float32

  @Option(
    help: ArgumentHelp(
      "The algorithm of one convolution: "
        + ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "node=name"))
  var algorithm: [String] = []

  @Option(
    help: ArgumentHelp(
      "Algorithms of convolutions from a file, one 'NODE = NAME' per line; where --algorithm names one of these nodes too, that holds.",
      valueName: "file"), completion: .file())
  var overrides: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Choose algorithms for so many threads (default: 1); they may round differently.",
      valueName: "n"))
  var planThreads: Int?

  /// Those that are given.
  var given: [String] {
    [
      (noWinograd, "--no-winograd"), (optimize != nil, "--optimize"),
      (weightsType != .float32, "--weights-type"), (!algorithm.isEmpty, "--algorithm"),
      (overrides != nil, "--overrides"), (planThreads != nil, "--plan-threads"),
    ].filter(\.0).map(\.1)
  }

  /// The choices that the options make for a platform.
  func choices(for platform: Platform = .host) throws -> PlanningOptions {
    let threads = planThreads ?? 1
    guard (1...256).contains(threads) else {
      throw DiagnosticError(
        "cannot choose algorithms for \(threads) threads", hint: "give --plan-threads 1 to 256")
    }
    if planThreads != nil {
      note("note: algorithms are chosen for \(quantity(threads, "thread"))")
    }
    let flags = SourceFile(path: "--algorithm", text: algorithm.joined(separator: "\n"))
    let chosen = try overrides.map { try readOverrides(path: $0) } ?? [:]
    return PlanningOptions(
      algorithms: noWinograd ? [.direct] : ConvolutionAlgorithm.allCases,
      overrides: chosen.merging(try parseOverrides(flags)) { _, flag in flag }, threads: threads,
      goal: optimize ?? platform.usualGoal, weightsFormat: weightsType)
  }

  /// Throws where something is chosen for a library, whose algorithms are settled.
  func refuse(for library: String) throws {
    guard weightsType == .float32 else {
      throw DiagnosticError(
        "a library has its weights", at: .subject(library),
        hint: "give --weights-type when it is compiled")
    }
    guard given.isEmpty else {
      throw DiagnosticError(
        "a library has its algorithms", at: .subject(library),
        hint: "choose them when it is compiled")
    }
  }
}

extension OptimizationGoal: ExpressibleByArgument {}
extension FloatFormat: ExpressibleByArgument {}
