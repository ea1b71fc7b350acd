import GraphIR

/// Weighted sums of columns, then of rows, in Double; see `Resize`.
func resize(_ resize: Resize, _ x: Tensor) -> Tensor {
  let image = Pair(x.shape[2], x.shape[3])
  let rows = resize.taps(axis: 0, of: image)
  let columns = resize.taps(axis: 1, of: image)
  let planes = x.shape[0] * x.shape[1]
  var result: [Float] = []
  result.reserveCapacity(planes * rows.count * columns.count)
  x.floats.withUnsafeBufferPointer { x in
    for plane in 0..<planes {
      // Rows of the image with their columns resized.
      var wide: [Double] = []
      wide.reserveCapacity(image.height * columns.count)
      for row in 0..<image.height {
        let start = (plane * image.height + row) * image.width
        for column in columns {
          wide.append(
            sum(column) { Double(x[start + $0]) })
        }
      }
      for row in rows {
        for column in columns.indices {
          result.append(Float(sum(row) { wide[$0 * columns.count + column] }))
        }
      }
    }
  }
  return Tensor([x.shape[0], x.shape[1], rows.count, columns.count], floats: result)
}

/// The weighted sum that taps say; a single element of weight 1 is itself, infinite or not.
private func sum(_ taps: ResizeTaps, _ element: (Int) -> Double) -> Double {
  var total = 0.0
  for (index, weight) in zip(taps.indices, taps.weights) {
    total += weight == 1 ? element(index) : Double(weight) * element(index)
  }
  return total
}
