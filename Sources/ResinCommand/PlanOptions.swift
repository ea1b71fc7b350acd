import ArgumentParser
import Diagnostics
import Planning

/// What a user may decide about how convolutions are computed, for commands that compile.
struct PlanOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-winograd"),
    help: "Compute every convolution directly, which rounds least.")
  var noWinograd = false

  @Option(
    help: ArgumentHelp(
      "The algorithm of one convolution: "
        + ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "node=name"))
  var algorithm: [String] = []

  /// The choices that the options make, for code that will run on so many threads.
  func choices(threads: Int) throws -> PlanningOptions {
    guard (1...256).contains(threads) else {
      throw DiagnosticError("cannot plan for \(threads) threads", hint: "give --threads 1 to 256")
    }
    var overrides: [String: ConvolutionAlgorithm] = [:]
    for choice in algorithm {
      let parts = choice.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let algorithm = ConvolutionAlgorithm(rawValue: parts[1]) else {
        let names = ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
        throw DiagnosticError(
          "cannot read --algorithm \(choice)", hint: "give NODE=NAME, the name one of \(names)")
      }
      overrides[parts[0]] = algorithm
    }
    return PlanningOptions(
      algorithms: noWinograd ? [.direct] : ConvolutionAlgorithm.allCases, overrides: overrides,
      threads: threads)
  }
}
