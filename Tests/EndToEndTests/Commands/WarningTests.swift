import TestSupport
import Testing

/// What a text may not mean is said by every command that reads one, and is an error with `--werror`.
@Suite struct WarningTests {
  private static let shown = """
    idle.resin:3:7: WHAT: the input 'mask' is never used
       3 | input mask: f32[N, 4]
         |       ^~~~
    idle.resin:4:1: WHAT: the value of 'b' is never used
       4 | b = tanh(x)
         | ^

    """

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(
      "idle.resin",
      """
      model idle
      input x: f32[N, 4]
      input mask: f32[N, 4]
      b = tanh(x)
      output y = linear(x, 2)
      """)
    return folder
  }

  @Test(arguments: [
    "inspect idle.resin --stage imported", "export idle.resin --random-weights 1",
    "compile idle.resin --random-weights 1 --batch 1,2 --emit object",
  ])
  func warningsAreShownOnce(_ command: String) throws {
    let folder = try folder()
    let warned = try resin(command.split(separator: " ").map(String.init), in: folder)
    let expected = Self.shown.replacing("WHAT", with: "warning")
    #expect(warned.status == 0, "\(warned.errors)")
    #expect(warned.errors.hasPrefix(expected), "\(warned.errors)")
    #expect(warned.errors.components(separatedBy: "warning:").count == 3, "\(warned.errors)")

    let before = try folder.names()
    let refused = try resin(
      command.split(separator: " ").map(String.init) + ["--werror"], in: folder)
    #expect(refused.status == 2)
    #expect(refused.output == "")
    #expect(refused.errors == Self.shown.replacing("WHAT", with: "error"), "\(refused.errors)")
    #expect(try folder.names() == before)
  }

  @Test func nothingIsWrittenWithWarningsAsErrors() throws {
    let folder = try folder()
    for command in ["compile", "export"] {
      let result = try resin(
        [command, "idle.resin", "--random-weights", "1", "--werror"], in: folder)
      #expect(result.status == 2)
    }
    #expect(try folder.names() == ["idle.resin"])
  }

  @Test func aTextWithoutWarningsIsTaken() throws {
    let folder = try tinyModel()
    let result = try resin(["compile", "tiny.resin", "--werror"], in: folder)
    #expect(result.status == 0 && !result.errors.contains("warning"), "\(result.errors)")
  }
}
