import GraphIR

/// Convolutions, linear layers, pools and reductions.
extension NodeWriter {
  mutating func exportConvolution(_ convolution: Convolution) throws {
    let attributes =
      window(convolution.stride, convolution.padding, convolution.dilation)
      + [("group", .integer(convolution.groups))]
    let operands = Array(inputs[..<(convolution.hasBias ? 3 : 2)])
    guard let residual = convolution.residualIndex else {
      try add("Conv", operands, attributes, then: convolution.then)
      return
    }
    let product = try add("Conv", operands, attributes, suffix: "conv")
    try add("Add", [product, inputs[residual]], then: convolution.then)
  }

  /// Every image has a kernel of its own, so the images become groups of one image.
  mutating func exportDynamicConvolution(_ convolution: Convolution) throws {
    let (x, kernels) = (types[0].shape, types[2].shape)
    let flat = try reshape(
      inputs[2], to: [kernels[0], kernels.dropFirst().reduce(1, *)], suffix: "kernels")
    let mixed = try add("MatMul", [inputs[1], flat], suffix: "mixed")
    let weight = try reshape(mixed, to: [x[0] * kernels[1]] + kernels[2...], suffix: "weight")
    let images = try reshape(inputs[0], to: [1, x[0] * x[1]] + x[2...], suffix: "images")
    let product = try add(
      "Conv", [images, weight],
      window(convolution.stride, convolution.padding, convolution.dilation)
        + [("group", .integer(x[0] * convolution.groups))], suffix: "conv")
    var sum = try reshape(product, to: node.type.shape, suffix: "product")
    if convolution.hasBias {
      let bias = try reshape(inputs[3], to: [kernels[1], 1, 1], suffix: "bias")
      sum = try add("Add", [sum, bias], suffix: "biased")
    }
    if convolution.hasResidual {
      sum = try add("Add", [sum, inputs[inputs.count - 1]], suffix: "sum")
    }
    if let then = convolution.then {
      try apply(then, to: sum)
    } else {
      try add("Identity", [sum])
    }
  }

  /// `QLinearConv` rounds its sums just so; a scale of 1 on both sides leaves them those of the weight.
  mutating func exportIntegerConvolution(_ convolution: IntegerConvolution) throws {
    guard convolution.result == .uint8, convolution.low == 0, convolution.high == 255 else {
      throw ExportRefusal(
        message:
          "QLinearConv of ONNX gives u8 from 0 to 255 only; export the model before it is optimised"
      )
    }
    func zero(_ value: Int) -> Tensor { Tensor([], elements: [UInt8(value)]) }
    let channels = types[1].shape[0]
    let one = number(1, "one")
    try add(
      "QLinearConv",
      [
        inputs[0], one, constant(zero(convolution.inputZero), "input_zero"), inputs[1], inputs[3],
        constant(
          Tensor([channels], elements: [Int8](repeating: 0, count: channels)), "weight_zero"),
        one, constant(zero(convolution.resultZero), "result_zero"), inputs[2],
      ],
      window(convolution.stride, convolution.padding, convolution.dilation)
        + [("group", .integer(convolution.groups))])
  }

  mutating func exportTransposedConvolution(_ convolution: TransposedConvolution) throws {
    let added = convolution.outputPadding
    let attributes =
      window(convolution.stride, convolution.padding, convolution.dilation)
      + [
        ("group", .integer(convolution.groups)),
        ("output_padding", .integers([added.height, added.width])),
      ]
    try add("ConvTranspose", inputs, attributes, then: convolution.then)
  }

  /// `Gemm` takes matrices only; other operands become one and back.
  mutating func exportLinear(_ then: UnaryFunction?) throws {
    let attributes: [(String, ONNXAttribute)] = [("transB", .integer(1))]
    guard types[0].rank != 2 else {
      try add("Gemm", inputs, attributes, then: then)
      return
    }
    let rows = types[0].shape.dropLast().reduce(1, *)
    let matrix = try reshape(inputs[0], to: [rows, types[1].shape[1]], suffix: "rows")
    let product = try add(
      "Gemm", [matrix] + inputs.dropFirst(), attributes, suffix: "product", then: then)
    try reshape(product, to: node.type.shape)
  }

  mutating func exportPool(_ type: String, _ pooling: Pooling) throws {
    var attributes =
      window(pooling.stride, pooling.padding, pooling.dilation)
      + [
        ("kernel_shape", .integers([pooling.kernel.height, pooling.kernel.width])),
        ("ceil_mode", .integer(pooling.ceilMode ? 1 : 0)),
      ]
    if type == "AveragePool" {
      attributes.append(("count_include_pad", .integer(pooling.countIncludesPadding ? 1 : 0)))
    }
    try add(type, inputs, attributes)
  }

  mutating func exportReduction(
    _ function: ReduceFunction, _ axes: [Int], _ keepDimensions: Bool
  ) throws {
    guard !axes.isEmpty else {
      try add("Identity", inputs)
      return
    }
    let type =
      switch function {
      case .mean: "ReduceMean"
      case .sum: "ReduceSum"
      case .maximum: "ReduceMax"
      case .minimum: "ReduceMin"
      case .product: "ReduceProd"
      }
    try add(
      type, [inputs[0], integers(axes, "axes")],
      [("keepdims", .integer(keepDimensions ? 1 : 0))])
  }

  private func window(
    _ stride: Pair, _ padding: Padding, _ dilation: Pair
  ) -> [(String, ONNXAttribute)] {
    [
      ("strides", .integers([stride.height, stride.width])),
      ("pads", .integers([padding.top, padding.left, padding.bottom, padding.right])),
      ("dilations", .integers([dilation.height, dilation.width])),
    ]
  }
}
