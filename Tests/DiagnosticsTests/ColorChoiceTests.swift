import Diagnostics
import Testing

@Suite struct ColorChoiceTests {
  @Test(arguments: [
    (ColorChoice.auto, true, [:], true), (.auto, false, [:], false),
    (.auto, true, ["NO_COLOR": "1"], false), (.auto, true, ["NO_COLOR": ""], true),
    (.auto, true, ["TERM": "dumb"], false), (.auto, true, ["TERM": "xterm"], true),
    (.always, false, ["NO_COLOR": "1"], true), (.never, true, [:], false),
  ])
  func theTerminalAndTheEnvironmentDecideUnlessTheUserDoes(
    choice: ColorChoice, isTerminal: Bool, environment: [String: String], wanted: Bool
  ) {
    #expect(choice.hasColors(isTerminal: isTerminal, environment: environment) == wanted)
  }
}
