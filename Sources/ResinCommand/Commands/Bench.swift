import ArgumentParser
import Artifacts
import Diagnostics
import Resin

struct Bench: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Times a model or a compiled library against the peak of this machine.")

  @Argument(
    help: "A .resin or .onnx file, or a library that 'resin compile' has written.",
    completion: .modelOrLibrary)
  var model: String

  @Option(parsing: .unconditional, help: "Threads to run on.")
  var threads = 1

  @Option(
    parsing: .unconditional,
    help: "Images per run; a library has been compiled for one or a few numbers.")
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many seconds to time runs for.", valueName: "s"))
  var seconds = 1.0

  @Flag(
    help:
      "Time as many runs at once as threads, each on one thread: how many images there are in a second."
  )
  var throughput = false

  @Flag(help: "Print a row per step.")
  var profile = false

  @Flag(
    help:
      "Time every algorithm of every distinct convolution instead, and print it beside its estimate."
  )
  var candidates = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    if candidates { return try printCandidates() }
    _ = try ThreadPool(threads: threads)
    let report = try benchmark(
      try loadOrCompile(), threads: threads, seconds: seconds, profile: profile,
      throughput: throughput)
    print(json ? report.json : report.text)
    for doubt in report.doubts { note("note: the machine is busy: \(doubt)") }
  }

  /// Measures the algorithms that the plan is chosen from.
  private func printCandidates() throws {
    guard !isLibrary(model) else {
      throw DiagnosticError(
        "a library has its algorithms; give the model to see what they were chosen from",
        at: .subject(model))
    }
    let others = [
      (profile, "--profile"), (throughput, "--throughput"), (tuneOptions.tune, "--tune"),
      (threads != 1, "--threads"), (seconds != 1, "--seconds"),
    ].filter(\.0).map(\.1)
    guard others.isEmpty else {
      let hint =
        switch others[0] {
        case "--threads":
          "--plan-threads says for how many threads algorithms are chosen and measured"
        case "--seconds": "--tune-seconds ends measuring"
        default: "leave \(others[0]) out"
        }
      throw DiagnosticError(
        "--candidates times algorithms of layers, not runs, and does not go with \(others[0])",
        hint: hint)
    }
    let compilation = try Compilation(
      sourceOptions.modelWithAnyWeights(model, batch: batch ?? 1), options: planOptions.choices())
    let times = try tuneOptions.candidateTimes(of: compilation)
    print(json ? times.json : times.text)
  }

  private func loadOrCompile() throws -> ReadyModel {
    guard isLibrary(model) else {
      return try compileInProcess(
        sourceOptions.modelWithAnyWeights(model, batch: batch ?? 1),
        options: planOptions.choices(), tune: tuneOptions.tuner())
    }
    try sourceOptions.refuse(for: model, exceptSizes: true)
    try planOptions.refuse(for: model)
    try tuneOptions.refuse(for: model)
    let ready = try loadLibrary(model, batch: batch, sizes: sourceOptions.extents())
    let compiled = ready.model.interface.batch ?? 1
    if let batch, batch != compiled {
      throw DiagnosticError(
        "the library is compiled for a batch of \(compiled), not \(batch)", at: .subject(model))
    }
    return ready
  }
}
