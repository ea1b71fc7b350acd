import Diagnostics
import Planning
import Resin
import TestSupport
import Testing

@Suite struct AlgorithmOverridesTests {
  private func parse(_ text: String) throws -> [String: ConvolutionAlgorithm] {
    try parseOverrides(SourceFile(path: "list", text: text)).mapValues(\.algorithm)
  }

  @Test func linesBecomeChoices() throws {
    let text = """
      # a comment
      layer1.0.conv1 = winograd-2

        layer1.0.conv2=direct   # why\r
      /a/b#3=x:0 = winograd-4
      """
    #expect(
      try parse(text) == [
        "layer1.0.conv1": .winograd2, "layer1.0.conv2": .direct, "/a/b#3=x:0": .winograd4,
      ])
    #expect(try parse("").isEmpty)
    #expect(try parse("#").isEmpty)
  }

  @Test func everyMistakeIsNamedWithItsLine() throws {
    let text = """
      a = winograd-8
      b
      = direct
      c =
      d = direct
      d = direct
      """
    let error = #expect(throws: DiagnosticError.self) { try parse(text) }
    let lines = try #require(error).description.split(separator: "\n").map(String.init)
    #expect(
      lines.filter { $0.contains("error: ") } == [
        "list:1:5: error: unknown algorithm 'winograd-8'",
        "list:2:1: error: expected NODE = ALGORITHM",
        "list:3:1: error: expected a node before '='",
        "list:4:1: error: expected an algorithm after '='",
        "list:6:1: error: 'd' has an algorithm already",
      ])
    #expect(
      lines.contains {
        $0.hasSuffix("did you mean 'winograd-2' or 'winograd-3' or 'winograd-4'?")
      })
  }

  @Test func filesThatAreNoTextAreRefused() throws {
    let folder = try ScratchFolder()
    let path = try folder.write("list", [0x61, 0xff, 0xfe])
    #expect(throws: DiagnosticError.self) { try readOverrides(path: path) }
    #expect(throws: DiagnosticError.self) { try readOverrides(path: folder.path("absent")) }
    #expect(try readOverrides(path: folder.write("empty", "")).isEmpty)
  }
}
