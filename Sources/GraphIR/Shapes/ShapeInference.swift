import Diagnostics

/// Why an operation does not fit its operands, in words that name the shapes.
public struct ShapeError: Error, Sendable, Equatable {
  public let message: String

  /// Creates an error with a one-line message.
  public init(_ message: String) { self.message = message }
}

extension Operation {
  /// The type of the result for operands of the given types.
  ///
  /// - Precondition: the operation is not a source (`input`, `parameter`, `constant`): those carry
  ///   their type.
  /// - Throws: `ShapeError` where the operands do not fit.
  public func resultType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try checkNumbers()
    let type = try uncheckedResultType(operands)
    guard TensorType.checkedElementCount(of: type.shape) != nil else {
      throw ShapeError("\(mnemonic) would give a tensor of shape \(type.shape), which is too large")
    }
    return type
  }

  private func uncheckedResultType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    switch self {
    case .input, .parameter, .constant:
      preconditionFailure("the type of a source is given, not inferred")
    case .convolution(let attributes):
      return try convolutionType(attributes, operands)
    case .transposedConvolution(let attributes):
      return try transposedConvolutionType(attributes, operands)
    case .dynamicConvolution(let attributes):
      return try dynamicConvolutionType(attributes, operands)
    case .integerConvolution(let attributes):
      return try integerConvolutionType(attributes, operands)
    case .linear(let hasBias, _):
      return try linearType(hasBias: hasBias, operands)
    case .matrixMultiply:
      return try matrixMultiplyType(operands)
    case .attention(let attributes):
      return try attentionType(attributes, operands)
    case .recurrent(let layer):
      return try recurrentType(layer, operands)
    case .batchNormalization(let epsilon):
      return try batchNormalizationType(epsilon, operands)
    case .unary:
      return try one(operands, float: true)
    case .binary(let function, let then):
      let type = try binaryType(function, operands)
      if then != nil { try check(float: type, "result before its epilogue") }
      return type
    case .bits:
      return try bitsType(operands)
    case .maxPool(let pooling), .averagePool(let pooling):
      return try poolType(pooling, operands)
    case .globalAveragePool:
      let x = try image(operands)
      guard x.shape[2] > 0, x.shape[3] > 0 else {
        throw ShapeError("global_average_pool of an empty image \(x)")
      }
      return TensorType([x.shape[0], x.shape[1], 1, 1])
    case .resize(let resize):
      return try resizeType(resize, operands)
    case .localResponse(let attributes):
      return try localResponseType(attributes, operands)
    case .depthToSpace(let blocks):
      return try depthToSpaceType(blocks, operands)
    case .spaceToDepth(let blocks):
      return try spaceToDepthType(blocks, operands)
    case .reduce(_, let axes, let keepDimensions):
      return try reduceType(axes: axes, keepDimensions: keepDimensions, operands)
    case .reshape, .transpose, .concatenate, .slice, .pad, .broadcast, .stridedShortcut:
      return try movementType(operands)
    case .softmax(let axis):
      let x = try one(operands, float: true)
      try check(axis: axis, of: x)
      return x
    case .identity, .dropout:
      return try one(operands)
    case .shapeOf:
      return TensorType([try one(operands).rank], element: .int64)
    case .gather(let axis):
      return try gatherType(axis: axis, operands)
    case .gatherElements(let axis):
      return try gatherElementsType(axis: axis, operands)
    case .scatterElements(let axis, let function):
      return try scatterElementsType(axis: axis, by: function, operands)
    case .compare:
      return try compareType(operands)
    case .select:
      return try selectType(operands)
    case .topIndices(let attributes):
      return try topIndicesType(attributes, operands)
    case .alignRegions(let attributes):
      return try regionsType(attributes, operands)
    case .suppressBoxes(let attributes):
      return try suppressionType(attributes, operands)
    case .truePlaces:
      return try truePlacesType(operands)
    case .cast(let element):
      return TensorType(try one(operands).shape, element: element)
    case .quantize(let attributes):
      return try quantizeType(attributes, operands)
    case .dequantize(let axis):
      return try dequantizeType(axis: axis, operands)
    }
  }

  // MARK: Operands

  func expect(_ count: Int, _ operands: [TensorType]) throws(ShapeError) {
    guard operands.count == count else {
      throw ShapeError("\(mnemonic) takes \(quantity(count, "operand")), not \(operands.count)")
    }
  }

  func one(_ operands: [TensorType], float: Bool = false) throws(ShapeError) -> TensorType {
    try expect(1, operands)
    if float { try check(float: operands[0], "operand") }
    return operands[0]
  }

  func image(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try one(operands, float: true)
    guard x.rank == 4 else {
      throw ShapeError("\(mnemonic) takes an image [N, C, H, W], not \(x)")
    }
    return x
  }

  func check(float type: TensorType, _ what: String) throws(ShapeError) {
    guard type.element == .float32 else {
      throw ShapeError("\(mnemonic) takes f32, but its \(what) is \(type)" + advice(type))
    }
  }

  /// What to do about an operand of a type that nothing computes with.
  func advice(_ type: TensorType) -> String { type.element.isNarrow ? ": cast it first" : "" }

  /// The same of two operands.
  func advice(_ a: TensorType, _ b: TensorType) -> String {
    a.element.isNarrow || b.element.isNarrow ? ": cast them to one type, i64 or f32, first" : ""
  }

  func check(axis: Int, of type: TensorType) throws(ShapeError) {
    guard type.shape.indices.contains(axis) else {
      throw ShapeError("\(mnemonic) names axis \(axis) of \(type), which has \(type.rank) axes")
    }
  }

  func check(_ type: TensorType, is shape: [Int], _ what: String) throws(ShapeError) {
    guard type.element == .float32, type.shape == shape else {
      let article = "aeiou".contains(what.prefix(1)) ? "an" : "a"
      throw ShapeError(
        "\(mnemonic) needs \(article) \(what) of type \(TensorType(shape)), not \(type)")
    }
  }
}

/// The NumPy broadcast of two shapes, or nil where they do not fit.
public func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  var result = [Int](repeating: 1, count: rank)
  for axis in 0..<rank {
    let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
    let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
    guard x == y || x == 1 || y == 1 else { return nil }
    result[axis] = x == 1 ? y : x
  }
  return result
}
