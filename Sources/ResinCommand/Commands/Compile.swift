import ArgumentParser
import Artifacts
import Diagnostics
import Planning
import Resin

struct Compile: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Compiles a model to a native library with its header, or to a module of WebAssembly."
  )

  @Argument(help: "A .resin or .onnx file.", completion: .modelFile)
  var model: String

  @OptionGroup var sourceOptions: SourceOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images per run; several numbers, as in 1,8,32, make one library for all of them.",
      valueName: "n"))
  var batch = BatchList([1])

  @Option(
    name: .shortAndLong, help: "Where to write; a folder keeps the usual name.", completion: .file()
  )
  var output: String?

  @Flag(
    help:
      "Make an object for programs without an operating system, which needs nothing outside of itself."
  )
  var freestanding = false

  @Option(
    help: ArgumentHelp(
      "What functions, header and library are called after, in place of the model's name.",
      valueName: "name"))
  var name: String?

  @Option(
    help:
      "What to write: library (for wasm32 a module and its script), object, archive, llvm-ir or assembly."
  )
  var emit: EmitKind = .library

  @Option(
    help: ArgumentHelp(
      "The CPU to compile for: native, a level such as x86-64-v3, perhaps with features besides as in "
        + "x86-64-v4+avx512vnni, or a CPU such as znver3 (default: native, or any CPU of --target); several, as in x86-64-v3,x86-64-v4, make "
        + "one library that takes the best which the machine has.",
      valueName: "name"), completion: .list(["native"] + Machine.names(of: .host)))
  var cpu: String?

  @OptionGroup var targetOptions: TargetOptions

  @Flag(
    help:
      "Use the multiply-adds of WebAssembly's relaxed SIMD, which are faster; with them the last bits of results vary from engine to engine."
  )
  var relaxedSimd = false

  @Option(
    help: ArgumentHelp(
      "The CPU, of any target, whose algorithms to take where its costs would choose others.",
      valueName: "name"), completion: .list(Machine.names(of: .host)))
  var algorithmsOf: String?

  @Option(
    help: ArgumentHelp(
      "The command that calls a C compiler of the target, as in \"clang --target=aarch64-linux-gnu\"; found by default.",
      valueName: "command"))
  var cc: String?

  @Option(help: "Where weights go: embedded in the library, or separate in a file beside it.")
  var weightsMode: WeightsMode = .embedded

  @Option(
    help: ArgumentHelp(
      "Tools to make the library known to, by files beside it: "
        + PackageFile.allCases.map(\.rawValue).joined(separator: ", ") + "; several as a,b.",
      valueName: "tools"), completion: .list(PackageFile.allCases.map(\.rawValue)))
  var package = PackageList([])

  @Flag(help: "Say on standard error how long each phase of the compilation took.")
  var timings = false

  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    guard cc == nil || LibraryKind(rawValue: emit.rawValue) != nil else {
      throw DiagnosticError(
        "--cc is for libraries, objects and archives, not for \(emit.rawValue)")
    }
    let platform = try targetOptions.platform()
    try emit.format(for: platform).check(output)
    let options = try planOptions.choices(for: platform)
    if platform == .wasm32, !freestanding { try checkModule(options) }
    let form = try emit.form(
      for: platform, freestanding: freestanding, with: package.files, compiler: cc)
    guard !freestanding || options.threads == 1 else {
      throw DiagnosticError(
        "an object without a system runs in one thread", hint: "leave --plan-threads out")
    }
    guard !relaxedSimd || platform == .wasm32 else {
      throw DiagnosticError(
        "--relaxed-simd is for wasm32, not for \(platform.rawValue)",
        hint: "give --target wasm32, or leave it out")
    }
    let cpu =
      (cpu ?? Machine.usualCPU(of: platform)) + (relaxedSimd ? "+\(Machine.relaxedSIMD)" : "")
    var machines = try Machine.list(cpus: cpu, of: platform)
    if let algorithmsOf {
      let other = try Machine(ofAnyPlatform: algorithmsOf)
      machines = machines.map { $0.withAlgorithms(of: other) }
    }
    let tune = try tuneOptions.tuner()
    let sizes = try CompiledSizes(batches: batch.checked(), dimensions: sourceOptions.sizes())
    let display = PhaseDisplay()
    defer { display.clear() }
    let clock = CompilationClock { display.show($0) }
    let file = try clock.measure(.reading) {
      try sizes.noting(sizes.first) { try sourceOptions.read(model, sizes.first) }
    }
    display.clear()
    try sourceOptions.sayNotes(of: file)
    try file.checkOutputs(
      emit, for: platform, weights: weightsMode, with: package.files, named: name, to: output,
      form: form)
    let first = try sizes.noting(sizes.first) {
      try Compilation(file, for: machines[0], options: options, clock: clock)
    }
    var compilations = try [first] + machines.dropFirst().map { try first.retargeted(to: $0) }
    if let tune { compilations = try compilations.map(tune) }
    if let name { compilations = try compilations.map { try $0.named(name) } }
    let files =
      sizes.isOne && machines.count == 1
      ? try compilations[0].write(
        emit, weights: weightsMode, with: package.files, to: output, compiler: cc,
        freestanding: freestanding)
      : try CombinedCompilation(compilations, sizes: sizes, options: options, tune: tune) {
        try sourceOptions.read(model, $0)
      }.write(
        emit, weights: weightsMode, with: package.files, to: output, compiler: cc,
        freestanding: freestanding)
    display.clear()
    for file in files { print(file) }
    if let meaning = Machine.meaning(of: machines, cpus: cpu) { note(meaning) }
    if platform == .wasm32, emit == .library {
      note("\(files[0]): \(try compilations[0].moduleSizeText(files[0]))")
    } else if platform != .arm64MacOS, emit == .library || emit == .object {
      let size = try SizeSummary(
        of: files, from: file, levels: machines.count, goal: options.goal)
      note("\(files[0]): \(size.text)")
    }
    if form == .kernels, let source = files.last {
      note(
        "\(files[0]): kernels and weights; the functions of the header are in \(source), for a C compiler of \(platform.rawValue)"
      )
    }
    if timings { note("\(files[0]): \(clock.times.text)") }
  }
}

extension Compile {
  /// Throws where an option asks for what no module of WebAssembly has.
  private func checkModule(_ options: PlanningOptions) throws {
    guard cc == nil else {
      throw DiagnosticError("--cc names a C compiler, and wasm32 needs none", hint: "leave it out")
    }
    guard !tuneOptions.tune else {
      throw DiagnosticError(
        "--tune measures on this machine, which does not run wasm32", hint: "leave it out")
    }
    guard options.threads == 1 else {
      throw DiagnosticError(
        "a module of WebAssembly runs in one thread", hint: "leave --plan-threads out")
    }
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

/// Tools, as in `cmake,cpp`, none twice.
struct PackageList: ExpressibleByArgument {
  let files: [PackageFile]

  init(_ files: [PackageFile]) { self.files = files }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { PackageFile(rawValue: String($0)) }
    guard let files = parts as? [PackageFile], Set(files).count == files.count else { return nil }
    self.files = files
  }

  var defaultValueDescription: String { "none" }
}

extension EmitKind: ExpressibleByArgument {}
extension WeightsMode: ExpressibleByArgument {}
