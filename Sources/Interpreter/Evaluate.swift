import GraphIR

/// The result of one operation on known operands.
///
/// Defined for every value: integer arithmetic wraps, integer division by zero gives 0, an index
/// out of range is clamped into it, a float out of range is clamped when it becomes an integer, and
/// NaN becomes 0.
///
/// - Precondition: the operation is not a source, and `operation.resultType` accepts the operands'
///   types.
public func evaluate(_ operation: Operation, _ operands: [Tensor]) -> Tensor {
  switch operation {
  case .input, .parameter, .constant:
    preconditionFailure("a source has nothing to evaluate")
  case .convolution(let attributes):
    return convolve(attributes, operands)
  case .transposedConvolution(let attributes):
    return convolveTransposed(attributes, operands)
  case .dynamicConvolution(let attributes):
    return convolveDynamically(attributes, operands)
  case .integerConvolution(let attributes):
    return convolveIntegers(attributes, operands)
  case .linear(_, let then):
    return linear(operands, then: then)
  case .matrixMultiply:
    return matrixMultiply(operands[0], operands[1])
  case .attention(let attributes):
    return attend(attributes, operands)
  case .recurrent(let layer):
    return recur(layer, operands)
  case .batchNormalization(let epsilon):
    return batchNormalize(operands, epsilon: epsilon)
  case .unary(let function):
    return Tensor(operands[0].shape, floats: function.mapped(over: operands[0].floats))
  case .binary(let function, let then):
    return combine(function, operands[0], operands[1], then: then)
  case .bits(let function):
    return combineBits(function, operands[0], operands[1])
  case .maxPool(let pooling):
    return maxPool(pooling, operands[0])
  case .averagePool(let pooling):
    return averagePool(pooling, operands[0])
  case .globalAveragePool:
    return reduce(.mean, operands[0], axes: [2, 3], keepDimensions: true)
  case .resize(let attributes):
    return resize(attributes, operands[0])
  case .localResponse(let attributes):
    return normalizeLocally(attributes, operands[0])
  case .depthToSpace(let blocks):
    return depthToSpace(blocks, operands[0])
  case .spaceToDepth(let blocks):
    return spaceToDepth(blocks, operands[0])
  case .reduce(let function, let axes, let keepDimensions):
    return reduce(function, operands[0], axes: axes, keepDimensions: keepDimensions)
  case .softmax(let axis):
    return softmax(operands[0], axis: axis)
  case .identity, .dropout:
    return operands[0]
  case .shapeOf:
    let shape = operands[0].shape
    return Tensor([shape.count], integers: shape.map(Int64.init))
  case .compare(let comparison):
    return compare(comparison, operands[0], operands[1])
  case .select:
    return select(operands[0], operands[1], operands[2])
  case .topIndices(let attributes):
    return topIndices(attributes, operands[0])
  case .alignRegions(let attributes):
    return alignRegions(attributes, operands)
  case .suppressBoxes(let attributes):
    return suppressBoxes(attributes, operands[0], operands[1])
  case .truePlaces:
    return truePlaces(operands[0])
  case .gatherElements(let axis):
    return gatherElements(operands[0], indices: operands[1], axis: axis)
  case .scatterElements(let axis, let function):
    return scatterElements(
      operands[0], indices: operands[1], updates: operands[2], axis: axis, by: function)
  case .cast(let element):
    return cast(operands[0], to: element)
  case .quantize(let attributes):
    return quantize(attributes, operands)
  case .dequantize(let axis):
    return dequantize(axis: axis, operands)
  case .reshape(let shape):
    return operands[0].reshaped(to: shape)
  case .transpose, .slice, .pad, .broadcast, .stridedShortcut, .gather, .concatenate:
    return move(operation, operands)
  }
}
