import Testing

/// Mistakes in the arguments of layers: wording and position together.
@Suite struct LayerMistakeTests {
  @Test func convolutions() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      c = conv2d(x, 0, kernel: 3)
      d = conv2d(x, 8, kernel: [1, 2, 3])
      e = conv2d(x, 8, kernel: 3, groups: 2)
      f = conv2d(x, 8, kernel: 9)
      g = conv2d(x, 8, kernel: 3, stride: 0)
      h = conv2d(x, 8, kernel: x)
      i = conv2d(x, 8, kernel: 0)
      j = conv2d(x, 8, kernel: 3, padding: [1, 2, 3])
      k = conv2d(flatten(x), 8, kernel: 1)
      l = conv2d(x, 8, kernel: 3, groups: 0)
      m = conv2d(x, 8, kernel: 3, bias: 1)
      n = conv2d(x, 8, kernel: 3, dilation: 9223372036854775807)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:15: error: 'channels' of conv2d is at least 1, not 0
           3 | c = conv2d(x, 0, kernel: 3)
             |               ^
        m.resin:4:26: error: 'kernel' of conv2d is an integer or [height, width]
           4 | d = conv2d(x, 8, kernel: [1, 2, 3])
             |                          ^~~~~~~~~
        m.resin:5:5: error: conv2d with 2 groups needs channels divisible by it, not 3 in and 8 out
           5 | e = conv2d(x, 8, kernel: 3, groups: 2)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: conv2d has a 9×9 window that does not fit the padded image of f32[1, 3, 8, 8]
           6 | f = conv2d(x, 8, kernel: 9)
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: conv2d needs a stride from 1 to 1048576, not 0
           7 | g = conv2d(x, 8, kernel: 3, stride: 0)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:8:26: error: 'kernel' of conv2d is an integer, not a tensor
           8 | h = conv2d(x, 8, kernel: x)
             |                          ^
        m.resin:9:5: error: 'kernel' of conv2d is at least 1
           9 | i = conv2d(x, 8, kernel: 0)
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:10:38: error: 'padding' of conv2d is an integer, [height, width] or [top, left, bottom, right]
           10 | j = conv2d(x, 8, kernel: 3, padding: [1, 2, 3])
              |                                      ^~~~~~~~~
        m.resin:11:5: error: conv2d takes an image [N, C, H, W], not f32[1, 192]
           11 | k = conv2d(flatten(x), 8, kernel: 1)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:12:5: error: conv2d with 0 groups needs channels divisible by it, not 3 in and 8 out
           12 | l = conv2d(x, 8, kernel: 3, groups: 0)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:13:35: error: 'bias' of conv2d is true, false or a tensor, not an integer
           13 | m = conv2d(x, 8, kernel: 3, bias: 1)
              |                                   ^
        m.resin:14:5: error: conv2d needs a dilation from 1 to 1048576, not 9223372036854775807
           14 | n = conv2d(x, 8, kernel: 3, dilation: 9223372036854775807)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func writtenWeights() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = conv2d(x, 8, weight: $w f32[4, 3, 1, 1])
      b = conv2d(x, kernel: 3, weight: $w f32[4, 3, 1, 1])
      c = conv2d(x, weight: $w f32[4, 2, 1, 1])
      d = conv2d(x, weight: $v f32[4, 2, 1, 1])
      e = conv2d(x, 8, kernel: 3, add: x)
      f = linear(x, weight: $u f32[4])
      g = linear(x, weight: $t f32[4, 8], bias: $s f32[3])
      h = batch_norm(x, weight: $r i64[3])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: 8 does not fit the weight f32[4, 3, 1, 1] of conv2d
           3 | a = conv2d(x, 8, weight: $w f32[4, 3, 1, 1])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:4:34: error: 'kernel' of conv2d does not fit the weight f32[4, 3, 1, 1]
           4 | b = conv2d(x, kernel: 3, weight: $w f32[4, 3, 1, 1])
             |                                  ^~~~~~~~~~~~~~~~~~
        m.resin:5:23: error: the parameter 'w' has the type f32[4, 3, 1, 1] elsewhere
           5 | c = conv2d(x, weight: $w f32[4, 2, 1, 1])
             |                       ^~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: conv2d of f32[1, 3, 8, 8] in 1 group needs a weight [K, 3, R, S], not f32[4, 2, 1, 1]
           6 | d = conv2d(x, weight: $v f32[4, 2, 1, 1])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: conv2d needs a residual of type f32[1, 8, 6, 6], not f32[1, 3, 8, 8]
           7 | e = conv2d(x, 8, kernel: 3, add: x)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:8:5: error: linear of f32[1, 3, 8, 8] needs a weight [O, 8], not f32[4]
           8 | f = linear(x, weight: $u f32[4])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:9:5: error: linear needs a bias of type f32[4], not f32[3]
           9 | g = linear(x, weight: $t f32[4, 8], bias: $s f32[3])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:10:5: error: batch_norm needs a scale of type f32[3], not i64[3]
           10 | h = batch_norm(x, weight: $r i64[3])
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func epilogues() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      d = conv2d(x, 8, kernel: 3, then: relv)
      e = conv2d(x, 8, kernel: 3, then: 3)
      f = conv2d(x, 8, kernel: 3, then: clip(1))
      g = add(x, x, then: relu(1))
      h = add(x, x, then: clip(0, six))
      i = relu(x, then: relu)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:35: error: 'then' of conv2d is not a function of one element: 'relv'
           3 | d = conv2d(x, 8, kernel: 3, then: relv)
             |                                   ^~~~ did you mean 'relu'?
        m.resin:4:35: error: 'then' of conv2d is a function of one element such as relu
           4 | e = conv2d(x, 8, kernel: 3, then: 3)
             |                                   ^
        m.resin:5:35: error: clip needs 'high'
           5 | f = conv2d(x, 8, kernel: 3, then: clip(1))
             |                                   ^~~~~~~
        m.resin:6:26: error: relu takes 0 arguments by position, not 1
           6 | g = add(x, x, then: relu(1))
             |                          ^
        m.resin:7:29: error: unknown name 'six'
           7 | h = add(x, x, then: clip(0, six))
             |                             ^~~
        m.resin:8:13: error: unknown attribute 'then' of relu
           8 | i = relu(x, then: relu)
             |             ^~~~
        """#)
  }

  @Test func epsilon() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = batch_norm(x, epsilon: true)
      b = batch_norm(x, epsilon: -1)
      c = batch_norm(x, epsilon: nan)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:28: error: 'epsilon' of batch_norm is a number, not a truth value
           3 | a = batch_norm(x, epsilon: true)
             |                            ^~~~
        m.resin:4:5: error: batch_norm needs epsilon ≥ 0, not -1.0
           4 | b = batch_norm(x, epsilon: -1)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: batch_norm needs epsilon ≥ 0, not nan
           5 | c = batch_norm(x, epsilon: nan)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func pools() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = max_pool(x, kernel: 2, padding: 2)
      b = max_pool(x, kernel: 9223372036854775807, dilation: 9223372036854775807)
      c = average_pool(x, kernel: 0)
      d = average_pool(x, kernel: 3, ceil_mode: 1)
      e = global_average_pool(flatten(x))
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: max_pool with padding as large as its window has windows of padding only
           3 | a = max_pool(x, kernel: 2, padding: 2)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:4:5: error: max_pool needs a kernel from 1 to 1048576, not 9223372036854775807
           4 | b = max_pool(x, kernel: 9223372036854775807, dilation: 9223372036854775807)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: average_pool needs a kernel from 1 to 1048576, not 0
           5 | c = average_pool(x, kernel: 0)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:6:43: error: 'ceil_mode' of average_pool is true or false, not an integer
           6 | d = average_pool(x, kernel: 3, ceil_mode: 1)
             |                                           ^
        m.resin:7:5: error: global_average_pool takes an image [N, C, H, W], not f32[1, 192]
           7 | e = global_average_pool(flatten(x))
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }
}
