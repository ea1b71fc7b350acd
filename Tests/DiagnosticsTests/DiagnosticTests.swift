import Diagnostics
import Testing

@Suite struct DiagnosticTests {
  private let file = SourceFile(path: "dir/m.resin", text: "ab\n\tçd = relu(x)\r\n\nlast")

  private func place(_ start: Int, _ end: Int) -> Diagnostic.Place {
    .source(SourceRange(file: file, start: start, end: end))
  }

  @Test func theCaretStandsUnderTheText() {
    // The tab stays a tab, and the letter of two bytes is one column.
    let diagnostic = Diagnostic("it is wrong", at: place(10, 14), hint: "do it right")
    #expect(
      diagnostic.rendered()
        == "dir/m.resin:2:7: error: it is wrong\n   2 | \tçd = relu(x)\n     | \t     ^~~~ do it right"
    )
  }

  @Test func aRangeOverLinesIsMarkedToTheEndOfTheFirst() {
    #expect(
      Diagnostic("here", at: place(1, 12)).rendered()
        == "dir/m.resin:1:2: error: here\n   1 | ab\n     |  ^")
  }

  @Test func emptyRangesAndTheEndOfTheFile() {
    #expect(
      Diagnostic("end", at: place(26, 26), severity: .warning).rendered()
        == "dir/m.resin:4:5: warning: end\n   4 | last\n     |     ^")
    #expect(
      Diagnostic("beyond", at: place(1000, 2000)).rendered()
        == "dir/m.resin:4:5: error: beyond\n   4 | last\n     |     ^")
  }

  @Test func longLineNumbersWidenTheMargin() {
    let file = SourceFile(path: "p", text: String(repeating: "\n", count: 12_344) + "abc")
    let range = SourceRange(file: file, start: 12_345, end: 12_347)
    #expect(
      Diagnostic("m", at: .source(range)).rendered()
        == "p:12345:2: error: m\n   12345 | abc\n         |  ^~")
  }

  @Test func notesFollowWithoutTheText() {
    let note = Diagnostic("it began here", at: place(0, 2), severity: .note)
    let diagnostic = Diagnostic("m", at: .subject("m.onnx: node 'a'"), hint: "h", notes: [note])
    #expect(
      diagnostic.rendered()
        == "m.onnx: node 'a': error: m\n  h\ndir/m.resin:1:1: note: it began here")
  }

  @Test func coloursStandAroundTheSameText() {
    let note = Diagnostic("it began here", at: place(0, 2), severity: .note)
    let places = [place(10, 14), .subject("m.onnx"), .none]
    for diagnostic in places.map({ Diagnostic("m", at: $0, hint: "h", notes: [note]) }) {
      let colored = diagnostic.rendered(isColored: true)
      #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == diagnostic.rendered())
      #expect(colored.contains("\u{1b}[1;31merror:\u{1b}[0m \u{1b}[1mm\u{1b}[0m"))
      #expect(colored.contains("\u{1b}[1;36mnote:") && colored.contains("\u{1b}[32mh"))
    }
    #expect(!Diagnostic("m", at: place(0, 2)).rendered().contains("\u{1b}"))
  }

  @Test func severalAreShownInOrder() {
    let error = DiagnosticError([Diagnostic("one"), Diagnostic("two", hint: "h")])
    #expect(error.description == "error: one\nerror: two\n  h")
    #expect(DiagnosticError("three").diagnostics == [Diagnostic("three")])
  }
}
