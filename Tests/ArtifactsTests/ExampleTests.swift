import Artifacts
import Foundation
import TestSupport
import Testing

/// The programs under docs/examples, built and run as their first lines say.
@Suite struct ExampleTests {
  /// A library with the interface of the digits network, and a picture whose fifth pixel is the
  /// brightest.
  private static func prepare(_ mode: WeightsMode = .embedded) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try FixtureModel.digits().contents(mode).write(.library, to: folder.path("libdigits.so"))
    var image = [Float](repeating: 0, count: 784)
    image[5] = 2
    try folder.write("digit.f32", image.withUnsafeBytes { Array($0) })
    return folder
  }

  @Test(arguments: ["gcc", "clang"].filter(hasProgram)) func cExample(compiler: String) throws {
    let folder = try Self.prepare()
    let build = try runProgram(
      [
        compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-I.",
        packagePath("docs/examples/classify.c"),
      ]
        + ["-L.", "-ldigits", "-Wl,-rpath,.", "-o", "classify"], in: folder.path)
    try #require(build.status == 0, "\(build.errors)")
    #expect(try runProgram(["./classify", "digit.f32"], in: folder.path).output == "5 2.5\n")
    #expect(try runProgram(["./classify", "absent"], in: folder.path).status == 2)
  }

  @Test(.enabled(if: hasProgram("swiftc"), "there is no swiftc")) func swiftExample() throws {
    let folder = try Self.prepare()
    let build = try runProgram(
      ["swiftc", "-import-objc-header", "digits.h", packagePath("docs/examples/classify.swift")]
        + ["-L.", "-ldigits", "-Xlinker", "-rpath=.", "-o", "classify"], in: folder.path)
    try #require(build.status == 0, "\(build.errors)")
    #expect(try runProgram(["./classify", "digit.f32"], in: folder.path).output == "5 2.5\n")
  }

  @Test(.enabled(if: hasProgram("python3"), "there is no python3"), arguments: WeightsMode.allCases)
  func pythonExample(mode: WeightsMode) throws {
    let folder = try Self.prepare(mode)
    let script = packagePath("docs/examples/run_model.py")
    let result = try runProgram(["python3", script, "libdigits.so", "digit.f32"], in: folder.path)
    #expect(
      result.output == "logits 0 0.1 0.2 0.3 0.4 2.5 0.6 0.7 0.8 0.9\n", "\(result.errors)")
  }
}
