import Foundation
import TestSupport
import Testing

/// What a process pays for a compiled model before and beside its runs, with the program that
/// `Benchmarks/run.sh startup` uses.
@Suite struct StartupTests {
  @Test func loadingTakesNoTimeAndWeightsAreInMemoryOnce() throws {
    let folder = try ScratchFolder()
    try folder.write(
      "wide.resin",
      """
      model wide
      input x: f32[1, 2048]
      y = linear(x, 4096)
      output y
      """)
    let compiled = try resin(["compile", "wide.resin", "--random-weights", "1"], in: folder)
    try #require(compiled.status == 0, "\(compiled.errors)")
    let built = try runProgram(
      ["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", folder.path("startup")]
        + ["-I", packagePath("Sources/CResinRuntime/include"), packagePath("Benchmarks/startup.c")]
        + ["-ldl"])
    try #require(built.status == 0, "\(built.errors)")

    var loads: [Double] = []
    for _ in 0..<5 {
      let run = try runProgram(["./startup", "./libwide.so", "3"], in: folder.path)
      try #require(run.status == 0, "\(run.errors)")
      let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
      let figures = try #require(json as? [String: Double])
      let weights = try #require(figures["weights_bytes"])
      #expect(weights > 33_500_000)
      let limit = weights + (figures["workspace_bytes"] ?? 0) + 10_000_000
      #expect(try #require(figures["resident_bytes"]) <= limit)
      loads.append(try #require(figures["load_ms"]))
    }
    // The least: the machine may be busy with something else.
    #expect(try #require(loads.min()) < 10)
  }
}
