import GraphIR
import ModelLanguage
import Testing

/// Recurrent layers in the language.
@Suite struct RecurrenceTests {
  private func graph(_ call: String, _ type: String = "[N, 6, 3]") throws -> Graph {
    try parseModel(text: "model m\ninput x: f32\(type)\nrnn1 = \(call)\noutput rnn1\n")
  }

  private func parameters(_ graph: Graph) -> [String] {
    graph.constants.map { "\(graph[$0].name) \(graph[$0].type.shape)" }
  }

  /// The names and shapes that `state_dict` of PyTorch's module has:
  /// `LSTM(3, 4, num_layers=2, bidirectional=True)`.
  @Test func parametersArePyTorchs() throws {
    let graph = try graph("lstm(x, 4, layers: 2, direction: bidirectional, batch_first: true)")
    #expect(
      parameters(graph) == [
        "rnn1.weight_ih_l0 [16, 3]", "rnn1.weight_hh_l0 [16, 4]", "rnn1.bias_ih_l0 [16]",
        "rnn1.bias_hh_l0 [16]", "rnn1.weight_ih_l0_reverse [16, 3]",
        "rnn1.weight_hh_l0_reverse [16, 4]", "rnn1.bias_ih_l0_reverse [16]",
        "rnn1.bias_hh_l0_reverse [16]", "rnn1.weight_ih_l1 [16, 8]", "rnn1.weight_hh_l1 [16, 4]",
        "rnn1.bias_ih_l1 [16]", "rnn1.bias_hh_l1 [16]", "rnn1.weight_ih_l1_reverse [16, 8]",
        "rnn1.weight_hh_l1_reverse [16, 4]", "rnn1.bias_ih_l1_reverse [16]",
        "rnn1.bias_hh_l1_reverse [16]",
      ])
    #expect(graph.order.map { graph[$0].name }.last == "rnn1")
    #expect(graph[graph.outputs[0].node].type == TensorType([1, 6, 8]))
    expectRoundTrip(graph)
  }

  @Test func layersWithoutBias() throws {
    let graph = try graph("gru(x, 4, layers: 2, bias: false, result: hidden)")
    #expect(
      parameters(graph) == [
        "rnn1.weight_ih_l0 [12, 3]", "rnn1.weight_hh_l0 [12, 4]", "rnn1.weight_ih_l1 [12, 4]",
        "rnn1.weight_hh_l1 [12, 4]",
      ])
    #expect(graph[graph.outputs[0].node].type == TensorType([6, 4]))
    expectRoundTrip(graph)
  }

  @Test(
    arguments: [
      (
        "rnn(x, 4, activations: [relu], clip: 2, direction: reverse)",
        "rnn(x, direction: reverse, activations: [relu], clip: 2, "
      ),
      (
        "lstm(x, 4, lengths: [1, 2, 3, 2, 1, 2], coupled: true, result: cell, batch_first: true)",
        "lstm(x, batch_first: true, result: cell, coupled: true, lengths: [1, 2, 3, 2, 1, 2], "
      ),
      (
        "gru(x, 4, reset_first: true, activations: [hard_sigmoid(0.25, 0.5), scaled_tanh(2, 1)])",
        "gru(x, activations: [hard_sigmoid(0.25, 0.5), scaled_tanh(2, 1)], reset_first: true, "
      ),
      (
        "gru(x, 4, activations: [sigmoid, tanh])",
        "gru(x, weight_ih: $rnn1.weight_ih_l0 f32[12, 3], "
      ),
    ])
  func attributesArePrinted(_ written: String, _ printed: String) throws {
    let graph = try graph(written, "[6, 3, 3]")
    let text = printModel(graph)
    #expect(text.contains("rnn1 = " + printed), "\(text)")
    expectRoundTrip(graph)
  }

  @Test func operandsAreWritten() throws {
    let text = """
      model m
      input x: f32[5, 2, 3]
      input h: f32[2, 4]
      input c: f32[2, 4]
      a = lstm(x, 4, initial_hidden: h, initial_cell: c, peepholes: $p f32[12])
      b = lstm(
        x, weight_ih: $a.weight_ih_l0 f32[16, 3], weight_hh: $a.weight_hh_l0 f32[16, 4],
        bias_ih: $a.bias_ih_l0 f32[16], bias_hh: $a.bias_hh_l0 f32[16], initial_cell: c)
      output a
      output b
      """
    let graph = try parseModel(text: text)
    #expect(graph.constants.count == 5)
    expectRoundTrip(graph)
  }

  @Test func mistakesAreReported() {
    let text = #"""
      model m
      input x: f32[5, 2, 3]
      input y: f32[5, 3]
      a = lstm(x)
      b = gru(y, 4)
      d = rnn(x, 4, layers: 0)
      e = gru(x, 4, result: cell)
      f = rnn(x, 4, activations: [tanh, tanh])
      g = rnn(x, 4, activations: [tahn])
      h = rnn(x, 4, activations: tanh)
      i = lstm(x, 4, clip: -1)
      j = lstm(x, 4, lengths: [5, 6])
      k = lstm(x, 4, lengths: [5])
      l = lstm(x, 4, layers: 2, initial_hidden: y)
      m = lstm(x, 4, initial_hidden: y)
      n = lstm(x, weight_ih: $w f32[16, 3])
      o = lstm(x, 4, bias_ih: $b f32[16])
      p = rnn(x, 4, reset_first: true)
      q = lstm(x, 4, direction: backward)
      r = lstm(x, 4, unit: 4)
      s = gru(x, 4, coupled: true)
      t = lstm(x, 4611686018427387904)
      u = lstm(x, 5, weight_ih: $v f32[16, 3], weight_hh: $z f32[16, 4])
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:4:5: error: lstm needs 'units'
           4 | a = lstm(x)
             |     ^~~~~~~
        m.resin:5:5: error: gru takes sequences of three axes, not f32[5, 3]
           5 | b = gru(y, 4)
             |     ^~~~~~~~~
        m.resin:6:5: error: 'layers' of rnn is at least 1, not 0
           6 | d = rnn(x, 4, layers: 0)
             |     ^~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: gru has no cell state to give; lstm has
           7 | e = gru(x, 4, result: cell)
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:8:5: error: rnn takes 1 activation, not 2
           8 | f = rnn(x, 4, activations: [tanh, tanh])
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:9:29: error: 'activations' of rnn has no function 'tahn'
           9 | g = rnn(x, 4, activations: [tahn])
             |                             ^~~~ did you mean 'tanh'?
        m.resin:10:28: error: 'activations' of rnn is a list of functions such as [sigmoid, tanh]
           10 | h = rnn(x, 4, activations: tanh)
              |                            ^~~~
        m.resin:11:5: error: lstm needs clip > 0, not -1.0
           11 | i = lstm(x, 4, clip: -1)
              |     ^~~~~~~~~~~~~~~~~~~~
        m.resin:12:5: error: lstm needs lengths from 1 to its 5 steps, not 6
           12 | j = lstm(x, 4, lengths: [5, 6])
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:13:5: error: lstm needs a length for each of the 2 sequences, not 1
           13 | k = lstm(x, 4, lengths: [5])
              |     ^~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:14:43: error: 'initial_hidden' of lstm is for one layer in one direction
           14 | l = lstm(x, 4, layers: 2, initial_hidden: y)
              |                                           ^ write each layer as a statement of its own
        m.resin:15:5: error: lstm needs an initial_hidden of type f32[2, 4], not f32[5, 3]
           15 | m = lstm(x, 4, initial_hidden: y)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:16:5: error: lstm needs 'weight_hh'
           16 | n = lstm(x, weight_ih: $w f32[16, 3])
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:17:5: error: lstm needs both 'bias_ih' and 'bias_hh'
           17 | o = lstm(x, 4, bias_ih: $b f32[16])
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:18:5: error: rnn has no reset gate; gru has
           18 | p = rnn(x, 4, reset_first: true)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:19:27: error: 'direction' of lstm is one of forward, reverse, bidirectional
           19 | q = lstm(x, 4, direction: backward)
              |                           ^~~~~~~~
        m.resin:20:16: error: unknown attribute 'unit' of lstm
           20 | r = lstm(x, 4, unit: 4)
              |                ^~~~ did you mean 'units'?
        m.resin:21:5: error: gru has no gates to couple; lstm has
           21 | s = gru(x, 4, coupled: true)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:22:5: error: 'units' of lstm is too large
           22 | t = lstm(x, 4611686018427387904)
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:23:5: error: 5 does not fit the weight f32[16, 4] of lstm
           23 | u = lstm(x, 5, weight_ih: $v f32[16, 3], weight_hh: $z f32[16, 4])
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        """#)
  }
}
