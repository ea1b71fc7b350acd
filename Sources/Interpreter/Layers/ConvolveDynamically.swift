import GraphIR

/// A convolution of every image with its own mixture of kernels: the mixture is summed in Double
/// and rounded, as a value of its own would be.
func convolveDynamically(_ attributes: Convolution, _ operands: [Tensor]) -> Tensor {
  let (x, attention, kernels) = (operands[0], operands[1], operands[2])
  let images = x.shape[0]
  let bias = attributes.hasBias ? [operands[3]] : []
  var result: [Float] = []
  var shape: [Int] = []
  for image in 0..<images {
    let weight = mixture(kernels, attention, image: image)
    let residual = attributes.hasResidual ? [operands.last!.image(image)] : []
    let one = convolve(attributes, [x.image(image), weight] + bias + residual)
    result += one.floats
    shape = one.shape
  }
  if images == 0 {
    let types = [
      TensorType([1] + x.shape.dropFirst()), TensorType(Array(kernels.shape.dropFirst())),
    ]
    var plain = attributes
    (plain.hasBias, plain.hasResidual) = (false, false)
    shape = (try? Operation.convolution(plain).resultType(types))?.shape ?? [0, 0, 0, 0]
  }
  return Tensor([images] + shape.dropFirst(), floats: result)
}

/// Σ attention[image, m] · kernels[m].
private func mixture(_ kernels: Tensor, _ attention: Tensor, image: Int) -> Tensor {
  let (count, values) = (kernels.shape[0], kernels.floats)
  let size = values.count / count
  let factors = (0..<count).map { Double(attention.floats[image * count + $0]) }
  let result = (0..<size).map { element -> Float in
    Float(factors.indices.reduce(0.0) { $0 + factors[$1] * Double(values[$1 * size + element]) })
  }
  return Tensor(Array(kernels.shape.dropFirst()), floats: result)
}

extension Tensor {
  /// One image of a batch.
  fileprivate func image(_ index: Int) -> Tensor {
    let size = shape.dropFirst().reduce(1, *)
    return Tensor(
      [1] + shape.dropFirst(), floats: Array(floats[index * size..<(index + 1) * size]))
  }
}
