import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

/// Everything that a page about a model shows.
struct Report {
  let compilation: Compilation
  /// Times of a run and of its steps; nil where they were not measured.
  let benchmark: BenchmarkReport?
  /// The size of the library by parts, or why there is none.
  let size: Result<LibrarySize, any Error>
  /// Milliseconds that a candidate took when it was tuned.
  let tuned: (ConvolutionChoice, ConvolutionAlgorithm) -> Double?

  var plan: Plan { compilation.plan }
  var profile: Profile? { benchmark?.profile }
}

extension ModelFile {
  /// Writes a page about a model: one HTML file that needs nothing else, with the graph before and
  /// after the passes, the memory plan, the roofline, a table of steps and the sizes of the library.
  ///
  /// - Parameters:
  ///   - path: the page's file.
  ///   - machine: what is compiled for; `native` where nil.
  ///   - options: what the user decides about the plan; steps run on its number of threads.
  ///   - isMeasured: whether steps are timed on this machine, which takes a few seconds.
  ///   - times: what is known of the times of algorithms.
  ///   - tune: gives the compilation better algorithms.
  /// - Throws: where a node has no kernel, steps are to be timed and this machine cannot run the code,
  ///   or the file cannot be written.
  public func writeReport(
    to path: String, for machine: Machine? = nil, options: PlanningOptions = PlanningOptions(),
    isMeasured: Bool, times: () throws -> TuningCache = { TuningCache() },
    tune: ((Compilation) throws -> Compilation)? = nil
  ) throws {
    var compilation = try Compilation(self, for: machine, options: options)
    if let tune { compilation = try tune(compilation) }
    let ready =
      try isMeasured
      ? ReadyModel(
        model: compilation.model(), path: self.path, compileTimes: CompilationTimes(),
        loadTime: .zero) : nil
    let benchmark = try ready.map {
      try Resin.benchmark($0, threads: options.threads, profile: true)
    }
    let (known, context) = (try times(), compilation.tuningContext)
    let report = Report(
      compilation: compilation, benchmark: benchmark,
      size: Result { try compilation.librarySize() },
      tuned: { known[context, $0.layer, $1] })
    try writeFileAtomically(path: path, bytes: Array(report.page.utf8))
  }
}

extension Compilation {
  /// The size of the library that this compilation becomes, which is written aside and measured.
  fileprivate func librarySize() throws -> LibrarySize {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("resin-report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try write(.library, to: folder.path)
    return try LibrarySize(path: files[0])
  }
}
