import GraphIR

extension Graph {
  /// The image whose pixels a node repeats, and how often along rows and columns, if that is what it
  /// does: resizing by whole factors to the nearest pixel. Element-wise steps read such a value where
  /// the image is.
  func enlargement(_ id: NodeID) -> (image: NodeID, by: Pair)? {
    guard case .resize(let resize) = self[id].operation else { return nil }
    let image = self[id].inputs[0]
    let shape = self[image].type.shape
    let extents = Pair(shape[2], shape[3])
    guard resize.size.height % extents.height == 0, resize.size.width % extents.width == 0 else {
      return nil
    }
    let factors = Pair(resize.size.height / extents.height, resize.size.width / extents.width)
    for (axis, factor) in [factors.height, factors.width].enumerated() {
      let taps = resize.taps(axis: axis, of: extents)
      for (index, tap) in taps.enumerated() {
        guard tap.indices == [index / factor], tap.weights == [1] else { return nil }
      }
    }
    return (image, factors)
  }
}

/// A box over images with rows and columns in groups that read the same pixel of a smaller image.
struct EnlargedBox {
  /// How many rows and columns are in a group.
  let factors: Pair

  /// The axes of a box with rows and columns at 2 and 3, those split into groups and places in them.
  func extents(_ extents: [Int]) -> [Int] {
    extents[..<2] + [
      extents[2] / factors.height, factors.height, extents[3] / factors.width, factors.width,
    ] + extents[4...]
  }

  /// The strides of an operand of the box's own size.
  func strides(_ strides: [Int]) -> [Int] {
    strides[..<2] + [
      strides[2] * factors.height, strides[2], strides[3] * factors.width, strides[3],
    ] + strides[4...]
  }

  /// The strides of the smaller image.
  func strides(ofSmall strides: [Int]) -> [Int] {
    strides[..<2] + [strides[2], 0, strides[3], 0] + strides[4...]
  }
}
