import Testing

/// Mistakes of types and arithmetic: wording and position together.
@Suite struct ValueMistakeTests {
  @Test func conditions() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      if x { b = 1 }
      if channels(x) { d = 1 }
      c = b + d
      if 1 < 2 { e = relu(x) }
      f = relu(e, e)
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:4: error: a condition is true or false, not a tensor
           3 | if x { b = 1 }
             |    ^
        m.resin:4:4: error: a condition is true or false, not an integer
           4 | if channels(x) { d = 1 }
             |    ^~~~~~~~~~~
        m.resin:7:13: error: relu takes 1 argument by position, not 2
           7 | f = relu(e, e)
             |             ^
        """#)
  }

  @Test func types() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      k = relu(x) : f32[1, 3, 8, 9]
      l = 3 : f32[1]
      m = relu(x) : f32[-1]
      n = relu(x) : f32[x]
      o = relu(x) : f32[M]
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:15: error: 'k' has the type f32[1, 3, 8, 8]
           3 | k = relu(x) : f32[1, 3, 8, 9]
             |               ^~~~~~~~~~~~~~~
        m.resin:4:9: error: 'l' is an integer, not a tensor
           4 | l = 3 : f32[1]
             |         ^~~~~~
        m.resin:5:19: error: an extent is at least 0, not -1
           5 | m = relu(x) : f32[-1]
             |                   ^~
        m.resin:6:19: error: an extent is an integer, not a tensor
           6 | n = relu(x) : f32[x]
             |                   ^
        m.resin:7:19: error: unknown name 'M'
           7 | o = relu(x) : f32[M]
             |                   ^ did you mean 'm'?
        """#)
  }

  @Test func tooLargeTypes() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      input a: f32[1, 3000000000000]
      input b: f32[9223372036854775807, 0]
      c = conv2d(x, 1099511627776, kernel: 8)
      d = pad(x, before: [4294967296, 0, 0, 0])
      e = broadcast(x, shape: [1000000000000, 3, 8, 8])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:10: error: a tensor of shape [1, 3000000000000] is too large
           3 | input a: f32[1, 3000000000000]
             |          ^~~~~~~~~~~~~~~~~~~~~
        m.resin:4:10: error: a tensor of shape [9223372036854775807, 0] is too large
           4 | input b: f32[9223372036854775807, 0]
             |          ^~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: the parameter 'c.weight' of shape [1099511627776, 3, 8, 8] is too large
           5 | c = conv2d(x, 1099511627776, kernel: 8)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: pad of f32[1, 3, 8, 8] needs 4 amounts of at least 0 on either side
           6 | d = pad(x, before: [4294967296, 0, 0, 0])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: broadcast would give a tensor of shape [1000000000000, 3, 8, 8], which is too large
           7 | e = broadcast(x, shape: [1000000000000, 3, 8, 8])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func overflow() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = 9223372036854775807 + 1
      b = -9223372036854775808 - 1
      c = 4611686018427387904 * 2
      d = -9223372036854775808 / -1
      e = -(-9223372036854775808)
      f = -9223372036854775808 % -1
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: the result does not fit a 64-bit integer
           3 | a = 9223372036854775807 + 1
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:4:5: error: the result does not fit a 64-bit integer
           4 | b = -9223372036854775808 - 1
             |     ^~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: the result does not fit a 64-bit integer
           5 | c = 4611686018427387904 * 2
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: the result does not fit a 64-bit integer
           6 | d = -9223372036854775808 / -1
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: the result does not fit a 64-bit integer
           7 | e = -(-9223372036854775808)
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:8:5: error: the result does not fit a 64-bit integer
           8 | f = -9223372036854775808 % -1
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }

  @Test func division() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = 1 / 0
      b = 1 % 0
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: division by zero
           3 | a = 1 / 0
             |     ^~~~~
        m.resin:4:5: error: division by zero
           4 | b = 1 % 0
             |     ^~~~~
        """#)
  }

  @Test func kinds() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      a = x and 1 == 1
      b = x < 3
      c = not 3
      d = [1, 2] + 3
      e = true + 1
      f = -true
      g = x % 2
      h = 1.5 % 2.0
      i = relu(3)
      j = relu([x])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:5: error: an operand of 'and' is true or false, not a tensor
           3 | a = x and 1 == 1
             |     ^
        m.resin:4:5: error: '<' cannot combine a tensor and an integer
           4 | b = x < 3
             |     ^~~~~
        m.resin:5:9: error: the operand of 'not' is true or false, not an integer
           5 | c = not 3
             |         ^
        m.resin:6:5: error: '+' cannot combine a list and an integer
           6 | d = [1, 2] + 3
             |     ^~~~~~~~~~
        m.resin:7:5: error: '+' cannot combine a truth value and an integer
           7 | e = true + 1
             |     ^~~~~~~~
        m.resin:8:5: error: '-' cannot negate a truth value
           8 | f = -true
             |     ^~~~~
        m.resin:9:5: error: '%' cannot combine a tensor and an integer
           9 | g = x % 2
             |     ^~~~~
        m.resin:10:5: error: '%' cannot combine a number and a number
           10 | h = 1.5 % 2.0
              |     ^~~~~~~~~
        m.resin:11:10: error: an operand of relu is a tensor, not an integer
           11 | i = relu(3)
              |          ^
        m.resin:12:10: error: an operand of relu is a tensor, not a list
           12 | j = relu([x])
              |          ^~~
        """#)
  }

  @Test func preprocessing() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      input a: f32[1, 2] from rgb8
      input b: f32[1, 3, 2, 2] from rgb9
      input c: f32[1, 3, 2, 2] from rgb8 { scale: 1 / 255 }
      input d: f32[1, 3, 2, 2] from rgb8 { men: [1, 2, 3] }
      input e: f32[1, 3, 2, 2] from rgb8 { mean: [1, 2] }
      input f: f32[1, 3, 2, 2] from rgb8 { crop: 3 }
      input g: f32[1, 3, 2, 2] from rgb8 { mean: [inf, 0, 0] }
      input h: f32[1, 3, 2, 2] from rgb8 { deviation: [1, 0, 1] }
      input i: f32[1, 3, 2, 2] from rgb8 { resize: 0 }
      input j: f32[1, 1, 2, 2] from rgb8 {}
      input k: f32[1, 3, 2, 2] from rgb8 { interpolation: bicubik }
      input l: f32[1, 3, 2, 2] from rgb8 { interpolation: 3 }
      input n: f32[1, 3, 2, 2] from rgb8 { intrpolation: bicubic }
      input o: f32[1, 3, 2, 2] from rgb8 { resize: [2, 2, 2] }
      input p: f32[1, 3, 2, 2] from rgb8 { resize: [2, 40000], crop: 2 }
      input q: f32[1, 3, 2, 2] from rgb8 { resize: 1, crop: 2 }
      input r: f32[1, 3, 2, 2] from rgb8 { resize: [3, 1], crop: 2 }
      input s: f32[1, 3, 2, 2] from rgb8 { resize: 3 }
      input t: f32[1, 3, 2, 2] from rgb8 { resize: [2, 3] }
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:20: error: a picture rgb8 becomes f32[N, 3, H, W], not f32[1, 2]
           3 | input a: f32[1, 2] from rgb8
             |                    ^~~~~~~~~
        m.resin:4:31: error: unknown picture format 'rgb9'
           4 | input b: f32[1, 3, 2, 2] from rgb9
             |                               ^~~~ did you mean 'rgb8'?
        m.resin:5:45: error: scale is a number other than 0
           5 | input c: f32[1, 3, 2, 2] from rgb8 { scale: 1 / 255 }
             |                                             ^~~~~~~ integers divide to integers: write 1.0 / 255
        m.resin:6:38: error: unknown attribute 'men' of rgb8
           6 | input d: f32[1, 3, 2, 2] from rgb8 { men: [1, 2, 3] }
             |                                      ^~~ did you mean 'mean'?
        m.resin:7:44: error: 'mean' of rgb8 has 3 numbers, not 2
           7 | input e: f32[1, 3, 2, 2] from rgb8 { mean: [1, 2] }
             |                                            ^~~~~~
        m.resin:8:44: error: the crop must give the input f32[1, 3, 2, 2] its height and width
           8 | input f: f32[1, 3, 2, 2] from rgb8 { crop: 3 }
             |                                            ^ crop to 2×2
        m.resin:9:44: error: mean holds finite numbers
           9 | input g: f32[1, 3, 2, 2] from rgb8 { mean: [inf, 0, 0] }
             |                                            ^~~~~~~~~~~
        m.resin:10:49: error: deviation holds numbers other than 0
           10 | input h: f32[1, 3, 2, 2] from rgb8 { deviation: [1, 0, 1] }
              |                                                 ^~~~~~~~~
        m.resin:11:46: error: resize is from 1 to 32768, not 0
           11 | input i: f32[1, 3, 2, 2] from rgb8 { resize: 0 }
              |                                              ^
        m.resin:12:26: error: a picture rgb8 becomes f32[N, 3, H, W], not f32[1, 1, 2, 2]
           12 | input j: f32[1, 1, 2, 2] from rgb8 {}
              |                          ^~~~~~~~~~~~
        m.resin:13:53: error: 'interpolation' of rgb8 is one of bilinear, bicubic, nearest
           13 | input k: f32[1, 3, 2, 2] from rgb8 { interpolation: bicubik }
              |                                                     ^~~~~~~ did you mean 'bicubic'?
        m.resin:14:53: error: 'interpolation' of rgb8 is one of bilinear, bicubic, nearest
           14 | input l: f32[1, 3, 2, 2] from rgb8 { interpolation: 3 }
              |                                                     ^
        m.resin:15:38: error: unknown attribute 'intrpolation' of rgb8
           15 | input n: f32[1, 3, 2, 2] from rgb8 { intrpolation: bicubic }
              |                                      ^~~~~~~~~~~~ did you mean 'interpolation'?
        m.resin:16:46: error: 'resize' of rgb8 is the shorter side or [height, width]
           16 | input o: f32[1, 3, 2, 2] from rgb8 { resize: [2, 2, 2] }
              |                                              ^~~~~~~~~
        m.resin:17:46: error: resize is from 1 to 32768, not 40000
           17 | input p: f32[1, 3, 2, 2] from rgb8 { resize: [2, 40000], crop: 2 }
              |                                              ^~~~~~~~~~
        m.resin:18:55: error: a crop of 2×2 is larger than what resize leaves
           18 | input q: f32[1, 3, 2, 2] from rgb8 { resize: 1, crop: 2 }
              |                                                       ^ resize to 2 or more
        m.resin:19:60: error: a crop of 2×2 is larger than what resize leaves
           19 | input r: f32[1, 3, 2, 2] from rgb8 { resize: [3, 1], crop: 2 }
              |                                                            ^ resize to 2 or more
        m.resin:20:46: error: resize does not give the input f32[1, 3, 2, 2] its height and width
           20 | input s: f32[1, 3, 2, 2] from rgb8 { resize: 3 }
              |                                              ^ crop to 2×2
        m.resin:21:46: error: resize does not give the input f32[1, 3, 2, 2] its height and width
           21 | input t: f32[1, 3, 2, 2] from rgb8 { resize: [2, 3] }
              |                                              ^~~~~~ crop to 2×2
        """#)
  }

  @Test func picturesOfOutputs() {
    let text = #"""
      model m
      input x: f32[1, 3, 8, 8]
      input b: u8[1, 3, 8, 8]
      output c = x to rgb8 { resize: 8 }
      output d = x to gray8
      output e = b to rgb8 { scale: 1.0 }
      output f = x to rgb8 { scale: 0.0 }
      output g = x to png
      output h = x to rgb8 { deviation: [1, 0, 1] }
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:24: error: unknown attribute 'resize' of rgb8
           4 | output c = x to rgb8 { resize: 8 }
             |                        ^~~~~~
        m.resin:5:14: error: a picture gray8 is made of f32[N, 1, H, W], not f32[1, 3, 8, 8]
           5 | output d = x to gray8
             |              ^~~~~~~~
        m.resin:6:24: error: 'scale' is for f32: an output of u8 has the bytes of a picture
           6 | output e = b to rgb8 { scale: 1.0 }
             |                        ^~~~~
        m.resin:7:31: error: scale is a number other than 0
           7 | output f = x to rgb8 { scale: 0.0 }
             |                               ^~~ integers divide to integers: write 1.0 / 255
        m.resin:8:17: error: unknown picture format 'png'
           8 | output g = x to png
             |                 ^~~ one of rgb8, bgr8, gray8
        m.resin:9:35: error: deviation holds numbers other than 0
           9 | output h = x to rgb8 { deviation: [1, 0, 1] }
             |                                   ^~~~~~~~~
        """#)
  }
}
