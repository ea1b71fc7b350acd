import Testing

/// Mistakes that the lexer and the parser find: wording and position together.
@Suite struct SyntaxMistakeTests {
  @Test func aCallThatDoesNotEnd() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = relu(x
      z = relu((x)
      w = 3 +
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:1: error: expected ')' or ',' after an argument of 'relu', not 'z'
           4 | z = relu((x)
             | ^
        m.resin:3:9: note: '(' is opened here
        m.resin:5:1: error: expected ')' or ',' after an argument of 'relu', not 'w'
           5 | w = 3 +
             | ^
        m.resin:4:9: note: '(' is opened here
        m.resin:6:1: error: expected a value, not 'output'
           6 | output x
             | ^~~~~~
        """#)
  }

  /// Some editors begin every text with a mark for the order of bytes.
  @Test func aMarkAtTheBeginningIsNoMistake() {
    let text = "\u{feff}model m\ninput x: f32[1, 3]\noutput relu(x)"
    #expect(mistakes(text) == mistakes(String(text.dropFirst())))
    #expect(mistakes("\n" + text).contains("unexpected character '"))
  }

  @Test func aTextThatEnds() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = relu(x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:11: error: expected ')' or ',' after an argument of 'relu', not the end of the file
           3 | y = relu(x
             |           ^
        """#)
  }

  @Test func twoStatementsOnALine() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = relu(x) y2 z = 1
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:16: error: expected '=' after the name 'y2', not 'z'
           3 | y = relu(x) y2 z = 1
             |                ^
        """#)
  }

  @Test func aKeywordAsAName() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      input input: f32[1]
      stack = relu(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:7: error: 'input' is a keyword and not a name for the input
           3 | input input: f32[1]
             |       ^~~~~ write it as `input`
        m.resin:4:1: error: 'stack' is a keyword and not a statement
           4 | stack = relu(x)
             | ^~~~~ write it as `stack`
        """#)
  }

  @Test func unexpectedCharacters() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      é1ü = relu(x)
      y = x[1]
      z = x ? 1
      w = $ f32[1]
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:1: error: unexpected character 'é'
           3 | é1ü = relu(x)
             | ^ write ` around names with letters beside a to z
        m.resin:4:6: error: expected a statement, not '['
           4 | y = x[1]
             |      ^
        m.resin:5:7: error: unexpected character '?'
           5 | z = x ? 1
             |       ^
        m.resin:6:5: error: a name must follow '$'
           6 | w = $ f32[1]
             |     ^
        """#)
  }

  @Test func malformedNumbers() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = 12ab + 1e99
      b = 9223372036854775808
      c = 99999999999999999999
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: malformed number '12ab'
           3 | a = 12ab + 1e99
             |     ^~~~
        m.resin:3:12: error: the number does not fit f32
           3 | a = 12ab + 1e99
             |            ^~~~
        m.resin:4:5: error: the integer does not fit 64 bits
           4 | b = 9223372036854775808
             |     ^~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: the integer does not fit 64 bits
           5 | c = 99999999999999999999
             |     ^~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func openQuotes() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = `b
      output c = x labels "d
      output e = x labels "\q"
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: the name does not end on its line
           3 | a = `b
             |     ^~
        m.resin:4:21: error: the string does not end on its line
           4 | output c = x labels "d
             |                     ^~
        m.resin:5:22: error: unknown escape in a string
           5 | output e = x labels "\q"
             |                      ^ write \\ for \
        """#)
  }

  @Test func anAttributeTwice() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      i = conv2d(x, 8, kernel: 3, kernel: 3)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:29: error: 'kernel' is given twice
           3 | i = conv2d(x, 8, kernel: 3, kernel: 3)
             |                             ^~~~~~
        """#)
  }

  @Test func positionAfterName() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      i = conv2d(x, kernel: 3, 8)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:26: error: arguments without a name come first
           3 | i = conv2d(x, kernel: 3, 8)
             |                          ^
        """#)
  }

  @Test func unknownElementType() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      input y: f33[1]
      input z: double[1]
      y = $w
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:10: error: unknown element type 'f33'
           3 | input y: f33[1]
             |          ^~~ did you mean 'f32'?
        m.resin:4:10: error: unknown element type 'double'
           4 | input z: double[1]
             |          ^~~~~~ floats are f32
        m.resin:6:1: error: expected a type such as f32[1, 3], not 'output'
           6 | output x
             | ^~~~~~
        """#)
  }

  @Test func aStackWithoutOf() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      s = stack 3 block(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:13: error: expected 'of' after the number of blocks, not 'block'
           3 | s = stack 3 block(x)
             |             ^~~~~
        """#)
  }

  @Test func aComparisonInACompare() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      if 1 {
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:6: error: the braces do not close
           3 | if 1 {
             |      ^
        """#)
  }
}
