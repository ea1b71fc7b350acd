/// Normalisation by the neighbours of a channel (Krizhevsky et al., "ImageNet Classification with
/// Deep Convolutional Neural Networks", section 3.3): `x / (bias + alpha / size · Σ x²) ^ beta`, the
/// sum over the channels c - ⌊(size - 1) / 2⌋ … c + ⌈(size - 1) / 2⌉ that exist.
public struct LocalResponse: Hashable, Sendable {
  public var size: Int
  public var alpha: Float
  public var beta: Float
  public var bias: Float

  /// Creates the attributes; AlexNet's exponent and PyTorch's other numbers unless given.
  public init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, bias: Float = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  /// Channels before the one in the middle that count.
  public var before: Int { (size - 1) / 2 }

  /// Channels after the one in the middle that count.
  public var after: Int { size / 2 }
}

/// How channels become blocks of `block × block` pixels, or the reverse: with C the channels of the
/// image with more pixels, pixel (y, x) of a block and channel c of it.
public struct DepthBlocks: Hashable, Sendable {
  /// The order of the channels of the image with fewer pixels.
  public enum Order: String, Hashable, Sendable, CaseIterable {
    /// (y · block + x) · C + c: depth, column, row.
    case dcr
    /// c · block² + y · block + x: column, row, depth; PyTorch's `pixel_shuffle`.
    case crd
  }

  public var block: Int
  public var order: Order

  /// Creates the attributes.
  public init(block: Int, order: Order = .dcr) {
    self.block = block
    self.order = order
  }
}

extension Operation {
  func localResponseType(
    _ attributes: LocalResponse, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try image(operands)
    guard attributes.size >= 1, attributes.size <= 1 << 20 else {
      throw ShapeError("\(mnemonic) needs a size from 1 to \(1 << 20), not \(attributes.size)")
    }
    return x
  }

  func depthToSpaceType(
    _ blocks: DepthBlocks, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try image(operands)
    let block = try checked(blocks)
    guard x.shape[1] % (block * block) == 0 else {
      throw ShapeError("\(mnemonic) of \(x) needs channels that \(block * block) divides")
    }
    return TensorType([
      x.shape[0], x.shape[1] / (block * block), x.shape[2] * block, x.shape[3] * block,
    ])
  }

  func spaceToDepthType(
    _ blocks: DepthBlocks, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try image(operands)
    let block = try checked(blocks)
    guard x.shape[2] % block == 0, x.shape[3] % block == 0 else {
      throw ShapeError("\(mnemonic) of \(x) needs rows and columns that \(block) divides")
    }
    return TensorType([
      x.shape[0], x.shape[1] * block * block, x.shape[2] / block, x.shape[3] / block,
    ])
  }

  private func checked(_ blocks: DepthBlocks) throws(ShapeError) -> Int {
    guard blocks.block >= 1, blocks.block <= 1 << 10 else {
      throw ShapeError("\(mnemonic) needs a block from 1 to \(1 << 10), not \(blocks.block)")
    }
    return blocks.block
  }
}
