import Testing

/// Mistakes in the arguments of operators: wording and position together.
@Suite struct OperatorMistakeTests {
  @Test func misspeltAttribute() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = conv2d(x, 8, kernl: 3)
      z = max_pool(x, kernel: 2, strides: 2)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:18: error: unknown attribute 'kernl' of conv2d
           3 | y = conv2d(x, 8, kernl: 3)
             |                  ^~~~~ did you mean 'kernel'?
        m.resin:4:28: error: unknown attribute 'strides' of max_pool
           4 | z = max_pool(x, kernel: 2, strides: 2)
             |                            ^~~~~~~ did you mean 'stride'?
        """#)
  }

  @Test func severalInOneCall() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      y = conv2d(x, 0, kernel: true, strid: 2, then: rlu)
      z = slice(x, step: [1, 1], start: [0, 0, 0, 0], ends: [1, 1, 1, 1])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:15: error: 'channels' of conv2d is at least 1, not 0
           3 | y = conv2d(x, 0, kernel: true, strid: 2, then: rlu)
             |               ^
        m.resin:3:26: error: 'kernel' of conv2d is an integer, not a truth value
           3 | y = conv2d(x, 0, kernel: true, strid: 2, then: rlu)
             |                          ^~~~
        m.resin:3:48: error: 'then' of conv2d is not a function of one element: 'rlu'
           3 | y = conv2d(x, 0, kernel: true, strid: 2, then: rlu)
             |                                                ^~~ did you mean 'relu'?
        m.resin:3:32: error: unknown attribute 'strid' of conv2d
           3 | y = conv2d(x, 0, kernel: true, strid: 2, then: rlu)
             |                                ^~~~~ did you mean 'stride'?
        m.resin:4:20: error: 'step' of slice has 4 integers, one per axis of f32[1, 3, 8, 8], not 2
           4 | z = slice(x, step: [1, 1], start: [0, 0, 0, 0], ends: [1, 1, 1, 1])
             |                    ^~~~~~
        m.resin:4:49: error: unknown attribute 'ends' of slice
           4 | z = slice(x, step: [1, 1], start: [0, 0, 0, 0], ends: [1, 1, 1, 1])
             |                                                 ^~~~ did you mean 'end'?
        """#)
  }

  @Test func missingAttribute() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = conv2d(x, 8)
      b = conv2d(x, kernel: 3)
      c = softmax(x)
      d = clip(x, 0)
      e = cast(x)
      f = max_pool(x)
      g = linear(x)
      h = unsqueeze(x)
      i = constant()
      j = extent(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: conv2d needs 'kernel'
           3 | a = conv2d(x, 8)
             |     ^~~~~~~~~~~~
        m.resin:4:5: error: conv2d needs 'channels'
           4 | b = conv2d(x, kernel: 3)
             |     ^~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: softmax needs 'axis'
           5 | c = softmax(x)
             |     ^~~~~~~~~~
        m.resin:6:5: error: clip needs 'high'
           6 | d = clip(x, 0)
             |     ^~~~~~~~~~
        m.resin:7:5: error: cast needs 'to'
           7 | e = cast(x)
             |     ^~~~~~~
        m.resin:8:5: error: max_pool needs 'kernel'
           8 | f = max_pool(x)
             |     ^~~~~~~~~~~
        m.resin:9:5: error: linear needs 'features'
           9 | g = linear(x)
             |     ^~~~~~~~~
        m.resin:10:5: error: unsqueeze needs 'axes'
           10 | h = unsqueeze(x)
              |     ^~~~~~~~~~~~
        m.resin:11:5: error: constant needs a value
           11 | i = constant()
              |     ^~~~~~~~~~
        m.resin:12:5: error: extent needs 'axis'
           12 | j = extent(x)
              |     ^~~~~~~~~
        """#)
  }

  @Test func countsOfOperands() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = relu()
      b = relu(x, x)
      c = add(x)
      d = concat(axis: 1)
      e = max_pool(x, 2)
      f = matmul(x, x, x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: relu takes 1 operand, not 0
           3 | a = relu()
             |     ^~~~~~
        m.resin:4:13: error: relu takes 1 argument by position, not 2
           4 | b = relu(x, x)
             |             ^
        m.resin:5:5: error: add takes 2 operands, not 1
           5 | c = add(x)
             |     ^~~~~~
        m.resin:6:5: error: concat takes at least 1 operand, not 0
           6 | d = concat(axis: 1)
             |     ^~~~~~~~~~~~~~~
        m.resin:7:17: error: max_pool takes 1 argument by position, not 2
           7 | e = max_pool(x, 2)
             |                 ^ write attributes with their names
        m.resin:8:18: error: matmul takes 2 arguments by position, not 3
           8 | f = matmul(x, x, x)
             |                  ^
        """#)
  }

  @Test func reshapes() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      h = reshape(x, shape: [-1, 5])
      i = reshape(x, shape: [4])
      j = reshape(x, shape: [-1, -1])
      k = reshape(x, shape: 4)
      l = reshape(x, shape: [1.5])
      m = squeeze(x, axes: [1])
      n = squeeze(x, axes: [0, 0])
      o = unsqueeze(x, axes: [7])
      p = flatten(x, axis: 5)
      q = reshape(x, shape: [0, -1])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:23: error: 'shape' of reshape cannot be completed: no extent in place of -1 gives the 192 elements of f32[1, 3, 8, 8]
           3 | h = reshape(x, shape: [-1, 5])
             |                       ^~~~~~~
        m.resin:4:5: error: reshape cannot give f32[1, 3, 8, 8], with 192 elements, the shape [4]
           4 | i = reshape(x, shape: [4])
             |     ^~~~~~~~~~~~~~~~~~~~~~
        m.resin:5:23: error: 'shape' of reshape cannot be completed: no extent in place of -1 gives the 192 elements of f32[1, 3, 8, 8]
           5 | j = reshape(x, shape: [-1, -1])
             |                       ^~~~~~~~
        m.resin:6:23: error: 'shape' of reshape is a list of integers, not an integer
           6 | k = reshape(x, shape: 4)
             |                       ^
        m.resin:7:23: error: 'shape' of reshape is a list of integers, but holds a number
           7 | l = reshape(x, shape: [1.5])
             |                       ^~~~~
        m.resin:8:22: error: squeeze needs axes of extent 1, which axis 1 of f32[1, 3, 8, 8] is not
           8 | m = squeeze(x, axes: [1])
             |                      ^~~
        m.resin:9:22: error: 'axes' of squeeze is a list of distinct axes below 4
           9 | n = squeeze(x, axes: [0, 0])
             |                      ^~~~~~
        m.resin:10:24: error: 'axes' of unsqueeze is a list of distinct axes below 5
           10 | o = unsqueeze(x, axes: [7])
              |                        ^~~
        m.resin:11:5: error: f32[1, 3, 8, 8] has no axis 5
           11 | p = flatten(x, axis: 5)
              |     ^~~~~~~~~~~~~~~~~~~
        m.resin:12:23: error: 'shape' of reshape cannot be completed: no extent in place of -1 gives the 192 elements of f32[1, 3, 8, 8]
           12 | q = reshape(x, shape: [0, -1])
              |                       ^~~~~~~
        """#)
  }

  @Test func slicesAndPads() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      j = slice(x, step: [1, 0, 1, 1])
      k = slice(x, step: [1, 1])
      l = slice(x, end: [1, 3, 8, 9])
      m = pad(x, before: [0, 0, -1, 0])
      n = pad(x, mode: mirror)
      o = pad(x, after: [0, 0, 0, 8], mode: reflect)
      p = slice(x, step: [1, 1, 1, -9223372036854775808])
      q = strided_shortcut(x, stride: 9223372036854775807)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: slice 0:3:0 does not lie in an axis of 3 of f32[1, 3, 8, 8]
           3 | j = slice(x, step: [1, 0, 1, 1])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:4:20: error: 'step' of slice has 4 integers, one per axis of f32[1, 3, 8, 8], not 2
           4 | k = slice(x, step: [1, 1])
             |                    ^~~~~~
        m.resin:5:5: error: slice 0:9:1 does not lie in an axis of 8 of f32[1, 3, 8, 8]
           5 | l = slice(x, end: [1, 3, 8, 9])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: pad of f32[1, 3, 8, 8] needs 4 amounts of at least 0 on either side
           6 | m = pad(x, before: [0, 0, -1, 0])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:18: error: 'mode' of pad is one of constant, reflect, edge
           7 | n = pad(x, mode: mirror)
             |                  ^~~~~~
        m.resin:8:5: error: reflect pad of f32[1, 3, 8, 8] is larger than axis 3 allows
           8 | o = pad(x, after: [0, 0, 0, 8], mode: reflect)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:9:5: error: slice 7:-1:-9223372036854775808 does not lie in an axis of 8 of f32[1, 3, 8, 8]
           9 | p = slice(x, step: [1, 1, 1, -9223372036854775808])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:10:5: error: strided_shortcut needs strides from 1 to 1048576 and channels of at least 0
           10 | q = strided_shortcut(x, stride: 9223372036854775807)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func axes() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = softmax(x, axis: 4)
      b = softmax(x, axis: -5)
      c = reduce_mean(x, axes: [1, 1])
      d = transpose(x, permutation: [0, 1])
      e = concat(x, relu(x), axis: 9)
      f = gather(x, x, axis: 0)
      g = extent(x, 4)
      h = channels(reshape(x, shape: [192]))
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: softmax names axis 4 of f32[1, 3, 8, 8], which has 4 axes
           3 | a = softmax(x, axis: 4)
             |     ^~~~~~~~~~~~~~~~~~~
        m.resin:4:5: error: softmax names axis -5 of f32[1, 3, 8, 8], which has 4 axes
           4 | b = softmax(x, axis: -5)
             |     ^~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: reduce_mean needs ascending axes without repetition, not [1, 1]
           5 | c = reduce_mean(x, axes: [1, 1])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: transpose of f32[1, 3, 8, 8] needs a permutation of its axes, not [0, 1]
           6 | d = transpose(x, permutation: [0, 1])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: concat names axis 9 of f32[1, 3, 8, 8], which has 4 axes
           7 | e = concat(x, relu(x), axis: 9)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:8:5: error: gather takes i64 indices, not f32[1, 3, 8, 8]
           8 | f = gather(x, x, axis: 0)
             |     ^~~~~~~~~~~~~~~~~~~~~
        m.resin:9:5: error: f32[1, 3, 8, 8] has no axis 4
           9 | g = extent(x, 4)
             |     ^~~~~~~~~~~~
        m.resin:10:5: error: f32[192] has no channels
           10 | h = channels(reshape(x, shape: [192]))
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func literals() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      q = constant([1, true])
      r = constant(1.5) : i64[]
      s = constant([1, 2]) : f32[3]
      t = constant(x)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:14: error: the value does not have the type bool[2]
           3 | q = constant([1, true])
             |              ^~~~~~~~~
        m.resin:4:14: error: the value does not have the type i64[]
           4 | r = constant(1.5) : i64[]
             |              ^~~
        m.resin:5:14: error: the value does not have the type f32[3]
           5 | s = constant([1, 2]) : f32[3]
             |              ^~~~~~
        m.resin:6:14: error: the value does not have the type i64[]
           6 | t = constant(x)
             |              ^
        """#)
  }
}
