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

  @Option(parsing: .unconditional, help: "Images per run (default: 1).")
  var batch: Int?

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
      guard batch == nil, cpu == nil, targetOptions.target == nil, !noMeasure else {
        throw DiagnosticError(
          "a library is compiled already", at: .subject(model),
          hint: "give --batch, --cpu and --target to 'resin compile'")
      }
      print(try libraryText(model), terminator: "")
      return
    }
    try checkStages()
    let platform = try targetOptions.platform()
    let options = try planOptions.choices(for: platform)
    let machine = try Machine(cpu: cpu ?? Machine.usualCPU(of: platform), of: platform)
    let file = try sourceOptions.modelWithAnyWeights(model, batch: batch ?? 1)
    try checkOutputs([svg, html].compactMap { $0 })
    if let html {
      try file.writeReport(
        to: html, for: machine, options: options,
        isMeasured: !noMeasure && machine.instructionSet.isSubset(of: .host),
        times: tuneOptions.knownTimes, tune: try tuneOptions.tuner(needed: false))
      return
    }
    if let svg {
      try file.draw(wanted, to: svg)
      return
    }
    let text = try file.inspection(
      wanted, for: machine, options: options, times: tuneOptions.knownTimes,
      tune: try tuneOptions.tuner(needed: false))
    print(text, terminator: "")
  }

  /// What is shown as text or drawn.
  private var wanted: InspectionStage {
    if let passes {
      return .after(passes.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }
    return plan ? .plan : stage == .imported ? .imported : .optimised
  }

  /// Throws where the options ask for several things that exclude each other, or say something of a plan
  /// and none is made.
  private func checkStages() throws {
    let given = [(plan, "--plan"), (passes != nil, "--passes"), (stage != nil, "--stage")]
      .filter(\.0).map(\.1)
    if html != nil, let other = given.first ?? (svg == nil ? nil : "--svg") {
      throw DiagnosticError(
        "--html writes a page with all stages, and goes with none of --plan, --passes, --stage and --svg",
        hint: "leave \(other) out")
    }
    guard given.count <= 1 else {
      throw DiagnosticError(
        "--passes, --plan and --stage exclude each other", hint: "leave \(given[1]) out")
    }
    guard svg == nil || !plan else {
      throw DiagnosticError(
        "--plan and --svg exclude each other: a plan is no graph",
        hint: "give --html in their place, whose page has a picture of both")
    }
    guard html != nil || !noMeasure else { throw DiagnosticError("--no-measure is for --html") }
    guard !plan, html == nil else { return }
    let ofPlans =
      [(cpu != nil, "--cpu"), (targetOptions.target != nil, "--target")].filter(\.0).map(\.1)
      + planOptions.given + tuneOptions.given
    if let option = ofPlans.first {
      throw DiagnosticError(
        "\(option) is about plans, and no plan is shown", hint: "give --plan or --html, too")
    }
  }
}
