import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// Texts that are small and mean something endless, or that nest without end: an error, soon.
@Suite struct LimitsTests {
  private func messages(_ text: String) -> [String] {
    mistakes("model m\ninput x: f32[1, 1, 4, 4]\n\(text)\noutput x\n")
      .split(separator: "\n").filter { $0.contains("error: ") }
      .map { line in String(line.split(separator: "error: ", maxSplits: 1).last ?? "") }
  }

  private func nested(_ open: String, _ close: String, _ count: Int) -> String {
    String(repeating: open, count: count) + "x" + String(repeating: close, count: count)
  }

  @Test(
    arguments: [
      ("(", ")"), ("relu(", ")"), ("-", ""), ("not ", ""), ("[", "]"), ("1 + (", ")"),
      ("stack 1 of b(", ")"), ("stack ", " of b(x)"), ("relu(y: ", ")"), ("$w f32[", "]"),
    ])
  func expressionsNestSoDeep(open: String, close: String) {
    #expect(messages("y = " + nested(open, close, 100_000)) == ["nested more than 100 levels deep"])
  }

  @Test func nestingWithinTheLimitWorks() throws {
    let graph = try model("input x: f32[1]\ny = \(nested("relu(", ")", 90))\noutput y")
    #expect(graph.order.count == 90)
    expectRoundTrip(graph)
  }

  @Test func chainsOfOperatorsAreSoLong() {
    let sum = Array(repeating: "x", count: 100_000).joined(separator: " + ")
    #expect(messages("y = " + sum) == ["nested more than 100 levels deep"])
  }

  @Test func conditionalsNestSoDeep() {
    let open = String(repeating: "if true {\n", count: 50_000)
    let close = String(repeating: "}\n", count: 50_000)
    #expect(messages(open + "y = x\n" + close).first == "nested more than 100 levels deep")
    let chain = String(repeating: "if true { } else ", count: 50_000) + "{ }"
    #expect(messages(chain).first == "nested more than 100 levels deep")
  }

  @Test func stacksAreSoHigh() {
    let block = "block b(x) { return relu(x) }\nblock same(x) { return x }\n"
    #expect(
      messages(block + "y = stack 9223372036854775807 of b(x)\nz = relu(q)")
        == ["the model expands more than 100000 blocks"])
    #expect(
      messages(block + "y = stack 9223372036854775807 of same(x)")
        == ["the model expands more than 100000 blocks"])
  }

  @Test func blocksMultiplySoOften() {
    var text = "block b0(x) { return x }\n"
    for level in 1...25 {
      text += "block b\(level)(x) {\n  a = b\(level - 1)(x)\n  return b\(level - 1)(a)\n}\n"
    }
    #expect(messages(text + "y = b25(x)") == ["the model expands more than 100000 blocks"])
  }

  @Test func blocksNestSoDeep() {
    var text = "block b0(x) { return relu(x) }\n"
    for level in 1...40 { text += "block b\(level)(x) { return b\(level - 1)(x) }\n" }
    #expect(messages(text + "y = b30(x)") == [])
    #expect(messages(text + "y = b40(x)") == ["blocks nest more than 32 levels deep"])
  }

  @Test func blocksAndExpressionsTogetherNestSoDeep() {
    var text = "block b0(x) { return x }\n"
    for level in 1...30 {
      text +=
        "block b\(level)(x) { return \(nested("relu(", ")", 80).replacing("x", with: "b\(level - 1)(x)")) }\n"
    }
    #expect(
      messages(text + "y = b30(x)") == ["expressions and blocks nest more than 600 levels deep"])
  }

  @Test func nodesAreSoMany() {
    let body = Array(repeating: "relu(x)", count: 90).joined(separator: " + ")
    let text = "block b(x) { return \(body) }\ny = stack 5000 of b(x)"
    #expect(messages(text) == ["the model has more than 200000 nodes"])
  }

  @Test func stepsAreSoMany() {
    let body = (0..<200).map { "  a\($0) = 1 + 1\n" }.joined()
    let text = "block b(x) {\n\(body)  return x\n}\ny = stack 90000 of b(x)"
    #expect(messages(text) == ["the expansion takes more than 5000000 steps"])
  }

  @Test func manyUsersAndOperandsAreFine() throws {
    let operands = Array(repeating: "relu(x)", count: 20_000).joined(separator: ", ")
    let graph = try model("input x: f32[1]\ny = concat(\(operands), axis: 0)\noutput y")
    #expect(graph.order.count == 20_001)
    #expect(graph.node(named: "y.relu.19999") != nil)
  }

  @Test func mistakesAreSoMany() {
    let text = (0..<1000).map { "y\($0) = relu(unknown\($0))\n" }.joined()
    #expect(messages(text).count == 20)
    #expect(messages(String(repeating: "y = (\n", count: 1000)).count == 20)
    #expect(messages(String(repeating: "?\n", count: 1000)).count == 20)
  }

  @Test func aMistakeInAStackIsShownOnce() {
    let block = "block b(x) {\n  y = relu(q)\n  return x\n}\n"
    #expect(messages(block + "y = stack 50 of b(x)\nz = b(x)") == ["unknown name 'q'"])
  }
}
