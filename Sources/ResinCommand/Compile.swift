import ArgumentParser
import Artifacts
import Artifacts
import Diagnostics
import Planning
import Resin

struct Compile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compiles a model to a native library with its header.")

  @Argument(help: "A .resin or .onnx file.")
  var model: String

  @OptionGroup var sourceOptions: SourceOptions

  @Option(help: "Images per run.")
  var batch = 1

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

  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  func run() throws {
    let options = try planOptions.choices(threads: threads)
    let set = try InstructionSet(named: cpu)
    let tune = try tuneOptions.tuner()
    let file = try sourceOptions.model(model, batch: batch)
    var compilation = try Compilation(file, for: set, options: options)
    if let tune { compilation = try tune(compilation) }
    let files = try compilation.write(emit, weights: weightsMode, to: output)
    for file in files { print(file) }
    if emit == .library || emit == .object {
      note("\(files[0]): \(try LibrarySize(path: files[0]).text)")
    }
  }
}

extension EmitKind: ExpressibleByArgument {}
extension WeightsMode: ExpressibleByArgument {}
