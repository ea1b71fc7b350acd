import Diagnostics
import GraphIR
import ModelLanguage
import TestSupport
import Testing

@Suite struct ElaboratorTests {
  private func names(_ text: String, options: ModelOptions = ModelOptions()) throws -> [String] {
    let graph = try model("input x: f32[N, 4, 8, 8]\n" + text, options: options)
    expectRoundTrip(graph)
    return graph.order.map { "\(graph[$0].name): \(graph[$0].operation.mnemonic)" }
  }

  private func shape(_ text: String, options: ModelOptions = ModelOptions()) throws -> [Int] {
    let graph = try model("input x: f32[N, 4, 8, 8]\n" + text, options: options)
    return graph[graph.outputs[0].node].type.shape
  }

  @Test func operandsInsideAStatementAreCalledAfterIt() throws {
    #expect(
      try names("y = relu(tanh(x) + tanh(-x))\noutput z = relu(y)\noutput y") == [
        "y.tanh: tanh", "y.negate: negate", "y.tanh.1: tanh", "y.add: add", "y: relu", "z: relu",
      ])
  }

  @Test func aNameForAnotherValueAddsNothing() throws {
    let text = "y = x\nz = y\nn = 3\nw = reshape(z, shape: [n + 1, -1])\noutput z\noutput w"
    #expect(try names(text) == ["w: reshape"])
  }

  @Test func blocksHaveScopes() throws {
    let text = """
      block inner(x) {
        a = tanh(x)
        return relu(a)
      }
      block outer(x) {
        a = inner(x)
        b.0 = inner(inner(a))
        return b.0 + inner(x)
      }
      a = outer(x)
      output a
      """
    #expect(
      try names(text) == [
        "a.a.a: tanh", "a.a: relu", "a.b.0.inner.a: tanh", "a.b.0.inner: relu", "a.b.0.a: tanh",
        "a.b.0: relu", "a.inner.a: tanh", "a.inner: relu", "a: add",
      ])
  }

  @Test func aBlockMayReturnWhatItTakes() throws {
    let text = "block same(x) { return x }\ny = stack 3 of same(x)\noutput z = y"
    #expect(try names(text) == [])
  }

  @Test func aStackGivesNamedArgumentsToItsFirstBlock() throws {
    let text = """
      block b(x, width, stride = 1, relu = 0) {
        c = conv2d(x, width, kernel: 1, stride: stride)
        if relu == 1 { y = relu(c) } else { y = c }
        return y
      }
      y = stack 3 of b(x, channels(x) + 1, stride: 2, relu: 1)
      output y
      """
    #expect(
      try names(text) == ["y.0.c: conv2d", "y.0.y: relu", "y.1.c: conv2d", "y.2.c: conv2d"])
    #expect(try shape(text) == [1, 5, 4, 4])
  }

  @Test func aStackOfNoneIsItsOperand() throws {
    let text = "block b(x) { return relu(x) }\ny = stack 0 of b(x)\noutput y"
    #expect(try names(text) == [])
  }

  @Test func aStackMayBeAnOperandAndInsideABlock() throws {
    let text = """
      block b(x) { return relu(x) }
      block c(x) { return stack 2 of b(x) }
      y = tanh(stack 1 + 1 of c(x))
      output y
      """
    #expect(
      try names(text) == [
        "y.c.0.b.0: relu", "y.c.0.b.1: relu", "y.c.1.b.0: relu", "y.c.1.b.1: relu", "y: tanh",
      ])
  }

  @Test func aStackRunsOverElementsOrIntegers() throws {
    let text = """
      block b(x, width, scale = 1) { return conv2d(x, width, kernel: 1) * scale }
      y = stack w in [5, 2 + 4] of b(relu(x), w, scale: w - 1)
      z = stack i in 2 to 3 of b(y, 10 * i)
      none = stack i in 1 to 0 of b(z, i)
      output none
      """
    #expect(
      try names(text) == [
        "y.relu: relu", "y.0.conv2d: conv2d", "y.0: mul", "y.1.conv2d: conv2d", "y.1: mul",
        "z.0.conv2d: conv2d", "z.0: mul", "z.1.conv2d: conv2d", "z.1: mul",
      ])
    let graph = try model("input x: f32[N, 4, 8, 8]\n" + text)
    let widths = ["y.0", "y.1", "z.0", "z.1"].map { graph[graph.node(named: $0)!].type.shape[1] }
    #expect(widths == [5, 6, 20, 30])
    // The first block is given the scale, the others have the default.
    let scales = ["y.0.constant", "y.1.constant"].map { graph.node(named: $0)! }
    #expect(scales.map { graph.constantValue(of: $0)?.floats } == [[4], [1]])
  }

  @Test func theElementsOfAStackMayBeTensors() throws {
    let text = """
      block b(x, y) { return x + y }
      y = stack t in [tanh(x), exp(x)] of b(x, t)
      output y
      """
    #expect(try names(text) == ["y.tanh: tanh", "y.exp: exp", "y.0: add", "y.1: add"])
  }

  @Test func theBlocksOfAStackMayBeNamed() throws {
    let text = """
      block b(x) { return relu(x) }
      y = stack 2 of b(x) as layer1
      z = tanh(stack 2 of b(y) as conv.9)
      output z
      """
    #expect(
      try names(text) == [
        "y.layer1: relu", "y.layer2: relu", "z.b.conv.9: relu", "z.b.conv.10: relu", "z: tanh",
      ])
  }

  /// The words of stacks are names everywhere else.
  @Test func wordsOfStacksAreNames() throws {
    let text = """
      block b(x, in) { return x * in }
      in = 2
      to = in
      y = stack in of b(x, to)
      as = stack to in in to to + 1 of b(y, to)
      output as
      """
    #expect(throws: DiagnosticError.self) { try names(text) }
    #expect(
      try names(text.replacing("stack to in", with: "stack i in")) == [
        "y.0: mul", "y.1: mul", "as.0: mul", "as.1: mul",
      ])
  }

  @Test func defaultsMayUseTheParametersBefore() throws {
    let text = """
      block b(x, width = channels(x) / 2, extra = width + 1) {
        return conv2d(x, extra, kernel: 1)
      }
      y = b(x)
      output y
      """
    #expect(try shape(text) == [1, 3, 8, 8])
    #expect(try names(text) == ["y: conv2d"])
  }

  @Test(
    arguments: [
      ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", 3), ("0 - 7 / 2 + 9", 6), ("7 % 4", 3),
      ("(-7) % 4", 1), ("(-7) / 2 + 9", 5), ("8 - 2 - 1", 5), ("-2 + 3", 1), ("12 / 2 / 3", 2),
      ("N", 5), ("D", 6), ("p", 2), ("channels(x) + height(x) + width(x) + batch(x)", 25),
      ("rank(x)", 4), ("extent(x, 1)", 4), ("extent(x, axis: -1)", 8),
    ])
  func integers(text: String, expected: Int) throws {
    let options = ModelOptions(batch: 5, dimensions: ["D": 6])
    let written = """
      model m(p = 2)
      input x: f32[N, 4, 8, 8]
      input d: f32[D]
      y = broadcast(constant(0.0), shape: [\(text)])
      output y
      """
    let graph = try model(written, options: options)
    #expect(graph[graph.outputs[0].node].type.shape == [expected])
  }

  @Test(
    arguments: [
      ("1 == 1", true), ("1 != 1", false), ("1 < 2 and 2 <= 2", true), ("1 > 2 or 2 >= 3", false),
      ("not 1 == 2", true), ("not true or true", true), ("true or false and false", true),
      ("rank(x) == 2 and extent(x, 9) == 1", false), ("rank(x) == 4 or extent(x, 9) == 1", true),
      ("true == false", false), ("true != false", true), ("1.5 < 2", true), ("0.5 * 2 == 1", true),
      ("nan == nan", false), ("-inf < 0", true), ("1.0 / 3 > 0.3", true),
      ("0.5 + 1 - 1 == 0.5", true),
    ])
  func conditions(text: String, expected: Bool) throws {
    let written = "if \(text) { y = relu(x) } else { y = tanh(x) }\noutput y"
    #expect(try names(written) == [expected ? "y: relu" : "y: tanh"])
  }

  @Test func conditionsChain() throws {
    let text = """
      n = 2
      if n == 1 { y = relu(x) } else if n == 2 { y = tanh(x) } else { y = exp(x) }
      if n == 3 { y2 = relu(y) }
      output y
      """
    #expect(try names(text) == ["y: tanh"])
  }

  @Test func numbersBesideTensorsAreConstants() throws {
    let graph = try model(
      "input x: f32[1]\ni = shape(x)\ny = 2 * x / 0.5\nj = i - 1\noutput y\noutput j")
    #expect(printModel(graph).contains("y.constant = constant(2.0) : f32[]\n"))
    #expect(printModel(graph).contains("y.constant.1 = constant(0.5) : f32[]\n"))
    #expect(printModel(graph).contains("j.constant = constant(1) : i64[]\n"))
    expectRoundTrip(graph)
  }

  @Test func aTensorKnownByNameIsOneTensor() throws {
    let graph = try model(
      "input x: f32[2, 2]\ny = linear(x, weight: $w f32[2, 2])\nz = linear(y, weight: $w f32[2, 2])\noutput z"
    )
    #expect(graph.constants.count == 1)
    #expect(graph.users(of: graph.constants[0]).count == 2)
  }

  /// An extent of an input that is a parameter may be given as a dimension.
  @Test func extentsMayBeParameters() throws {
    let text =
      "model m(classes = 10, size = 4)\ninput x: f32[N, size]\noutput y = linear(x, classes)"
    let graph = try model(text, options: ModelOptions(dimensions: ["size": 6]))
    #expect(graph[graph.inputs[0].node].type.shape == [1, 6])
    #expect(
      mistakes(text, options: ModelOptions(dimensions: ["size": 6], parameters: ["size": 5]))
        == "error: the model 'm' has no dimension 'size'\n  --set gives it a value already")
    #expect(
      mistakes(text, options: ModelOptions(dimensions: ["classes": 6])) == """
        error: the model 'm' has no dimension 'classes'
          it is a parameter and no extent of an input: give it with --set
        """)
  }

  @Test func optionsMustFit() {
    let text = "model m(classes = 10)\ninput x: f32[N, T]\noutput x"
    #expect(
      mistakes(text, options: ModelOptions(dimensions: ["T": 1], parameters: ["clases": 3]))
        == "error: the model 'm' has no parameter 'clases'\n  did you mean 'classes'?")
    #expect(
      mistakes(text, options: ModelOptions(dimensions: ["T": 1], parameters: ["size": 3]))
        == "error: the model 'm' has no parameter 'size'\n  its parameters are classes")
    #expect(
      mistakes(text, options: ModelOptions(dimensions: ["T": 1, "Time": 3]))
        == "error: the model 'm' has no dimension 'Time'")
    #expect(
      mistakes(text, options: ModelOptions(batch: -1, dimensions: ["T": 1])) == """
        m.resin:2:14: error: an extent is at least 0, not -1
           2 | input x: f32[N, T]
             |              ^
        """)
    #expect(
      mistakes(text, options: ModelOptions(batch: 3, dimensions: ["T": 1])) == "no error")
  }

  @Test func nodesKnowWhereTheyWereWritten() throws {
    let graph = try model("model m\ninput x: f32[1]\ny = relu(tanh(x))\noutput y")
    let id = try #require(graph.node(named: "y.tanh"))
    guard case .source(let range) = graph[id].place else {
      Issue.record("no place")
      return
    }
    #expect(range.file.lineAndColumn(of: range.start) == (3, 10))
  }
}
