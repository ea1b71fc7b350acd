import Foundation
import TestSupport
import Testing

@Suite struct ColorTests {
  private let escape = "\u{1b}["

  @Test(arguments: [
    ["compile", "no.resin"], ["run", "no.resin"], ["bench", "no.resin"], ["verify", "no.resin"],
    ["inspect", "no.resin"], ["import", "no.onnx"], ["export", "no.resin"],
    ["convert", "no.npz", "-o", "no.pth"],
  ])
  func everyCommandTakesTheChoice(_ command: [String]) throws {
    let folder = try ScratchFolder()
    for (choice, hasColors) in [("always", true), ("never", false), ("auto", false)] {
      let result = try resin(command + ["--color", choice], in: folder)
      #expect(result.status == 2 && result.errors.contains("error:"), "\(result.errors)")
      #expect(result.errors.contains(escape) == hasColors, "\(choice)")
    }
    #expect(try resin(command + ["--color", "green"], in: folder).status == 64)
  }

  /// `script` runs a command on a terminal of its own and writes what that shows.
  @Test(.enabled(if: hasProgram("script"), "there is no 'script'"))
  func aTerminalHasColours() throws {
    let folder = try ScratchFolder()
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    func shown(_ environment: [String: String]) throws -> String {
      try runProgram(
        ["script", "-qec", "'\(built)' inspect no.resin", "/dev/null"], in: folder.path,
        environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 }
      ).output
    }
    #expect(try shown([:]).contains("\(escape)1;31merror:"))
    let plain = try shown(["NO_COLOR": "1"])
    #expect(plain.contains("error:") && !plain.contains(escape))
  }
}
