import Foundation
import TestSupport
import Testing

/// Libraries as parts of larger programs: what a run does beside computing, several of them in one
/// process, and CPUs that lack something. The programs are in C, under `Programs`.
@Suite struct LibraryLifeTests {
  private static let texts = [
    "classifier": """
    model classifier
    input x: f32[N, 3, 20, 20]
    a = relu(conv2d(x, 32, kernel: 3, padding: 1))
    b = relu(conv2d(a, 32, kernel: 3, padding: 1) + a)
    c = max_pool(b, kernel: 3, stride: 2, padding: 1)
    d = silu(conv2d(c, 64, kernel: 3, stride: 2, padding: 1, groups: 4))
    y = softmax(linear(flatten(average_pool(d, kernel: 2, stride: 2)), 100), axis: 1)
    output y
    """,
    "decoder": """
    model decoder
    input x: f32[N, 4, 12, 12]
    a = conv_transpose2d(x, 6, kernel: 3, stride: 2)
    b = tanh(resize(a, scale: 0.5, mode: linear))
    i = top_indices(b, count: 2, axis: 1)
    output b
    output i
    """,
  ]

  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Compiles one of the texts to a library of a given name.
  private func compile(
    _ model: String, seed: Int = 1, to name: String? = nil, options: [String] = []
  ) throws -> String {
    let library = "./\(name ?? "lib\(model).so")"
    try folder.write("\(model).resin", Self.texts[model] ?? "")
    let result = try resin(
      ["compile", "\(model).resin", "--random-weights", "\(seed)", "-o", library] + options,
      in: folder)
    try #require(result.status == 0, "\(result.errors)")
    return library
  }

  /// Builds a program of the folder `Programs`.
  private func build(_ program: String) throws -> String {
    let sources = packagePath("Tests/EndToEndTests/Programs")
    let built = try runProgram(
      ["cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-rdynamic", "-I", sources]
        + ["-I", packagePath("Sources/CResinRuntime/include"), "\(sources)/\(program).c"]
        + ["-o", folder.path(program), "-ldl", "-lpthread"])
    try #require(built.status == 0, "\(built.errors)")
    return "./\(program)"
  }

  @Test(arguments: ["classifier", "decoder"])
  func aRunAllocatesNothingHoldsNoLockAndMakesNoSystemCall(model: String) throws {
    for options in [[], ["--batch", "2", "--no-winograd"]] {
      let library = try compile(model, options: options)
      let run = try runProgram([build("quiet"), library], in: folder.path)
      #expect(run.status == 0, "\(options) \(run.errors)")
    }
  }

  /// Also where tasks go through the images of a batch.
  @Test(arguments: ["classifier", "decoder"], [[], ["--batch", "2"], ["--plan-threads", "2"]])
  func aRunTakesLittleStack(model: String, options: [String]) throws {
    let library = try compile(model, options: options)
    let run = try runProgram([build("small_stack"), library, "4096"], in: folder.path)
    #expect(run.status == 0, "\(options) \(run.output) \(run.errors)")
  }

  /// Two libraries of one model are among them: neither must call the other's functions.
  @Test func modelsRunSideBySideAndUnload() throws {
    let libraries = [
      try compile("classifier"), try compile("decoder"),
      try compile("classifier", seed: 2, to: "libretrained.so"),
    ]
    let run = try runProgram([build("together")] + libraries, in: folder.path)
    #expect(run.status == 0, "\(run.errors)")
  }

  /// An emulator is the CPU that lacks something; it computes multiply-adds exactly as a CPU does.
  @Test(.enabled(if: hasProgram("qemu-x86_64"), "there is no qemu-x86_64"))
  func aLibraryOnALesserCPUGivesACode() throws {
    let program = try build("level")
    let refusal = "4, the CPU lacks a required feature: "
    for (level, refusing, accepting) in [
      ("x86-64-v4", ["Nehalem", "max"], nil), ("x86-64-v3", ["Nehalem", "SandyBridge"], "max"),
      ("x86-64", [], "Nehalem"),
    ] {
      let library = try compile("decoder", options: ["--cpu", level])
      for cpu in refusing {
        let run = try runProgram(["qemu-x86_64", "-cpu", cpu, program, library], in: folder.path)
        #expect(run.status == 0, "\(level) on \(cpu): \(run.errors)")
        let lines = run.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("\(level): \(refusal)") == true, "\(cpu)")
        // SandyBridge has AVX, and nothing else of AVX2's level.
        let named = lines.first?.components(separatedBy: refusal).last?.components(
          separatedBy: ", ")
        #expect(named?.contains(level == "x86-64-v4" ? "avx512f" : "avx2") == true, "\(cpu)")
        if cpu == "SandyBridge" { #expect(named?.contains("avx") == false) }
        #expect(lines.dropFirst().allSatisfy { $0.allSatisfy { $0 == "0" } }, "\(cpu)")
      }
      guard let accepting else { continue }
      let run = try runProgram(
        ["qemu-x86_64", "-cpu", accepting, program, library], in: folder.path)
      #expect(run.output.hasPrefix("\(level): 0, no error\n"), "\(run.output) \(run.errors)")
      let native = try runProgram([program, library], in: folder.path)
      guard native.output.hasPrefix("\(level): 0,") else { continue }
      #expect(run.output == native.output)
    }
  }

  @Test(.enabled(if: hasProgram("qemu-x86_64"), "there is no qemu-x86_64"))
  func aLibraryForSeveralLevelsTakesTheBest() throws {
    let program = try build("level")
    let library = try compile("decoder", options: ["--cpu", "x86-64,x86-64-v4,x86-64-v3"])
    let one = try compile("decoder", to: "libone.so", options: ["--cpu", "x86-64-v3"])
    let old = try runProgram(["qemu-x86_64", "-cpu", "Nehalem", program, library], in: folder.path)
    #expect(old.output.hasPrefix("x86-64: 0, no error\n"), "\(old.output) \(old.errors)")
    let newer = try runProgram(["qemu-x86_64", "-cpu", "max", program, library], in: folder.path)
    #expect(newer.output.hasPrefix("x86-64-v3: 0, no error\n"), "\(newer.errors)")
    let alone = try runProgram(["qemu-x86_64", "-cpu", "max", program, one], in: folder.path)
    #expect(newer.output == alone.output)
    let two = try compile("decoder", to: "libtwo.so", options: ["--cpu", "x86-64-v3,x86-64-v4"])
    let none = try runProgram(["qemu-x86_64", "-cpu", "Nehalem", program, two], in: folder.path)
    #expect(none.output.hasPrefix("x86-64-v3: 4, the CPU lacks a required feature: avx, "))
  }

  @Test(arguments: ["classifier", "decoder"])
  func theCallersFloatingPointStateNeitherMattersNorChanges(model: String) throws {
    let run = try runProgram([build("modes"), compile(model)], in: folder.path)
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test(arguments: ["classifier", "decoder"])
  func aCallersParallelForGivesTheSameBits(model: String) throws {
    let library = try compile(model, options: ["--plan-threads", "4"])
    let run = try runProgram([build("spread"), library], in: folder.path)
    #expect(run.status == 0, "\(run.errors)")
  }
}
