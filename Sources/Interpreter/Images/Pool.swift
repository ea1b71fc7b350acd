import GraphIR

/// The largest element of each window; NaN if the window holds one, and -infinity if it holds
/// padding only.
func maxPool(_ pooling: Pooling, _ x: Tensor) -> Tensor {
  pool(pooling, x) { plane, width, rows, columns in
    var best = -Float.infinity
    for row in rows.inside {
      for column in columns.inside {
        let value = plane[row * width + column]
        if value > best || value.isNaN { best = value }
        if best.isNaN { return best }
      }
    }
    return best
  }
}

/// The mean of each window: over the elements of the image, or over those of the padded image if
/// `countIncludesPadding`; never over what `ceilMode` adds beyond the padding. A window without
/// elements gives 0.
func averagePool(_ pooling: Pooling, _ x: Tensor) -> Tensor {
  let includesPadding = pooling.countIncludesPadding
  return pool(pooling, x) { plane, width, rows, columns in
    var sum = 0.0
    for row in rows.inside {
      for column in columns.inside { sum += Double(plane[row * width + column]) }
    }
    let count =
      includesPadding
      ? rows.paddedCount * columns.paddedCount : rows.inside.count * columns.inside.count
    return count == 0 ? 0 : Float(sum / Double(count))
  }
}

/// Where one window lies along one axis.
private struct WindowSpan {
  /// The indices inside the image.
  let inside: [Int]
  /// How many of its positions lie in the padded image.
  let paddedCount: Int

  /// The spans of all windows along one axis.
  static func spans(
    count: Int, size: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int
  ) -> [WindowSpan] {
    (0..<count).map { window in
      let positions = (0..<kernel).map { window * stride - before + $0 * dilation }
      return WindowSpan(
        inside: positions.filter { $0 >= 0 && $0 < size },
        paddedCount: positions.count { $0 < size + after })
    }
  }
}

private func pool(
  _ pooling: Pooling, _ x: Tensor,
  _ window: (UnsafePointer<Float>, Int, WindowSpan, WindowSpan) -> Float
) -> Tensor {
  let operation = Operation.maxPool(pooling)
  guard let type = try? operation.resultType([x.type]) else {
    preconditionFailure("the window does not fit \(x.type)")
  }
  let (height, width) = (x.shape[2], x.shape[3])
  let padding = pooling.padding
  let rows = WindowSpan.spans(
    count: type.shape[2], size: height, kernel: pooling.kernel.height,
    stride: pooling.stride.height, dilation: pooling.dilation.height, before: padding.top,
    after: padding.bottom)
  let columns = WindowSpan.spans(
    count: type.shape[3], size: width, kernel: pooling.kernel.width,
    stride: pooling.stride.width, dilation: pooling.dilation.width, before: padding.left,
    after: padding.right)
  var result: [Float] = []
  result.reserveCapacity(type.elementCount)
  x.floats.withUnsafeBufferPointer { elements in
    guard let base = elements.baseAddress else { return }
    for plane in 0..<(x.shape[0] * x.shape[1]) {
      for row in rows {
        for column in columns {
          result.append(window(base + plane * height * width, width, row, column))
        }
      }
    }
  }
  return Tensor(type.shape, floats: result)
}
