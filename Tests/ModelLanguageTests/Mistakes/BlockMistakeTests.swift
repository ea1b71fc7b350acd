import Testing

/// Mistakes in and around blocks: wording and position together.
@Suite struct BlockMistakeTests {
  @Test func insideAStack() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x, width, stride = 1) {
        c = conv2d(x, widht, kernel: 3)
        return relu(c)
      }
      y = stack 3 of b(x, 4, stride: 2)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:17: error: unknown name 'widht'
           4 |   c = conv2d(x, widht, kernel: 3)
             |                 ^~~~~ did you mean 'width'?
        m.resin:7:5: note: while expanding y.0
        """#)
  }

  @Test func aShapeInsideBlocks() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block inner(x, y) {
        return x + y
      }
      block outer(x) {
        a = conv2d(x, 4, kernel: 1)
        b = inner(x, a)
        return b
      }
      layer = stack 2 of outer(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:10: error: add of f32[1, 3, 8, 8] and f32[1, 4, 8, 8]: the shapes do not fit
           4 |   return x + y
             |          ^~~~~
        m.resin:8:7: note: while expanding layer.0.b
        m.resin:11:9: note: while expanding layer.0
        """#)
  }

  @Test func argumentsOfBlocks() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x, width, stride = 1) { return relu(x) }
      z = stack 3 of b(x, width: 4)
      w = b(x)
      v = b(x, 1, 2, 3)
      u = b(x, 1, stid: 2)
      t = b(x, 1, x: x)
      s = stack 2 of b()
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:21: error: 'width' has no default, so every block of the stack needs it
           4 | z = stack 3 of b(x, width: 4)
             |                     ^~~~~ give it by position
        m.resin:5:5: error: block 'b' needs the parameter 'width'
           5 | w = b(x)
             |     ^~~~
        m.resin:6:16: error: block 'b' takes 3 arguments, not 4
           6 | v = b(x, 1, 2, 3)
             |                ^
        m.resin:7:13: error: unknown parameter 'stid' of block 'b'
           7 | u = b(x, 1, stid: 2)
             |             ^~~~ did you mean 'stride'?
        m.resin:8:13: error: 'x' is given twice
           8 | t = b(x, 1, x: x)
             |             ^
        m.resin:9:16: error: a stack needs the value that its first block takes
           9 | s = stack 2 of b()
             |                ^~~ give it as the first argument
        """#)
  }

  @Test func wrongStacks() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x) { return relu(x) }
      s = stack -1 of b(x)
      t = stack 2 of relu(x)
      u = stack 2 of c(x)
      v = stack x of b(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:11: error: a stack has at least 0 blocks, not -1
           4 | s = stack -1 of b(x)
             |           ^~
        m.resin:5:16: error: 'relu' is an operator, not a block
           5 | t = stack 2 of relu(x)
             |                ^~~~
        m.resin:6:16: error: unknown block 'c'
           6 | u = stack 2 of c(x)
             |                ^
        m.resin:7:11: error: the number of blocks is an integer, not a tensor
           7 | v = stack x of b(x)
             |           ^
        """#)
  }

  @Test func wrongElements() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x, w) { return relu(x) }
      s = stack i in 3 of b(x, i)
      t = stack x in 1 to 3 of b(x, x)
      u = stack i in 1 to 1.5 of b(x, i)
      v = stack 2 of b(x, 1) as layer
      w = stack 2 of b(x, 1) as layer01
      y = stack i in [1, 2] of b(x, j)
      z = stack i in 1 to 3 of b(i, i)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:16: error: a stack runs over a list, not an integer
           4 | s = stack i in 3 of b(x, i)
             |                ^ write [64, 128] or 1 to 18
        m.resin:5:11: error: 'x' is defined already
           5 | t = stack x in 1 to 3 of b(x, x)
             |           ^
        m.resin:2:7: note: it is defined here
        m.resin:6:21: error: the last integer is an integer, not a number
           6 | u = stack i in 1 to 1.5 of b(x, i)
             |                     ^~~
        m.resin:7:27: error: the name of a stack's first block ends in a number to count from, not 'layer'
           7 | v = stack 2 of b(x, 1) as layer
             |                           ^~~~~ write layer1
        m.resin:8:27: error: the name of a stack's first block ends in a number to count from, not 'layer01'
           8 | w = stack 2 of b(x, 1) as layer01
             |                           ^~~~~~~ write layer1
        m.resin:9:31: error: unknown name 'j'
           9 | y = stack i in [1, 2] of b(x, j)
             |                               ^
        m.resin:10:28: error: unknown name 'i'
           10 | z = stack i in 1 to 3 of b(i, i)
              |                            ^
        """#)
  }

  @Test(arguments: ["1 to 9223372036854775807", "-9223372036854775808 to 9223372036854775807"])
  func endlessStacks(range: String) {
    let text = """
      model m
      input x: f32[1]
      block b(x, i) { return relu(x) }
      y = stack i in \(range) of b(x, i)
      output y
      """
    #expect(mistakes(text).contains("error: the model expands more than 100000 blocks"))
  }

  @Test func recursion() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block a(x) { return b(x) }
      block b(x) { return a(x) }
      y = a(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:21: error: block 'a' is used inside itself
           4 | block b(x) { return a(x) }
             |                     ^~~~ blocks do not recurse
        m.resin:3:21: note: while expanding y.b
        m.resin:5:5: note: while expanding y
        """#)
  }

  @Test func namesOfBlocks() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block relu(x) { return x }
      block b(x) { return x }
      block b(x) { return x }
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:7: error: 'relu' is an operator, so a block cannot have this name
           3 | block relu(x) { return x }
             |       ^~~~
        m.resin:5:7: error: a second block called 'b'
           5 | block b(x) { return x }
             |       ^
        m.resin:4:7: note: the first one is here
        """#)
  }

  @Test func theSameScopeTwice() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      block b(x) { return tanh(x) }
      y = stack 2 of b(x)
      y.0 = b(x)
      z = batch_norm(x)
      z.weight = relu(x)
      z.mean = relu($z f32[1])
      w = relu(b(x)) + tanh($y.1 f32[1])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:5:7: error: two expansions are called 'y.0'
           5 | y.0 = b(x)
             |       ^~~~
        m.resin:7:12: error: the name 'z.weight' is taken in the expanded model
           7 | z.weight = relu(x)
             |            ^~~~~~~
        m.resin:6:5: note: it is defined here
        m.resin:8:15: error: the name 'z' is taken in the expanded model
           8 | z.mean = relu($z f32[1])
             |               ^~~~~~~~~
        m.resin:6:5: note: it is defined here
        m.resin:9:23: error: the name 'y.1' is taken in the expanded model
           9 | w = relu(b(x)) + tanh($y.1 f32[1])
             |                       ^~~~~~~~~~~
        m.resin:3:21: note: it is defined here
        """#)
  }
}
