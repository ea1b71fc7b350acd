/// How regions of images become images of one size.
public struct RegionAlignment: Hashable, Sendable {
  /// Rows and columns of every result.
  public var size: Pair
  /// What coordinates of regions are multiplied by to be pixels of the image.
  public var scale: Float
  /// Samples along each axis of a cell; 0 for as many as the cell has pixels, rounded up.
  public var samples: Int
  /// Whether a cell is the largest of its samples' four weighted pixels, and not the mean of its
  /// samples.
  public var takesMaximum: Bool
  /// Whether a pixel's centre lies half a pixel behind its coordinates; a region may then be smaller
  /// than a pixel.
  public var hasCentres: Bool

  /// Creates the attributes; the mean of as many samples as there are pixels unless said.
  public init(
    size: Pair, scale: Float = 1, samples: Int = 0, takesMaximum: Bool = false,
    hasCentres: Bool = false
  ) {
    self.size = size
    self.scale = scale
    self.samples = samples
    self.takesMaximum = takesMaximum
    self.hasCentres = hasCentres
  }

  /// The most samples along an axis of a cell that may be asked for.
  public static let mostSamples = 256
}

/// Which boxes are kept of those that overlap.
public struct Suppression: Hashable, Sendable {
  /// How many boxes are kept at most, of every class of every image.
  public var count: Int
  /// A box is dropped where its overlap with a better one that is kept, their intersection divided by
  /// their union, is larger.
  public var overlap: Float
  /// Only boxes with a larger score are kept.
  public var score: Float
  /// Whether a box is its centre and its extents, and not two opposite corners.
  public var hasCentres: Bool

  /// Creates the attributes; one box of any score unless said, and none that overlaps another.
  public init(
    count: Int = 1, overlap: Float = 0, score: Float = -.infinity, hasCentres: Bool = false
  ) {
    self.count = count
    self.overlap = overlap
    self.score = score
    self.hasCentres = hasCentres
  }
}

extension Operation {
  /// x `[N, C, H, W]`, regions `[R, 4]`, images `[R]` (i64): `[R, C, rows, columns]`.
  func regionsType(
    _ attributes: RegionAlignment, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(3, operands)
    let (x, regions, images) = (operands[0], operands[1], operands[2])
    guard x.element == .float32, x.rank == 4, x.elementCount > 0 else {
      throw ShapeError("\(mnemonic) takes an image [N, C, H, W], not \(x)" + advice(x))
    }
    guard regions.element == .float32, regions.rank == 2, regions.shape[1] == 4 else {
      throw ShapeError("\(mnemonic) takes regions [R, 4] of f32, not \(regions)" + advice(regions))
    }
    guard images.element == .int64, images.shape == [regions.shape[0]] else {
      throw ShapeError(
        "\(mnemonic) of regions \(regions) needs i64[\(regions.shape[0])] that say in which image "
          + "each is, not \(images)" + advice(images))
    }
    guard attributes.size.height >= 1, attributes.size.width >= 1 else {
      throw ShapeError("\(mnemonic) needs a size of at least one row and column")
    }
    guard (0...RegionAlignment.mostSamples).contains(attributes.samples) else {
      throw ShapeError(
        "\(mnemonic) takes 0 to \(RegionAlignment.mostSamples) samples, not \(attributes.samples)")
    }
    guard attributes.scale.isFinite else {
      throw ShapeError("\(mnemonic) has a scale that is not finite")
    }
    let shape = [regions.shape[0], x.shape[1], attributes.size.height, attributes.size.width]
    guard TensorType.checkedElementCount(of: shape) != nil else {
      throw ShapeError(
        "\(mnemonic) of \(regions) has a result of shape \(shape), which is too large")
    }
    return TensorType(shape)
  }

  /// boxes `[N, B, 4]`, scores `[N, C, B]`: `[N, C, count]` of i64.
  func suppressionType(
    _ attributes: Suppression, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (boxes, scores) = (operands[0], operands[1])
    guard boxes.element == .float32, boxes.rank == 3, boxes.shape[2] == 4, boxes.shape[1] >= 1
    else {
      throw ShapeError("\(mnemonic) takes boxes [N, B, 4] of f32, not \(boxes)" + advice(boxes))
    }
    guard scores.element == .float32, scores.rank == 3, scores.shape[0] == boxes.shape[0],
      scores.shape[2] == boxes.shape[1]
    else {
      throw ShapeError(
        "\(mnemonic) of boxes \(boxes) needs scores [\(boxes.shape[0]), C, \(boxes.shape[1])] of "
          + "f32, not \(scores)" + advice(scores))
    }
    guard boxes.shape[1] <= TopIndices.maximumExtent,
      (1...boxes.shape[1]).contains(attributes.count)
    else {
      throw ShapeError("\(mnemonic) cannot keep \(attributes.count) of the boxes \(boxes)")
    }
    return TensorType([scores.shape[0], scores.shape[1], attributes.count], element: .int64)
  }

  /// A mask of any shape: i64 for each of its elements.
  func truePlacesType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    let mask = try one(operands)
    guard mask.element == .bool else {
      throw ShapeError("\(mnemonic) takes truth values, not \(mask)")
    }
    guard mask.elementCount <= TopIndices.maximumExtent else {
      throw ShapeError(
        "\(mnemonic) of \(mask) has more places than the \(TopIndices.maximumExtent) that are "
          + "supported")
    }
    return TensorType([mask.elementCount], element: .int64)
  }
}
