import GraphIR

/// `MaxPool`; its second output says where in x the largest elements are.
func importMaxPool(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let isColumnMajor = try context.flag("storage_order")
  // The largest of integers of few bits is the largest of the same numbers in f32.
  let bytes: [FileType: ElementType] = [.uint8: .uint8, .int8: .int8]
  let element = bytes[try context.fileType(0)]
  if element != nil { context.replaceOperand(0, by: try context.numbers(ofQuantized: 0)) }
  var result = try importPool(context, countsPadding: false) { .maxPool($0) }
  if let element { result = try context.integers(element, from: result) }
  guard context.hasResult(after: 0) else { return [.node(result)] }
  let places = try importPlacesOfMaxima(
    context, counts: Array(context.shape(of: result).dropFirst(2)), isColumnMajor: isColumnMajor)
  if !isColumnMajor {
    context.remember(places, count: context.shape(of: try context.operand(0)))
  }
  return [.node(result), .node(places)]
}

/// `AveragePool`.
func importAveragePool(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let countsPadding = try context.flag("count_include_pad")
  return [.node(try importPool(context, countsPadding: countsPadding) { .averagePool($0) })]
}

private func importPool(
  _ context: OperatorContext, countsPadding: Bool, _ operation: (Pooling) -> GraphIR.Operation
) throws -> NodeID {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  guard (3...5).contains(shape.count) else {
    throw Refusal("[N, C, W], [N, C, H, W] or [N, C, D, H, W] is supported, not \(shape)")
  }
  let kernel = try context.poolKernel(rank: shape.count - 2)
  let numbers = try context.windowNumbers(kernel: kernel, extents: Array(shape.dropFirst(2)))
  // Sizes that are found from the image leave nothing for ceil_mode to decide.
  let isAutomatic = try context.string("auto_pad", default: "NOTSET") != "NOTSET"
  let ceilMode = try context.flag("ceil_mode") && !isAutomatic
  guard kernel.count < 3 else {
    return try importVolumePool(
      context, numbers, kernel: kernel, ceilMode: ceilMode, countsPadding: countsPadding, operation)
  }
  let window = numbers.window
  let pooling = Pooling(
    kernel: kernel.count == 2 ? Pair(kernel[0], kernel[1]) : Pair(1, kernel[0]),
    stride: window.stride, padding: window.padding, dilation: window.dilation,
    ceilMode: ceilMode, countIncludesPadding: countsPadding)
  return try context.onImages(x) { image, suffix in
    try context.add(operation(pooling), [image], suffix: suffix)
  }
}

/// `GlobalAveragePool` and `GlobalMaxPool` over all axes but the first two.
func importGlobalPool(_ function: ReduceFunction) -> OperatorImporter {
  { context in
    let x = try context.operand(0)
    let rank = context.shape(of: x).count
    guard rank >= 3 else { throw Refusal("an image is needed, not \(context.type(of: x))") }
    let operation: GraphIR.Operation =
      function == .mean && rank == 4
      ? .globalAveragePool : .reduce(function, axes: Array(2..<rank), keepDimensions: true)
    return [.node(try context.add(operation, [x]))]
  }
}
