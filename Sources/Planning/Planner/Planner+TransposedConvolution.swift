import GraphIR

/// Transposed convolutions as ordinary ones, one per phase of the result.
extension Planner {
  /// Plans one convolution per phase, each of which writes every `stride`-th row and column of the
  /// result in its place: nothing is interleaved afterwards, and no multiplication is by a zero that
  /// was put in.
  mutating func planTransposedConvolution(
    _ id: NodeID, _ attributes: TransposedConvolution
  ) throws {
    let node = graph[id]
    let weight = try constant(node.inputs[1], "weight")
    let bias = attributes.hasBias ? try constant(node.inputs[2], "bias").floats : nil
    let (input, inputView) = convolutionInput(node.inputs[0])
    let (output, outputView) = newBlockedImage(id)
    let (stride, dilation) = (attributes.stride, attributes.dilation)
    let rows = TransposedPhase.phases(
      extent: inputView.height, kernel: weight.shape[2], stride: stride.height,
      dilation: dilation.height, padding: attributes.padding.top, result: outputView.height)
    let columns = TransposedPhase.phases(
      extent: inputView.width, kernel: weight.shape[3], stride: stride.width,
      dilation: dilation.width, padding: attributes.padding.left, result: outputView.width)
    guard rows.count * columns.count <= 4096 else {
      throw PlanningError(
        message:
          "a transposed convolution of stride \(stride.height)×\(stride.width) has no kernel",
        hint: "at most 4096 rows times columns of stride")
    }
    let firstStep = steps.count
    for row in rows {
      for column in columns {
        let (place, view) = part(of: output, outputView, row, column, stride)
        let isFirst = row.first == 0 && column.first == 0
        guard !row.taps.isEmpty, !column.taps.isEmpty else {
          fill(place, view, with: bias, then: attributes.then, id)
          continue
        }
        let (from, image) = withoutUnreadBorder(input, inputView, row, column)
        let problem = ConvolutionProblem(
          input: image, output: view, residual: nil,
          attributes: ordinary(attributes, row, column, image),
          kernel: Pair(row.taps.count, column.taps.count), groups: attributes.groups)
        try addConvolution(
          id, problem, weight: weight.ordinaryWeight(row, column, groups: attributes.groups),
          bias: bias, input: from, residual: nil, output: place,
          nodes: isFirst ? sources(of: id) : [])
      }
    }
    // One name stands for several convolutions here, so none of them can be chosen by it.
    for step in firstStep..<steps.count { steps[step].choice = nil }
  }

  /// The results of one phase of rows and columns as an image of its own.
  private func part(
    of output: Place, _ view: ImageView, _ row: TransposedPhase, _ column: TransposedPhase,
    _ stride: Pair
  ) -> (Place, ImageView) {
    var part = view
    let place = output.moved(
      by: row.first * view.rowStride + column.first * view.columnStride, of: view.element)
    (part.height, part.width) = (row.count, column.count)
    part.rowStride *= stride.height
    part.columnStride *= stride.width
    return (place, part)
  }

  /// The image from the first row and column that a tap reads.
  private func withoutUnreadBorder(
    _ input: Place, _ view: ImageView, _ row: TransposedPhase, _ column: TransposedPhase
  ) -> (Place, ImageView) {
    var image = view
    let (rows, columns) = (max(0, -row.padding), max(0, -column.padding))
    let place = input.moved(
      by: rows * view.rowStride + columns * view.columnStride, of: view.element)
    image.height -= rows
    image.width -= columns
    return (place, image)
  }

  private func ordinary(
    _ attributes: TransposedConvolution, _ row: TransposedPhase, _ column: TransposedPhase,
    _ image: ImageView
  ) -> Convolution {
    var (row, column) = (row, column)
    row.padding = max(0, row.padding)
    column.padding = max(0, column.padding)
    let padding = Padding(
      top: row.padding, left: column.padding, bottom: row.paddingAfter(extent: image.height),
      right: column.paddingAfter(extent: image.width))
    return Convolution(
      padding: padding, dilation: Pair(row.dilation, column.dilation), groups: attributes.groups,
      hasBias: attributes.hasBias, then: attributes.then)
  }

  /// A phase that no tap meets is the bias alone.
  private mutating func fill(
    _ place: Place, _ view: ImageView, with bias: [Float]?, then: UnaryFunction?, _ id: NodeID
  ) {
    let blocks = (view.channels + lanes - 1) / lanes
    let values = bias ?? []
    let padded = values + [Float](repeating: 0, count: blocks * lanes - values.count)
    addElementwise(
      ElementwiseExpression.copy.then(then),
      extents: [view.batch, blocks, view.height, view.width, lanes],
      strides: [[0, lanes, 0, 0, 1], view.boxStrides],
      arguments: [addWeights(.vector(padded)), place], name: graph[id].name, nodes: [])
  }
}

extension Tensor {
  /// The weight `[K, C / groups, taps…]` of the ordinary convolution of one phase, from the
  /// `[C, K / groups, R, S]` of a transposed one.
  fileprivate func ordinaryWeight(
    _ row: TransposedPhase, _ column: TransposedPhase, groups: Int
  ) -> Tensor {
    let (inputs, outputs) = (shape[0] / groups, shape[1])
    let taps = row.taps.flatMap { r in column.taps.map { r * shape[3] + $0 } }
    let window = shape[2] * shape[3]
    let result = [Float](
      unsafeUninitializedCapacity: shape[0] * outputs * taps.count
    ) { result, filled in
      floats.withUnsafeBufferPointer { source in
        for group in 0..<groups {
          for output in 0..<outputs {
            for input in 0..<inputs {
              let filter = ((group * inputs + input) * outputs + output) * window
              for tap in taps {
                result.initializeElement(at: filled, to: source[filter + tap])
                filled += 1
              }
            }
          }
        }
      }
    }
    return Tensor(
      [groups * outputs, inputs, row.taps.count, column.taps.count], floats: result)
  }
}
