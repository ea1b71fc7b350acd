import Testing

/// What people write who know other languages: wording and position together. Reading goes on as if the
/// right word stood there, so that one slip is one message.
@Suite struct SlipTests {
  /// The mistakes in statements of a model with the input `x`, which begin in line 3.
  private func slips(_ statements: String) -> String {
    mistakes("model m(depth = 1)\ninput x: f32[1, 3, 8, 8]\n\(statements)\noutput x\n")
  }

  @Test func equalsSignsForColons() {
    #expect(
      slips("y = conv2d(x, 4, kernel=3, padding = [1, 1])\nz = max_pool(y,\n  kernel=2)") == #"""
        m.resin:3:24: error: expected ':' after 'kernel', not '='
           3 | y = conv2d(x, 4, kernel=3, padding = [1, 1])
             |                        ^ write kernel: 3
        m.resin:3:36: error: expected ':' after 'padding', not '='
           3 | y = conv2d(x, 4, kernel=3, padding = [1, 1])
             |                                    ^ write padding: [1, 1]
        m.resin:5:9: error: expected ':' after 'kernel', not '='
           5 |   kernel=2)
             |         ^ write kernel: 2
        """#)
    #expect(
      mistakes("model m\ninput x: f32[1, 3, 8, 8] from rgb8 { scale = 1 }\noutput x\n") == #"""
        m.resin:2:44: error: expected ':' after 'scale', not '='
           2 | input x: f32[1, 3, 8, 8] from rgb8 { scale = 1 }
             |                                            ^ write scale: 1
        """#)
  }

  @Test func colonsForEqualsSigns() {
    #expect(
      slips("block b(x: tensor, width: 4, stride: f32[1] = 2) {\n  return relu(x)\n}") == #"""
        m.resin:3:10: error: expected '=' and a default after 'x', not ':'
           3 | block b(x: tensor, width: 4, stride: f32[1] = 2) {
             |          ^ parameters have no types
        m.resin:3:25: error: expected '=' and a default after 'width', not ':'
           3 | block b(x: tensor, width: 4, stride: f32[1] = 2) {
             |                         ^ write width = 4
        m.resin:3:36: error: expected '=' and a default after 'stride', not ':'
           3 | block b(x: tensor, width: 4, stride: f32[1] = 2) {
             |                                    ^ parameters have no types
        """#)
    #expect(
      mistakes("model m(classes: 10)\ninput x: f32[1]\noutput x\n") == #"""
        m.resin:1:16: error: expected '=' and a default after 'classes', not ':'
           1 | model m(classes: 10)
             |                ^ write classes = 10
        """#)
  }

  @Test func commentsOfOtherLanguages() {
    #expect(
      slips("# the stem, \"as it was\"\ny = relu(x)  # 'y'\nz = y /* a\nb */ + x") == #"""
        m.resin:3:1: error: comments begin with '//' and end with the line
           3 | # the stem, "as it was"
             | ^ write //, here and for 2 more comments
        """#)
    #expect(
      slips("y = x /* to the end") == #"""
        m.resin:3:7: error: comments begin with '//' and end with the line
           3 | y = x /* to the end
             |       ^~ write //
        """#)
  }

  @Test func keywordsWithCapitals() {
    let text = #"""
      Model m(depth = 1)
      Input x: f32[1, 3, 8, 8]
      Block b(x) {
        If depth == 1 And Not false { y = x } Else { y = x }
        Return relu(x)
      }
      z = Stack 2 Of b(x)
      OUTPUT z
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:1:1: error: unknown keyword 'Model'
           1 | Model m(depth = 1)
             | ^~~~~ write model
        m.resin:2:1: error: unknown keyword 'Input'
           2 | Input x: f32[1, 3, 8, 8]
             | ^~~~~ write input
        m.resin:3:1: error: unknown keyword 'Block'
           3 | Block b(x) {
             | ^~~~~ write block
        m.resin:4:3: error: unknown keyword 'If'
           4 |   If depth == 1 And Not false { y = x } Else { y = x }
             |   ^~ write if
        m.resin:4:17: error: unknown keyword 'And'
           4 |   If depth == 1 And Not false { y = x } Else { y = x }
             |                 ^~~ write and
        m.resin:4:21: error: unknown keyword 'Not'
           4 |   If depth == 1 And Not false { y = x } Else { y = x }
             |                     ^~~ write not
        m.resin:4:41: error: unknown keyword 'Else'
           4 |   If depth == 1 And Not false { y = x } Else { y = x }
             |                                         ^~~~ write else
        m.resin:5:3: error: unknown keyword 'Return'
           5 |   Return relu(x)
             |   ^~~~~~ write return
        m.resin:7:5: error: unknown keyword 'Stack'
           7 | z = Stack 2 Of b(x)
             |     ^~~~~ write stack
        m.resin:7:13: error: unknown keyword 'Of'
           7 | z = Stack 2 Of b(x)
             |             ^~ write of
        m.resin:8:1: error: unknown keyword 'OUTPUT'
           8 | OUTPUT z
             | ^~~~~~ write output
        """#)
  }

  @Test func otherKeywords() {
    let text = #"""
      modle m(depth = 1)
      input x: f32[1, 3, 8, 8]
      let y = relu(x)
      if depth = 1 { a = x } elif depth == 2 && !(depth == 3) { a = y } else { a = x }
      def b(x) { retrun x }
      output z = a; output w = True
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:1:1: error: unknown keyword 'modle'
           1 | modle m(depth = 1)
             | ^~~~~ write model
        m.resin:3:1: error: unknown keyword 'let'
           3 | let y = relu(x)
             | ^~~ a statement begins with the name of its value
        m.resin:4:10: error: expected '{' after the condition, not '='
           4 | if depth = 1 { a = x } elif depth == 2 && !(depth == 3) { a = y } else { a = x }
             |          ^ write == to compare
        m.resin:4:24: error: unknown keyword 'elif'
           4 | if depth = 1 { a = x } elif depth == 2 && !(depth == 3) { a = y } else { a = x }
             |                        ^~~~ write else if
        m.resin:4:40: error: unexpected '&&'
           4 | if depth = 1 { a = x } elif depth == 2 && !(depth == 3) { a = y } else { a = x }
             |                                        ^~ write and
        m.resin:4:43: error: unexpected '!'
           4 | if depth = 1 { a = x } elif depth == 2 && !(depth == 3) { a = y } else { a = x }
             |                                           ^ write not
        m.resin:5:1: error: unknown keyword 'def'
           5 | def b(x) { retrun x }
             | ^~~ write block
        m.resin:5:12: error: unknown keyword 'retrun'
           5 | def b(x) { retrun x }
             |            ^~~~~~ write return
        m.resin:6:13: error: unexpected character ';'
           6 | output z = a; output w = True
             |             ^ a statement needs no end
        """#)
    #expect(
      slips("y = conv2d(x, 4, kernel: 1, bias: True)") == #"""
        m.resin:3:35: error: unknown name 'True'
           3 | y = conv2d(x, 4, kernel: 1, bias: True)
             |                                   ^~~~ write true
        """#)
  }

  @Test(arguments: [
    ("float32", "write f32"), ("Float", "write f32"), ("F32", "did you mean 'f32'?"),
    ("int64", "write i64"), ("uint8", "write u8"), ("boolean", "write bool"),
    ("float16", "floats are f32"), ("double", "floats are f32"),
    ("string", "one of f32, i64, i32, i8, u8, bool"),
  ])
  func namesOfTypes(_ name: String, _ hint: String) {
    let marks = "^" + String(repeating: "~", count: name.count - 1)
    #expect(
      slips("y = $w \(name)[1]") == """
        m.resin:3:8: error: unknown element type '\(name)'
           3 | y = $w \(name)[1]
             |        \(marks) \(hint)
        """)
    #expect(slips("y = cast(x, to: \(name))").contains("\(marks) \(hint)") == (name != "string"))
  }

  @Test func whatDoesNotClose() {
    let text = #"""
      model m(deep = 1)
      input x: f32[1, 3, 8, 8] from rgb8 {
        scale: 1
      y = concat([x,
        x
      z = (x +
        x
      block b(x) {
        if deep == 1 {
          y = x
        return y
      }
      block c(x) {
        return x
      block d(x) {
        y = x
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:1: error: expected '}' after the preprocessing, not 'y'
           4 | y = concat([x,
             | ^
        m.resin:2:36: note: '{' is opened here
        m.resin:6:1: error: expected ']' or ',' after an element, not 'z'
           6 | z = (x +
             | ^
        m.resin:4:12: note: '[' is opened here
        m.resin:8:1: error: expected ')' to close the parenthesis, not 'block'
           8 | block b(x) {
             | ^~~~~
        m.resin:6:5: note: '(' is opened here
        m.resin:11:3: error: 'return' stands only at the end of a block
           11 |   return y
              |   ^~~~~~
        m.resin:9:16: note: '{' is opened here
        m.resin:13:1: error: expected 'return' at the end of block 'b', not 'block'
           13 | block c(x) {
              | ^~~~~
        m.resin:8:12: note: '{' is opened here
        m.resin:15:1: error: expected '}' after the returned value, not 'block'
           15 | block d(x) {
              | ^~~~~
        m.resin:13:12: note: '{' is opened here
        m.resin:17:1: error: expected 'return' at the end of block 'd', not 'output'
           17 | output x
              | ^~~~~~
        m.resin:15:12: note: '{' is opened here
        """#)
  }
}
