import GraphIR
import ModelLanguage
import TestSupport
import Testing

@Suite struct PrinterTests {
  @Test func theFlatForm() throws {
    let graph = try model(
      """
      model net
      input image: f32[N, 3, 8, 8] from rgb8 { resize: 9, crop: [8, 8], deviation: [2, 2, 0.5] }
      conv1 = conv2d(image, 4, kernel: 3, stride: 2, padding: 1)
      bn1 = batch_norm(conv1)
      out = relu(bn1 * 2) + 1.5
      output features = out labels "a \\"b\\".txt"
      output conv1
      """)
    #expect(
      printModel(graph) == """
        model net

        input image: f32[1, 3, 8, 8] from rgb8 { resize: 9, crop: 8, deviation: [2, 2, 0.5] }
        out.constant = constant(2.0) : f32[]
        out.constant.1 = constant(1.5) : f32[]
        conv1 = conv2d(image, kernel: 3, stride: 2, padding: 1, weight: $conv1.weight f32[4, 3, 3, 3]) : f32[1, 4, 4, 4]
        bn1 = batch_norm(conv1, weight: $bn1.weight f32[4], bias: $bn1.bias f32[4], running_mean: $bn1.running_mean f32[4], running_var: $bn1.running_var f32[4]) : f32[1, 4, 4, 4]
        out.mul = mul(bn1, out.constant) : f32[1, 4, 4, 4]
        out.relu = relu(out.mul) : f32[1, 4, 4, 4]
        out = add(out.relu, out.constant.1) : f32[1, 4, 4, 4]
        output features = out labels "a \\"b\\".txt"
        output conv1

        """)
    expectRoundTrip(graph)
  }

  @Test(
    arguments: [
      "onnx::Conv_193", "/layer1/Add", "input", "1", "a b", "", "`", "\\", "a\nb\t\r", "é", "a..b",
      ".a", "a.", "then", "model", "inf", "*", "a*", "a**", "a*b", "layer1.0", "_", "日本",
      "e\u{301}",
    ])
  func everyNameCanBeWritten(name: String) throws {
    var graph = Graph(name: name)
    let x = graph.addInput(name + "i", TensorType([2, 3]))
    let w = graph.addParameter(name + "w", TensorType([2, 3]))
    let starred = graph.addParameter(name + "*", TensorType([2, 3]))
    let y = try graph.add(.binary(.add, then: nil), [x, w], name: name)
    let z = try graph.add(.binary(.add, then: nil), [y, starred], name: name + ".z")
    graph.addOutput(name, z, labels: name)
    graph.addOutput(name + "o", y)
    expectRoundTrip(graph)
  }

  @Test(
    arguments: [
      Tensor([], floats: [2]), Tensor([1], floats: [0.1]), Tensor([1, 1], floats: [.infinity]),
      Tensor([], floats: [-.infinity]), Tensor([], floats: [.nan]), Tensor([], floats: [-0.0]),
      Tensor([], floats: [.leastNonzeroMagnitude]), Tensor([], floats: [.greatestFiniteMagnitude]),
      Tensor([], floats: [16_777_216]), Tensor([], floats: [1e-5]),
      Tensor([], integers: [.min]), Tensor([2], integers: [.max, -1]), Tensor([0], integers: []),
      Tensor([2, 2], integers: [1, 2, 3, 4]), Tensor([], booleans: [true]),
      Tensor([2, 1], booleans: [false, true]), Tensor([3, 0], booleans: []),
    ])
  func smallConstantsKeepTheirValues(tensor: Tensor) throws {
    var graph = Graph(name: "m")
    graph.addOutput("y", graph.addConstant("c", tensor))
    expectRoundTrip(graph)
    let again = try parseModel(text: printModel(graph))
    let value = try #require(again.constantValue(of: again.outputs[0].node))
    if case .float32(let floats) = tensor.storage {
      // Bit patterns, because NaN does not equal itself and -0 equals 0.
      #expect(value.floats.map(\.bitPattern) == floats.map(\.bitPattern))
    } else {
      #expect(value == tensor)
    }
  }

  @Test func largeConstantsAreKnownByName() throws {
    var graph = Graph(name: "m")
    let weights = graph.addConstant("w*", Tensor([2], floats: [1, 2]))
    let indices = graph.addConstant("i", Tensor([65], integers: Array(0..<65)))
    _ = graph.addConstant("unused", Tensor([], floats: [1]))
    graph.addOutput("w", weights)
    graph.addOutput("i", indices)
    #expect(printModel(graph) == "model m\n\noutput w = $w* f32[2]\noutput i = $i i64[65]\n")
    expectRoundTrip(graph)
  }

  @Test func preprocessingIsKept() throws {
    let clauses = [
      ImagePreprocessing(channels: .rgb), ImagePreprocessing(channels: .bgr, resize: 4),
      ImagePreprocessing(channels: .rgb, crop: Pair(4, 5), scale: 1, mean: [1, 2, -3]),
      ImagePreprocessing(channels: .rgb, scale: 1 / 127.5, deviation: [0.1, 1e-9, 3e9]),
      ImagePreprocessing(channels: .rgb, resize: .size(Pair(4, 5)), interpolation: .nearest),
      ImagePreprocessing(
        channels: .bgr, resize: .size(Pair(9)), interpolation: .bicubic, crop: Pair(4, 5),
        mean: [103.939, 116.779, 123.68]),
    ]
    for clause in clauses {
      var graph = Graph(name: "m")
      let x = graph.addInput("x", TensorType([1, 3, 4, 5]), preprocessing: clause)
      graph.addOutput("x", x)
      expectRoundTrip(graph)
      let again = try parseModel(text: printModel(graph))
      #expect(again.inputs[0].preprocessing == clause)
    }
  }

  @Test func interpolationIsWritten() throws {
    let text = """
      model m

      input a: f32[1, 3, 4, 5] from rgb8 { resize: 6, interpolation: bicubic, crop: [4, 5] }
      input b: f32[1, 1, 4, 4] from gray8 { resize: [4, 4], interpolation: nearest }
      output a
      output b

      """
    let graph = try model(text)
    #expect(printModel(graph) == text)
    #expect(try parseModel(text: printStructured(graph).text).inputs == graph.inputs)
    // A name of the model's is none of the words' business.
    let named = try model(
      "model m\ninput bicubic: f32[1, 3, 2, 2] from rgb8 { interpolation: bicubic }\noutput bicubic"
    )
    #expect(named.inputs[0].preprocessing?.interpolation == .bicubic)
  }

  @Test func picturesOfOutputsAreKept() throws {
    let text = """
      model m

      input x: f32[1, 3, 4, 5]
      to = relu(x) : f32[1, 3, 4, 5]
      output a = to to rgb8 { scale: 1, mean: [1, 2, 3], deviation: [0.5, 0.5, 0.5] } labels "l"
      output b = x to bgr8
      output to

      """
    let graph = try model(text)
    #expect(printModel(graph) == text)
    expectRoundTrip(graph)
    #expect(
      graph.outputs.map(\.picture) == [
        ImagePreprocessing(
          channels: .rgb, scale: 1, mean: [1, 2, 3], deviation: [0.5, 0.5, 0.5]),
        ImagePreprocessing(channels: .bgr), nil,
      ])
    let again = try parseModel(text: printStructured(graph).text)
    #expect(again.outputs.map(\.picture) == graph.outputs.map(\.picture))
  }

  @Test func namesBesideKeywordsStayPlain() throws {
    let graph = try model(
      "input `input`: f32[1]\nfrom = relu(`input`)\nlabels = tanh(from)\noutput labels\noutput from"
    )
    #expect(printModel(graph).contains("input `input`: f32[1]\nfrom = relu(`input`) : f32[1]\n"))
    expectRoundTrip(graph)
  }
}
