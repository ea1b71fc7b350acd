import ArgumentParser
import Diagnostics
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

  @Option(help: "What to optimise for: speed, or the size of the library.")
  var optimize: OptimizationGoal = .speed

  @Option(
    help: ArgumentHelp(
      "The algorithm of one convolution: "
        + ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "node=name"))
  var algorithm: [String] = []

  @Option(
    help: ArgumentHelp(
      "Algorithms of convolutions from a file, one 'NODE = NAME' per line; --algorithm goes first.",
      valueName: "file"))
  var overrides: String?

  /// The choices that the options make, for code that will run on so many threads.
  func choices(threads: Int) throws -> PlanningOptions {
    guard (1...256).contains(threads) else {
      throw DiagnosticError("cannot plan for \(threads) threads", hint: "give --threads 1 to 256")
    }
    let flags = SourceFile(path: "--algorithm", text: algorithm.joined(separator: "\n"))
    let chosen = try overrides.map { try readOverrides(path: $0) } ?? [:]
    return PlanningOptions(
      algorithms: noWinograd ? [.direct] : ConvolutionAlgorithm.allCases,
      overrides: chosen.merging(try parseOverrides(flags)) { _, flag in flag }, threads: threads,
      goal: optimize)
  }
}

extension OptimizationGoal: ExpressibleByArgument {}
