import ArgumentParser
import Diagnostics
import Resin

/// Whether and how algorithms are measured, for commands that compile.
struct TuneOptions: ParsableArguments {
  @Flag(
    help:
      "Measure the algorithms of each distinct convolution on this machine, and take the fastest.")
  var tune = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop measuring after so many seconds.", valueName: "n"))
  var tuneSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "Where measured times are kept; by default tuning.json in the user's folder for caches.",
      valueName: "file"), completion: .file())
  var tuningCache: String?

  /// Those that are given.
  var given: [String] {
    [
      (tune, "--tune"), (tuneSeconds != nil, "--tune-seconds"),
      (tuningCache != nil, "--tuning-cache"),
    ].filter(\.0).map(\.1)
  }

  /// What tunes a compilation and says on standard error how far it is; nil unless wanted.
  ///
  /// - Parameter needed: whether the other options make no sense without `--tune`.
  func tuner(needed: Bool = true) throws -> ((Compilation) throws -> Compilation)? {
    guard tune else {
      guard tuneSeconds == nil, !needed || tuningCache == nil else {
        throw DiagnosticError(
          "\(tuneSeconds == nil ? "--tuning-cache" : "--tune-seconds") needs --tune")
      }
      return nil
    }
    let options = try measuring()
    return { compilation in
      var display = TuningDisplay(cache: options.cache)
      return try compilation.tuned(options) { display.show($0) }
    }
  }

  /// The estimated and measured times of a compilation's algorithms; says on standard error how far measuring is.
  func candidateTimes(of compilation: Compilation) throws -> CandidateTimes {
    let options = try measuring()
    var display = TuningDisplay(cache: options.cache)
    return try compilation.candidateTimes(options) { display.show($0) }
  }

  private func measuring() throws -> TuningOptions {
    let seconds = tuneSeconds ?? .infinity
    guard seconds >= 0 else {
      throw DiagnosticError(
        "cannot measure for \(seconds) seconds", hint: "give --tune-seconds a number from 0")
    }
    return TuningOptions(cache: try cachePath(), seconds: seconds)
  }

  /// Throws where tuning is wanted for a library, whose algorithms are chosen.
  func refuse(for library: String) throws {
    guard given.isEmpty else {
      throw DiagnosticError(
        "a library has its algorithms; tune when it is compiled", at: .subject(library))
    }
  }

  /// The times that are known so far. A file that nobody asked for and that is damaged is no reason
  /// to fail.
  func knownTimes() throws -> TuningCache {
    if tune || tuningCache != nil { return try TuningCache(path: try cachePath()) }
    do {
      return try TuningCache(path: try TuningCache.defaultPath())
    } catch let error as DiagnosticError {
      note("note: no measured times: \(error.diagnostics[0].message)")
      return TuningCache()
    }
  }

  private func cachePath() throws -> String { try tuningCache ?? TuningCache.defaultPath() }
}
