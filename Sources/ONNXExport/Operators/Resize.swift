import GraphIR

/// Resized images.
extension NodeWriter {
  /// `Resize` where it says what is meant, with sizes or with scales that the sizes follow from; rows
  /// and columns one after the other elsewhere.
  mutating func exportResize(_ resize: Resize) throws {
    let image = Pair(types[0].shape[2], types[0].shape[3])
    var operands = [inputs[0], ""]
    if let scales = resize.scales {
      // An image that keeps its size is not resampled, whatever the scales.
      guard Resize.size(of: image, scales: scales) == resize.size, resize.size != image else {
        try exportResizedAxes(resize, of: image)
        return
      }
      operands.append(constant(Tensor([4], floats: [1, 1] + scales), "scales"))
    } else {
      operands += ["", integers(node.type.shape, "sizes")]
    }
    try add(
      "Resize", operands,
      [
        ("mode", .text(resize.mode.rawValue)),
        ("coordinate_transformation_mode", .text(resize.coordinates.rawValue)),
        ("nearest_mode", .text(resize.rounding.rawValue)),
        ("cubic_coeff_a", .float(resize.cubicCoefficient)),
        ("exclude_outside", .integer(resize.excludesOutside ? 1 : 0)),
        ("antialias", .integer(resize.antialiases ? 1 : 0)),
      ])
  }

  /// Columns, then rows: `Gather` of those that are nearest, or a product with their weights.
  private mutating func exportResizedAxes(_ resize: Resize, of image: Pair) throws {
    let rows = resize.taps(axis: 0, of: image)
    let columns = resize.taps(axis: 1, of: image)
    if resize.mode == .nearest {
      func places(_ taps: [ResizeTaps]) -> [Int] { taps.map { $0.indices[0] } }
      let wide = try add(
        "Gather", [inputs[0], integers(places(columns), "columns")], [("axis", .integer(3))],
        suffix: "wide")
      try add("Gather", [wide, integers(places(rows), "rows")], [("axis", .integer(2))])
      return
    }
    let most = 1 << 26
    guard rows.count * image.height <= most, columns.count * image.width <= most else {
      throw ExportRefusal(
        message: "its size is not the one that its scales give, and its weights are too many")
    }
    let right = matrix(columns, extent: image.width)
    let transposed = Tensor(
      [image.width, columns.count],
      floats: (0..<image.width).flatMap { source in
        columns.indices.map { right[$0 * image.width + source] }
      })
    let wide = try add(
      "MatMul", [inputs[0], constant(transposed, "columns")], suffix: "wide")
    let left = Tensor([rows.count, image.height], floats: matrix(rows, extent: image.height))
    try add("MatMul", [constant(left, "rows"), wide])
  }

  /// The weights of all elements of an axis, a row for each of the result.
  private func matrix(_ taps: [ResizeTaps], extent: Int) -> [Float] {
    var weights = [Float](repeating: 0, count: taps.count * extent)
    for (row, tap) in taps.enumerated() {
      for (index, weight) in zip(tap.indices, tap.weights) {
        weights[row * extent + index] = weight
      }
    }
    return weights
  }
}
