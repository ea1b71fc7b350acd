import ArgumentParser
import Artifacts
import Diagnostics
import Planning
import Resin

struct Compile: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Compiles a model to a native library with its header.")

  @Argument(help: "A .resin or .onnx file.")
  var model: String

  @OptionGroup var sourceOptions: SourceOptions

  @Option(
    help: ArgumentHelp(
      "Images per run; several numbers, as in 1,8,32, make one library for all of them.",
      valueName: "n"))
  var batch = BatchList([1])

  @Option(
    name: .shortAndLong, help: "Where to write; a folder keeps the usual name.")
  var output: String?

  @Option(help: "What to write: library, object, archive, llvm-ir or assembly.")
  var emit: EmitKind = .library

  @Option(help: "The CPU to compile for: native, x86-64, x86-64-v3 or x86-64-v4.")
  var cpu = "native"

  @Option(help: "Where weights go: embedded in the library, or separate in a file beside it.")
  var weightsMode: WeightsMode = .embedded

  @Option(help: "Threads to choose algorithms for; the result runs on any number.")
  var threads = 1

  @Flag(help: "Say on standard error how long each phase of the compilation took.")
  var timings = false

  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    let options = try planOptions.choices(threads: threads)
    let set = try InstructionSet(named: cpu)
    let tune = try tuneOptions.tuner()
    let batches = try batch.checked()
    let display = PhaseDisplay()
    defer { display.clear() }
    let clock = CompilationClock { display.show($0) }
    let file = try clock.measure(.reading) {
      try sourceOptions.model(model, batch: batches[0])
    }
    var compilation = try Compilation(file, for: set, options: options, clock: clock)
    if let tune { compilation = try tune(compilation) }
    let files =
      batches.count == 1
      ? try compilation.write(emit, weights: weightsMode, to: output)
      : try BatchCompilation(compilation, batches: batches) {
        try sourceOptions.model(model, batch: $0)
      }.write(emit, weights: weightsMode, to: output)
    display.clear()
    for file in files { print(file) }
    if emit == .library || emit == .object {
      note("\(files[0]): \(try LibrarySize(path: files[0]).text)")
    }
    if timings { note("\(files[0]): \(clock.times.text)") }
  }
}

/// Numbers of images, as in `1,8,32`.
struct BatchList: ExpressibleByArgument {
  private let numbers: [Int]

  init(_ numbers: [Int]) { self.numbers = numbers }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard let numbers = parts as? [Int] else { return nil }
    self.numbers = numbers
  }

  var defaultValueDescription: String { numbers.map(String.init).joined(separator: ",") }

  /// The numbers, none twice.
  func checked() throws -> [Int] {
    guard Set(numbers).count == numbers.count, numbers.count <= 64 else {
      throw DiagnosticError("--batch gives a number twice, or more than 64 of them")
    }
    return numbers
  }
}

extension EmitKind: ExpressibleByArgument {}
extension WeightsMode: ExpressibleByArgument {}
