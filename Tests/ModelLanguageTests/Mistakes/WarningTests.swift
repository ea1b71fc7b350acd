import Diagnostics
import ModelLanguage
import TestSupport
import Testing

/// What a text defines and nothing uses: wording and position together.
@Suite struct WarningTests {
  @Test func inputsParametersAndStatements() throws {
    let text = #"""
      model m(classes = 10, size = 8)
      input x: f32[N, 3, size, size]
      input mask: f32[N, 3, 8, 8]
      a = relu(x)
      b = tanh(a)
      output y = wide(x, 4)
      block wide(x, width, stride = 1) {
        c = conv2d(x, 4, kernel: 1)
        d = batch_norm(c)
        return relu(x)
      }
      """#
    #expect(
      try warnings(text) == #"""
        m.resin:1:9: warning: the parameter 'classes' of the model is never used
           1 | model m(classes = 10, size = 8)
             |         ^~~~~~~
        m.resin:3:7: warning: the input 'mask' is never used
           3 | input mask: f32[N, 3, 8, 8]
             |       ^~~~
        m.resin:5:1: warning: the value of 'b' is never used
           5 | b = tanh(a)
             | ^
        m.resin:7:15: warning: the parameter 'width' of block 'wide' is never used
           7 | block wide(x, width, stride = 1) {
             |               ^~~~~
        m.resin:7:22: warning: the parameter 'stride' of block 'wide' is never used
           7 | block wide(x, width, stride = 1) {
             |                      ^~~~~~
        m.resin:9:3: warning: the value of 'd' is never used
           9 |   d = batch_norm(c)
             |   ^
        """#)
  }

  @Test func namesInBranchesAndStacks() throws {
    let text = #"""
      model m(deep = 1)
      input x: f32[N, 3, 8, 8]
      relu = x * 2
      if deep == 2 { y = plain(x) z = x } else { y = x z = x }
      s = stack i in 1 to 2 of plain(y)
      t = stack i in [1, 2] of scaled(s, i)
      output t = linear(flatten(t), 3, then: relu)
      block plain(x) { return tanh(x) }
      block scaled(x, by) { return x * by }
      """#
    #expect(
      try warnings(text) == #"""
        m.resin:3:1: warning: the value of 'relu' is never used
           3 | relu = x * 2
             | ^~~~
        m.resin:4:29: warning: the value of 'z' is never used
           4 | if deep == 2 { y = plain(x) z = x } else { y = x z = x }
             |                             ^
        m.resin:4:50: warning: the value of 'z' is never used
           4 | if deep == 2 { y = plain(x) z = x } else { y = x z = x }
             |                                                  ^
        m.resin:5:11: warning: the element 'i' is never used
           5 | s = stack i in 1 to 2 of plain(y)
             |           ^ write how many blocks there are
        """#)
  }

  @Test func importedFilesComeLast() throws {
    let text = "import \"a.resin\"\nmodel m\ninput x: f32[1, 3]\ninput y: f32[1]\noutput z = f(x)\n"
    var found: [Diagnostic] = []
    _ = try parseModel(
      text: text, path: "m.resin",
      importLoader: { _ throws(DiagnosticError) in "block f(x, n = 1) { return relu(x) }" },
      warn: { found.append($0) })
    #expect(
      found.map { $0.rendered() }.joined(separator: "\n") == #"""
        m.resin:4:7: warning: the input 'y' is never used
           4 | input y: f32[1]
             |       ^
        a.resin:1:12: warning: the parameter 'n' of block 'f' is never used
           1 | block f(x, n = 1) { return relu(x) }
             |            ^
        """#)
  }

  @Test func notMoreThanAnybodyReads() throws {
    let statements = (0..<25).map { "a\($0) = relu(x)\n" }.joined()
    let shown = try warnings("model m\ninput x: f32[1, 3]\n\(statements)output y = relu(x)\n")
    #expect(shown.hasSuffix("\nwarning: and 5 more like these"))
  }

  @Test func aMistakeIsShownAlone() {
    #expect(
      mistakes("model m\ninput x: f32[1]\ninput y: f32[1]\noutput z = relu(w)\n") == #"""
        m.resin:4:17: error: unknown name 'w'
           4 | output z = relu(w)
             |                 ^
        """#)
  }

  @Test(arguments: packagedModels)
  func packagedModelsHaveNone(name: String) throws {
    let file = packagePath("Models/\(name).resin")
    _ = try parseModel(file: file, warn: { Issue.record("\($0.rendered())") })
  }
}

/// Blocks that nothing calls, and branches that are not taken.
@Suite struct UncalledBlockTests {
  @Test func namesOperatorsAndArguments() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      output y = relu(x)
      block f(x) { return relu(x) }
      block g(x, width) {
        a = conv2d(x, widht, kernel: 3)
        b = batch_nrom(a)
        c = conv2d(b, width, kernle: 3)
        d = f(c, 3)
        e = max_pool(d, stride: 2)
        c = relu(e, c)
        h = resize(c, scale: 2, mode: linaer)
        i = linear(h, 10, then: rleu)
        j = g(i, width: 2)
        k = stack n in 1 to w of f(j, by: n)
        return k + add + squeeze(c, axs: [2])
      }
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:6:17: error: unknown name 'widht'
           6 |   a = conv2d(x, widht, kernel: 3)
             |                 ^~~~~ did you mean 'width'?
        m.resin:7:7: error: unknown operator or block 'batch_nrom'
           7 |   b = batch_nrom(a)
             |       ^~~~~~~~~~ did you mean 'batch_norm'?
        m.resin:8:24: error: unknown attribute 'kernle' of conv2d
           8 |   c = conv2d(b, width, kernle: 3)
             |                        ^~~~~~ did you mean 'kernel'?
        m.resin:9:12: error: block 'f' takes 1 argument, not 2
           9 |   d = f(c, 3)
             |            ^
        m.resin:10:7: error: max_pool needs 'kernel'
           10 |   e = max_pool(d, stride: 2)
              |       ^~~~~~~~~~~~~~~~~~~~~~
        m.resin:11:3: error: 'c' is defined already
           11 |   c = relu(e, c)
              |   ^
        m.resin:8:3: note: it is defined here
        m.resin:11:15: error: relu takes 1 argument by position, not 2
           11 |   c = relu(e, c)
              |               ^
        m.resin:12:33: error: 'mode' of resize is one of nearest, linear, cubic
           12 |   h = resize(c, scale: 2, mode: linaer)
              |                                 ^~~~~~ did you mean 'linear'?
        m.resin:13:27: error: 'then' of linear is not a function of one element: 'rleu'
           13 |   i = linear(h, 10, then: rleu)
              |                           ^~~~ did you mean 'relu'?
        m.resin:14:7: error: block 'g' is used inside itself
           14 |   j = g(i, width: 2)
              |       ^~~~~~~~~~~~~~ blocks do not recurse
        m.resin:15:33: error: unknown parameter 'by' of block 'f'
           15 |   k = stack n in 1 to w of f(j, by: n)
              |                                 ^~
        m.resin:15:23: error: unknown name 'w'
           15 |   k = stack n in 1 to w of f(j, by: n)
              |                       ^
        m.resin:16:14: error: unknown name 'add'
           16 |   return k + add + squeeze(c, axs: [2])
              |              ^~~
        m.resin:16:31: error: unknown attribute 'axs' of squeeze
           16 |   return k + add + squeeze(c, axs: [2])
              |                               ^~~ did you mean 'axes'?
        """#)
  }

  @Test func branchesThatAreNotTaken() {
    let text = #"""
      model m(deep = 0)
      input x: f32[1, 3, 8, 8]
      if deep == 1 { y = rleu(x) } else { y = x }
      output y
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:20: error: unknown operator or block 'rleu'
           3 | if deep == 1 { y = rleu(x) } else { y = x }
             |                    ^~~~ did you mean 'relu'?
        """#)
  }

  @Test func aNameOfABranchThatIsNotTaken() {
    let text = #"""
      model m(deep = 0)
      input x: f32[1, 3, 8, 8]
      if deep == 1 { y = relu(x) }
      output z = tanh(y)
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:17: error: 'y' is defined only in a branch of an 'if' that is not taken
           4 | output z = tanh(y)
             |                 ^ define it in the other branch, too
        m.resin:3:16: note: it is defined here
        """#)
  }

  @Test(arguments: operationExamples)
  func operatorsAsTheyArePrinted(_ example: OperationExample) throws {
    let statements = printModel(try example.graph()).split(separator: "\n").filter { line in
      line.contains(" = ") && !line.hasPrefix("output")
    }
    let block = "block unused(x) {\n\(statements.joined(separator: "\n"))\nreturn x\n}\n"
    #expect(mistakes("model m\ninput x: f32[1]\noutput y = relu(x)\n\(block)") == "no error")
  }
}

/// The warnings about a text as they are shown.
private func warnings(_ text: String) throws -> String {
  var found: [Diagnostic] = []
  _ = try parseModel(text: text, path: "m.resin", warn: { found.append($0) })
  return found.map { $0.rendered() }.joined(separator: "\n")
}
