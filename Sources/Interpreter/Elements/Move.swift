import GraphIR

/// The operations that only move elements.
///
/// Each is one gather: per axis of the result a table of offsets into the operand, whose sum
/// locates an element; a negative entry means that the element is filled in.
func move(_ operation: Operation, _ operands: [Tensor]) -> Tensor {
  let x = operands[0]
  let strides = rowMajorStrides(of: x.shape)
  switch operation {
  case .transpose(let permutation):
    return gathered(
      x, permutation.map { axis in (0..<x.shape[axis]).map { $0 * strides[axis] } })
  case .slice(let ranges):
    return gathered(
      x,
      ranges.enumerated().map { axis, range in
        (0..<range.count).map { (range.start + $0 * range.step) * strides[axis] }
      })
  case .broadcast(let shape):
    return gathered(x, broadcastTables(of: x.shape, to: shape))
  case .pad(let amounts):
    return gathered(x, padTables(amounts, x.shape, strides), fill: amounts.value)
  case .stridedShortcut(let shortcut):
    let channels = x.shape[1]
    let all = -shortcut.channelsBefore..<channels + shortcut.channelsAfter
    return gathered(
      x,
      [
        (0..<x.shape[0]).map { $0 * strides[0] },
        all.map { $0 >= 0 && $0 < channels ? $0 * strides[1] : -1 },
        stride(from: 0, to: x.shape[2], by: shortcut.stride.height).map { $0 * strides[2] },
        stride(from: 0, to: x.shape[3], by: shortcut.stride.width).map { $0 * strides[3] },
      ])
  case .gather(let axis):
    return gather(x, indices: operands[1], axis: axis, strides: strides)
  case .concatenate(let axis):
    return concatenate(operands, axis: axis)
  default:
    preconditionFailure("\(operation.mnemonic) does not move elements")
  }
}

private func gather(_ x: Tensor, indices: Tensor, axis: Int, strides: [Int]) -> Tensor {
  let extent = x.shape[axis]
  var tables = x.shape.indices.map { axis in (0..<x.shape[axis]).map { $0 * strides[axis] } }
  tables[axis] = indices.integers.map { index in
    guard extent > 0 else { return -1 }
    let fromStart = index < 0 ? index &+ Int64(extent) : index
    return Int(min(max(fromStart, 0), Int64(extent) - 1)) * strides[axis]
  }
  let shape = x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...]
  return gathered(x, tables).reshaped(to: Array(shape))
}

private func padTables(_ amounts: PadAmounts, _ shape: [Int], _ strides: [Int]) -> [[Int]] {
  shape.indices.map { axis in
    let extent = shape[axis]
    return (-amounts.before[axis]..<extent + amounts.after[axis]).map { position in
      let inside = position >= 0 && position < extent
      switch amounts.mode {
      case .constant: return inside ? position * strides[axis] : -1
      case .edge: return min(max(position, 0), extent - 1) * strides[axis]
      case .reflect:
        let mirrored = position < 0 ? -position : position
        return (mirrored < extent ? mirrored : 2 * (extent - 1) - mirrored) * strides[axis]
      }
    }
  }
}

private func concatenate(_ operands: [Tensor], axis: Int) -> Tensor {
  var shape = operands[0].shape
  shape[axis] = operands.reduce(0) { $0 + $1.shape[axis] }
  return Tensor(shape, from: operands, by: Joining(outer: shape[..<axis].reduce(1, *)))
}

/// Rows of each operand in turn.
private struct Joining: Rearrangement {
  /// Rows of every operand.
  let outer: Int

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(operands.reduce(0) { $0 + $1.count })
    for row in 0..<outer {
      for part in operands {
        let length = part.count / outer
        result += part[row * length..<(row + 1) * length]
      }
    }
    return result
  }
}

/// The elements that the tables locate.
private func gathered(_ x: Tensor, _ tables: [[Int]], fill: Float = 0) -> Tensor {
  Tensor(tables.map(\.count), from: [x], by: Locating(tables: tables, fill: fill))
}

private struct Locating: Rearrangement {
  let tables: [[Int]]
  let fill: Float

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    let rows = offsets(Array(tables.dropLast()))
    let inner = tables.last ?? [0]
    let fill = Element(filling: fill)
    var result: [Element] = []
    result.reserveCapacity(rows.count * inner.count)
    operands[0].withUnsafeBufferPointer { values in
      for row in rows {
        for offset in inner { result.append(row < 0 || offset < 0 ? fill : values[row + offset]) }
      }
    }
    return result
  }
}

/// All sums of one entry per table, last table fastest; -1 where an entry is negative.
func offsets(_ tables: [[Int]]) -> [Int] {
  var result = [0]
  for table in tables {
    var next: [Int] = []
    next.reserveCapacity(result.count * table.count)
    for start in result {
      for offset in table { next.append(start < 0 || offset < 0 ? -1 : start + offset) }
    }
    result = next
  }
  return result
}

/// The strides to read a shape with as if it were broadcast to another; 0 where an axis is
/// repeated.
func broadcastStrides(of shape: [Int], to result: [Int]) -> [Int] {
  let missing = result.count - shape.count
  let strides = rowMajorStrides(of: shape)
  return result.indices.map { axis in
    axis < missing || shape[axis - missing] == 1 ? 0 : strides[axis - missing]
  }
}

/// The tables to read a shape with as if it were broadcast to another.
func broadcastTables(of shape: [Int], to result: [Int]) -> [[Int]] {
  let strides = broadcastStrides(of: shape, to: result)
  return result.indices.map { axis in (0..<result[axis]).map { $0 * strides[axis] } }
}
