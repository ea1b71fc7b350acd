import GraphIR

/// `MaxUnpool`: zeros but for x at the indices, which count the elements of an image as large as one
/// that windows without padding come from.
///
/// An `output_shape` larger than this image adds zeros at its ends, as the standard's tests have it;
/// but indices that a `MaxPool` of the file took from an image of that shape count in it, as ONNX Runtime
/// and PyTorch have it.
func importMaxUnpool(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (x, indices) = (try context.operand(0), try context.operand(1))
  let shape = context.shape(of: x)
  guard shape.count >= 3, context.type(of: indices) == TensorType(shape, element: .int64) else {
    throw Refusal(
      "an image and an index for each of its elements are needed, not \(context.type(of: x)) and "
        + "\(context.type(of: indices))")
  }
  let extents = Array(shape.dropFirst(2))
  let kernel = try context.poolKernel(rank: extents.count)
  let numbers = try context.windowNumbers(kernel: kernel, extents: extents)
  let inferred =
    Array(shape[..<2])
    + extents.indices.map { axis in
      (extents[axis] - 1) * numbers.strides[axis] + kernel[axis] - numbers.begins[axis]
        - numbers.ends[axis]
    }
  let stated = context.hasOperand(2) ? try context.knownIntegers(2, "output_shape") : inferred
  guard stated.count == shape.count, stated[..<2] == shape[..<2], inferred.allSatisfy({ $0 > 0 }),
    zip(stated, inferred).allSatisfy({ $0 >= $1 })
  else {
    throw Refusal(
      "\(context.type(of: x)) cannot be unpooled to \(stated); \(inferred) is the least")
  }
  let counted = context.countedShape(indices) == stated ? stated : inferred
  try checkSize(of: stated)
  let count = shape.reduce(1, *)
  let zeros = try context.add(
    .broadcast([counted.reduce(1, *)]), [context.number(0)], suffix: "zeros")
  let flat = try [indices, x].map { try context.add(.reshape([count]), [$0], suffix: "flat") }
  let filled = try context.add(.scatterElements(axis: 0), [zeros] + flat, suffix: "filled")
  guard counted != stated else { return [.node(try context.add(.reshape(stated), [filled]))] }
  let image = try context.add(.reshape(counted), [filled], suffix: "image")
  let amounts = PadAmounts(
    before: stated.map { _ in 0 }, after: zip(stated, counted).map { $0 - $1 })
  return [.node(try context.add(.pad(amounts), [image]))]
}
