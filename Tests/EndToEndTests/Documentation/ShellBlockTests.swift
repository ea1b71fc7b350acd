import Testing

@Suite struct ShellBlockTests {
  @Test func outputIsComparedButForWhatVaries() {
    let printed = "a.so\nimage 0  a.png  0.123 ms\n   7  0.9656\n"
    #expect(isShown(printed, as: ["a.so", "image 0  a.png  12.5 ms", "   7  0.9656"]))
    #expect(isShown(printed, as: ["a.so", "..."]))
    #expect(isShown(printed, as: ["...", "7 0.9656"]))
    #expect(isShown(printed, as: ["a.so", "image 0 ...", "..."]))
    #expect(!isShown(printed, as: ["a.so", "image 0 ..."]))
    #expect(!isShown(printed, as: ["a.so", "image 0  a.png  12.5 ms", "   7  0.9657"]))
    #expect(!isShown(printed, as: ["...", "image 1 ...", "..."]))
    #expect(isShown("", as: []) && isShown("\n", as: ["..."]) && !isShown("x", as: []))
  }

  @Test func sessionsAreCutIntoCommands() throws {
    let blocks = try ShellBlock.all(in: "docs/adding-an-operator.md")
    let commands = try #require(blocks.last).commands
    #expect(commands.count == 3)
    #expect(commands[0].text.hasSuffix("output y\nEND") && commands[0].output == [])
    #expect(commands[1].text == "resin inspect shuffle.resin")
    #expect(commands[1].output?.last == "...")
  }
}
