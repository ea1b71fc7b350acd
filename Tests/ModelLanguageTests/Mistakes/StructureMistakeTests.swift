import Testing

/// Mistakes in how a file and its blocks are laid out: wording and position together.
@Suite struct StructureMistakeTests {
  @Test func aModelsParameterWithoutDefault() {
    let text = #"""
      model m(n)
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:1:9: error: the parameter 'n' of a model needs a default
           1 | model m(n)
             |         ^ write n = 1
        """#)
  }

  @Test func twoParametersOfAName() {
    let text = #"""
      model m(n = 1, n = 2)
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:1:16: error: two parameters are called 'n'
           1 | model m(n = 1, n = 2)
             |                ^
        """#)
  }

  @Test func twoModels() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      model n
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:1: error: a file has one model
           3 | model n
             | ^~~~~
        """#)
  }

  @Test func noModel() {
    let text = #"""
      input x: f32[1]
      """#
    #expect(
      mistakes(text) == #"""
        m.resin: error: the file has no model
          begin it with 'model' and a name
        """#)
  }

  @Test func nothing() {
    let text = #"""

      """#
    #expect(
      mistakes(text) == #"""
        m.resin: error: the file has no model
          begin it with 'model' and a name
        """#)
  }

  @Test func aDefaultBeforeNone() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x = 1, y) { return x }
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:16: error: parameters without a default come first
           3 | block b(x = 1, y) { return x }
             |                ^
        """#)
  }

  @Test func aBlockWithoutResult() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x) { y = relu(x) }
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:26: error: expected 'return' at the end of block 'b', not '}'
           3 | block b(x) { y = relu(x) }
             |                          ^
        """#)
  }

  @Test func aBlockThatDoesNotEnd() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x) {
        y = relu(x)
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:12: error: the body of block 'b' does not end
           3 | block b(x) {
             |            ^
        """#)
  }

  @Test func aReturnInAConditional() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x) {
        if 1 == 1 { return x }
        y = relu(
        return x
      }
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:15: error: 'return' stands only at the end of a block
           4 |   if 1 == 1 { return x }
             |               ^~~~~~
        m.resin:4:13: note: '{' is opened here
        m.resin:6:3: error: expected a value, not 'return'
           6 |   return x
             |   ^~~~~~
        """#)
  }

  @Test func aReturnInTheModel() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      return x
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:1: error: 'return' stands only at the end of a block
           3 | return x
             | ^~~~~~
        """#)
  }

  @Test func preprocessingWithoutComma() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      input w: f32[1, 3, 8, 8] from bgr8 { mean: [1, 2] deviation: [1] }
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:51: error: expected '}' after the preprocessing, not 'deviation'
           3 | input w: f32[1, 3, 8, 8] from bgr8 { mean: [1, 2] deviation: [1] }
             |                                                   ^~~~~~~~~
        """#)
  }
}
