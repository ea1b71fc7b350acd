import GraphIR
import Interpreter

/// `Gemm`: alpha · A · B + beta · C, as a linear layer.
///
/// A constant B is transposed and scaled here, so that the weight has the layout `[O, I]` of every
/// linear layer.
func importGemm(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  let beta = try context.float("beta", default: 1)
  // Before set 7 it says whether the third operand may broadcast; whether it must shows in its shape.
  if context.opset < 7 { _ = try context.flag("broadcast") }
  var a = try context.operand(0)
  guard context.shape(of: a).count == 2 else {
    throw Refusal("its first operand should be a matrix, not \(context.type(of: a))")
  }
  if try context.flag("transA") {
    a = try context.add(.transpose([1, 0]), [a], suffix: "a")
  }
  guard try context.isKnown(1) else {
    return [.node(try computedProduct(context, a, alpha: alpha, beta: beta))]
  }
  let weight = try context.linearWeight(
    1, isTransposed: try context.flag("transB"), scale: alpha)
  guard context.hasOperand(2), beta != 0 else {
    if context.hasOperand(2) { _ = try context.knownOperand(2) }
    return [.node(try context.add(.linear(hasBias: false, then: nil), [a, weight]))]
  }
  if let bias = try context.linearBias(2, count: context.shape(of: weight)[0], scale: beta) {
    return [.node(try context.add(.linear(hasBias: true, then: nil), [a, weight, bias]))]
  }
  let product = try context.add(
    .linear(hasBias: false, then: nil), [a, weight], suffix: "product")
  let addend = try context.scaled(try context.operand(2), by: beta, suffix: "addend")
  let sum = try context.add(.binary(.add, then: nil), [product, addend])
  guard context.shape(of: sum) == context.shape(of: product) else {
    throw Refusal("its third operand, \(context.type(of: addend)), does not fit the product")
  }
  return [.node(sum)]
}

/// `Gemm` of two computed matrices.
private func computedProduct(
  _ context: OperatorContext, _ a: NodeID, alpha: Float, beta: Float
) throws -> NodeID {
  var b = try context.operand(1)
  guard context.shape(of: b).count == 2 else {
    throw Refusal("its second operand should be a matrix, not \(context.type(of: b))")
  }
  if try context.flag("transB") {
    b = try context.add(.transpose([1, 0]), [b], suffix: "b")
  }
  let adds = context.hasOperand(2) && beta != 0
  if context.hasOperand(2), !adds { _ = try context.knownOperand(2) }
  guard alpha != 1 || adds else { return try context.add(.matrixMultiply, [a, b]) }
  let product = try context.add(.matrixMultiply, [a, b], suffix: "product")
  guard adds else { return try context.result(.multiply, product, alpha) }
  let scaled = try context.scaled(product, by: alpha, suffix: "scaled")
  let addend = try context.scaled(try context.operand(2), by: beta, suffix: "addend")
  let sum = try context.result(.add, scaled, addend)
  guard context.shape(of: sum) == context.shape(of: product) else {
    throw Refusal("its third operand, \(context.type(of: addend)), does not fit the product")
  }
  return sum
}

/// `MatMul`: a linear layer where the right operand is a constant matrix; vectors count as matrices
/// of one row or column, as NumPy has it.
func importMatrixProduct(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var a = try context.operand(0)
  let (aShape, bShape) = (context.shape(of: a), try context.operandType(1).shape)
  guard !aShape.isEmpty, !bShape.isEmpty else { throw Refusal("a scalar is not a matrix") }
  if bShape.count == 2, try context.isKnown(1) {
    let weight = try context.linearWeight(1, isTransposed: false, scale: 1)
    return [.node(try context.add(.linear(hasBias: false, then: nil), [a, weight]))]
  }
  var b = try context.operand(1)
  if aShape.count > 1, bShape.count > 1 {
    return [.node(try context.add(.matrixMultiply, [a, b]))]
  }
  if aShape.count == 1 { a = try context.add(.reshape([1] + aShape), [a], suffix: "row") }
  if bShape.count == 1 { b = try context.add(.reshape(bShape + [1]), [b], suffix: "column") }
  let product = try context.add(.matrixMultiply, [a, b], suffix: "product")
  var shape = context.shape(of: product)
  if bShape.count == 1 { shape.removeLast() }
  if aShape.count == 1 { shape.remove(at: bShape.count == 1 ? shape.count - 1 : shape.count - 2) }
  return [.node(try context.add(.reshape(shape), [product]))]
}

extension OperatorContext {
  /// A tensor times a number; itself where the number is 1.
  fileprivate func scaled(_ x: NodeID, by factor: Float, suffix: String) throws -> NodeID {
    guard factor != 1 else { return x }
    let constant = addConstant(Tensor([], floats: [factor]), suffix: "\(suffix).factor")
    return try add(.binary(.multiply, then: nil), [x, constant], suffix: suffix)
  }

  /// The right operand of a product as the weight `[O, I]` of a linear layer, times a number.
  fileprivate func linearWeight(
    _ index: Int, isTransposed: Bool, scale: Float
  ) throws -> NodeID {
    if scale == 1, let weight = try uprightIntegers(index, isTransposed: isTransposed) {
      return weight
    }
    if let tensor = try knownOperand(index), tensor.shape.count == 2,
      case .float32(let values) = tensor.storage, !(isTransposed && scale == 1)
    {
      let scaled = scale == 1 ? values : values.map { $0 * scale }
      let (rows, columns) = (tensor.shape[0], tensor.shape[1])
      let weight =
        isTransposed
        ? Tensor(tensor.shape, floats: scaled)
        : Tensor([columns, rows], floats: transposed(scaled, rows: rows, columns: columns))
      return addConstant(weight, madeFrom: index)
    }
    let weight = try operand(index)
    guard shape(of: weight).count == 2 else {
      throw Refusal("its second operand should be a matrix, not \(type(of: weight))")
    }
    let upright = isTransposed ? weight : try add(.transpose([1, 0]), [weight], suffix: "weight")
    return try scaled(upright, by: scale, suffix: "scaled")
  }

  /// A weight that is dequantised from known integers, made upright as integers; nil for others.
  private func uprightIntegers(_ index: Int, isTransposed: Bool) throws -> NodeID? {
    guard case .node(let id) = try passedOn(index),
      case .dequantize(let axis) = assembly.graph[id].operation, shape(of: id).count == 2,
      let integers = assembly.graph.constantValue(of: assembly.graph[id].inputs[0])
    else { return nil }
    if isTransposed { return id }
    let upright = addConstant(evaluate(.transpose([1, 0]), [integers]), madeFrom: index)
    return try add(
      .dequantize(axis: axis.map { 1 - $0 }),
      [upright] + assembly.graph[id].inputs.dropFirst(), suffix: "weight")
  }

  /// The addend of a product as a bias `[count]` times a number, or nil where it is not one value
  /// per column or for all.
  fileprivate func linearBias(_ index: Int, count: Int, scale: Float) throws -> NodeID? {
    guard let tensor = try knownOperand(index), case .float32(let values) = tensor.storage,
      tensor.shape.count <= 2, tensor.count == (tensor.shape.last ?? 1),
      values.count == count || values.count == 1
    else {
      let bias = try operand(index)
      return scale == 1 && shape(of: bias) == [count] ? bias : nil
    }
    if tensor.shape == [count], scale == 1 { return try operand(index) }
    let all = values.count == count ? values : [Float](repeating: values[0], count: count)
    let bias = Tensor([count], floats: scale == 1 ? all : all.map { $0 * scale })
    return addConstant(bias, madeFrom: index)
  }
}

/// The transpose of a row-major matrix, in square tiles so that both sides stay in the cache.
private func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
  let tile = 32
  return values.withUnsafeBufferPointer { source in
    [Float](unsafeUninitializedCapacity: values.count) { target, initialized in
      for top in stride(from: 0, to: rows, by: tile) {
        for left in stride(from: 0, to: columns, by: tile) {
          for row in top..<min(top + tile, rows) {
            for column in left..<min(left + tile, columns) {
              target.initializeElement(
                at: column * rows + row, to: source[row * columns + column])
            }
          }
        }
      }
      initialized = values.count
    }
  }
}
