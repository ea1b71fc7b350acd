import ArgumentParser
import Diagnostics
import Planning
import Resin
import TensorFiles

struct Inspect: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Prints a model on its way to code, as text, as a plan or as a picture, or what a library is."
  )

  enum Stage: String, CaseIterable, ExpressibleByArgument {
    case imported, optimised
  }

  @Argument(
    help: "A .resin or .onnx file, or a library that 'resin compile' has written.",
    completion: .modelOrLibrary)
  var model: String

  @Option(
    help: ArgumentHelp("Run these passes only, in this order.", valueName: "a,b,c"),
    completion: .list(passNames))
  var passes: String?

  @Flag(help: "Print kernels, tiles, layouts and memory per step.")
  var plan = false

  @Option(help: "The graph as read, or after the default passes.")
  var stage: Stage?

  @Option(
    help: ArgumentHelp("Draw the graph into an SVG file.", valueName: "file"),
    completion: .file(extensions: ["svg"]))
  var svg: String?

  @Option(
    help: ArgumentHelp(
      "Write a page about the model, with graphs, memory, roofline and steps.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  @Flag(help: "Leave out of the page what has to be measured on this machine.")
  var noMeasure = false

  @Option(help: "Images per run.")
  var batch = 1

  @Option(
    help:
      "The CPU to plan for: native, a level such as x86-64-v3, or a CPU such as znver3 (default: native, or any CPU of --target).",
    completion: .list(["native"] + Machine.names(of: .host)))
  var cpu: String?

  @OptionGroup var targetOptions: TargetOptions

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    try OutputFormat.svg.check(svg)
    try OutputFormat.html.check(html)
    if isLibrary(model) {
      try sourceOptions.refuse(for: model)
      try planOptions.refuse(for: model)
      try tuneOptions.refuse(for: model)
      guard passes == nil, !plan, stage == nil, svg == nil, html == nil else {
        throw DiagnosticError("a library has no stages and no graph", at: .subject(model))
      }
      print(try libraryText(model), terminator: "")
      return
    }
    let options = try planOptions.choices()
    let platform = try targetOptions.platform()
    let machine = try Machine(cpu: cpu ?? Machine.usualCPU(of: platform), of: platform)
    let file = try sourceOptions.modelWithAnyWeights(model, batch: batch)
    try checkOutputs([svg, html].compactMap { $0 })
    let stage = try wanted()
    guard html != nil || !noMeasure else { throw DiagnosticError("--no-measure is for --html") }
    if let html {
      guard !plan, passes == nil, self.stage == nil, svg == nil else {
        throw DiagnosticError("--html shows all stages and goes with no other of them")
      }
      try file.writeReport(
        to: html, for: machine, options: options,
        isMeasured: !noMeasure && machine.instructionSet.isSubset(of: .host),
        times: tuneOptions.knownTimes, tune: try tuneOptions.tuner(needed: false))
      return
    }
    if let svg {
      guard !plan else { throw DiagnosticError("--plan and --svg exclude each other") }
      try file.draw(stage, to: svg)
      return
    }
    let text = try file.inspection(
      stage, for: machine, options: options, times: tuneOptions.knownTimes,
      tune: try tuneOptions.tuner(needed: false))
    print(text, terminator: "")
  }

  private func wanted() throws -> InspectionStage {
    switch (passes, plan, stage) {
    case (nil, true, nil): return .plan
    case (nil, false, .imported?): return .imported
    case (nil, false, _): return .optimised
    case (let list?, false, nil):
      return .after(list.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    default: throw DiagnosticError("--passes, --plan and --stage exclude each other")
    }
  }
}
