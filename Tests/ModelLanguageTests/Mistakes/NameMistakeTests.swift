import Testing

/// Mistakes of names: wording and position together.
@Suite struct NameMistakeTests {
  @Test func unknownNames() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = relu(image)
      b = relu(a)
      conv1 = tanh(x)
      c = relu(conv2)
      output q
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:10: error: unknown name 'image'
           3 | a = relu(image)
             |          ^~~~~
        m.resin:6:10: error: unknown name 'conv2'
           6 | c = relu(conv2)
             |          ^~~~~ did you mean 'conv1'?
        m.resin:7:8: error: unknown name 'q'
           7 | output q
             |        ^
        """#)
  }

  @Test func unknownOperator() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = rleu(x)
      z = global_avg_pool(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: unknown operator or block 'rleu'
           3 | y = rleu(x)
             |     ^~~~ did you mean 'relu'?
        m.resin:4:5: error: unknown operator or block 'global_avg_pool'
           4 | z = global_avg_pool(x)
             |     ^~~~~~~~~~~~~~~ did you mean 'global_average_pool'?
        """#)
  }

  @Test func aNameTwice() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      x = relu(x)
      output x
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:1: error: 'x' is defined already
           3 | x = relu(x)
             | ^
        m.resin:2:7: note: it is defined here
        m.resin:5:8: error: a second output called 'x'
           5 | output x
             |        ^
        """#)
  }

  @Test func noOutput() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = relu(x)
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:1:7: error: the model 'm' has no output
           1 | model m
             |       ^ end the file with 'output' and a name
        """#)
  }

  @Test func imports() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      import "a.resin"
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:8: error: cannot import 'a.resin'
           3 | import "a.resin"
             |        ^~~~~~~~~
        note: there is no file 'a.resin'
        """#)
  }

  @Test func oneStatementShowsAllOfItsMistakes() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8] from rbg8
      y = conv2d(x, 16, kernal: 3, strid: 2)
      z = nothing + add(none, relu(neither))
      b = two(x, widht: 3, hight: 2)
      output z
      block two(x, width) {
        return x
      }
      """#
    let messages = mistakes(text).split(separator: "\n").compactMap {
      $0.split(separator: ": error: ").dropFirst().first
    }
    #expect(
      messages == [
        "unknown picture format 'rbg8'", "unknown attribute 'kernal' of conv2d",
        "unknown attribute 'strid' of conv2d", "unknown name 'nothing'", "unknown name 'none'",
        "unknown name 'neither'", "unknown parameter 'widht' of block 'two'",
        "unknown parameter 'hight' of block 'two'",
      ])
  }
}
