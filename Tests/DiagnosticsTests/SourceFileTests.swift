import Diagnostics
import Testing

@Suite struct SourceFileTests {
  @Test(
    arguments: [
      (0, 1, 1), (1, 1, 2), (2, 1, 3), (3, 2, 1), (4, 3, 1), (5, 3, 2), (99, 3, 2), (-1, 1, 1),
    ])
  func positions(offset: Int, line: Int, column: Int) {
    let file = SourceFile(path: "p", text: "ab\n\nc")
    #expect(file.lineAndColumn(of: offset) == (line, column))
  }

  @Test func linesComeWithoutTheirBreaks() {
    let file = SourceFile(path: "p", text: "ab\r\n\n\tc\n")
    #expect((0...6).map { file.text(ofLine: $0) } == ["", "ab", "", "\tc", "", "", ""])
    #expect(SourceFile(path: "p", text: "").text(ofLine: 1) == "")
    #expect(SourceFile(path: "p", text: "").lineAndColumn(of: 0) == (1, 1))
  }

  @Test func columnsCountCharacters() {
    let file = SourceFile(path: "p", text: "日本 x")
    #expect(file.lineAndColumn(of: 7) == (1, 4))
  }
}
