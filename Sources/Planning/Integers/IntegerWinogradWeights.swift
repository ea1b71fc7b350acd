import GraphIR

extension IntegerWinogradKernel {
  /// Packs weights `[K, C, 3, 3]`, transformed, as `[panel][frequency][pair][vector][lane][2]` of i16.
  ///
  /// - Precondition: `target` holds `weightBytes` bytes, all zero.
  func pack(_ weight: Tensor, into target: UnsafeMutableRawBufferPointer) {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let words = target.bindMemory(to: Int16.self)
    let filter = IntegerFilter(transform)
    let tile = convolution.tile.vectors
    weight.elements(Int8.self).withUnsafeBufferPointer { values in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 * transform.inputs) { rows in
        for output in 0..<outputs {
          let (vector, lane) = output.quotientAndRemainder(dividingBy: convolution.lanes)
          let panel = vector / tile
          let vectors = panel == convolution.panels - 1 ? convolution.lastVectors : tile
          let line = vectors * convolution.lanes * 2
          let start =
            panel * panelBytes(vectors: tile) / 2
            + ((vector - panel * tile) * convolution.lanes + lane) * 2
          for input in 0..<inputs {
            filter.apply(
              to: UnsafeBufferPointer(
                rebasing: values[(output * inputs + input) * 9..<(output * inputs + input + 1) * 9]),
              rows
            ) { frequency, value in
              words[start + (frequency * pairs + input / 2) * line + input % 2] = value
            }
          }
        }
      }
    }
  }
}

/// (scale · G) g (scale · G)ᵀ of windows g.
private struct IntegerFilter {
  let matrix: [Int]
  let size: Int

  init(_ transform: IntegerTransform) {
    matrix = transform.filterMatrix
    size = transform.inputs
  }

  /// - Parameters:
  ///   - rows: memory for `size` rows of three numbers.
  ///   - body: takes a frequency and its value.
  func apply(
    to window: UnsafeBufferPointer<Int8>, _ rows: UnsafeMutableBufferPointer<Int>,
    _ body: (Int, Int16) -> Void
  ) {
    matrix.withUnsafeBufferPointer { matrix in
      for row in 0..<size {
        for column in 0..<3 {
          rows[3 * row + column] = (0..<3).reduce(0) {
            $0 + matrix[3 * row + $1] * Int(window[3 * $1 + column])
          }
        }
      }
      for row in 0..<size {
        for column in 0..<size {
          let value = (0..<3).reduce(0) { $0 + rows[3 * row + $1] * matrix[3 * column + $1] }
          body(row * size + column, Int16(value))
        }
      }
    }
  }
}
