import GraphIR

/// Inputs and outputs of integers.
extension RandomNetwork {
  /// An input of bytes, with the channels before or behind the pixels, that becomes an image of values
  /// near 1; sometimes an output of what is left of it as other bytes.
  mutating func addPicture(batch: Int) {
    let (channels, element) = (pick([1, 3, 4]), pick([ElementType.uint8, .int8]))
    let hasChannelsLast = chance(50)
    let pixels = [integer(3...20), integer(3...20)]
    let shape = [batch] + (hasChannelsLast ? pixels + [channels] : [channels] + pixels)
    let picture = graph.addInput("bytes", TensorType(shape, element: element))
    let permutation = hasChannelsLast ? [0, 3, 1, 2] : [0, 1, 2, 3]
    guard let moved = add(.transpose(permutation), [picture]),
      let floats = add(.cast(.float32), [moved])
    else { return }
    add(.binary(.multiply, then: nil), [floats, constant([], bound: 0, around: 0.0078125)])
    if chance(30), let other = add(.cast(pick([.uint8, .int8, .int32, .int64])), [moved]) {
      integers.append(other)
    }
  }

  /// An input of integers that choose rows of a table, and sometimes go out as they are, moved or cast.
  mutating func addIntegers(batch: Int) {
    let (count, element) = (integer(1...5), pick([ElementType.int64, .int32]))
    let ids = graph.addInput("ids", TensorType([batch, count], element: element))
    guard let places = element == .int64 ? ids : add(.cast(.int64), [ids]) else { return }
    add(
      .gather(axis: 0), [constant([integer(1...20), pick([3, 8, 17]), integer(3...9)]), places])
    let output: NodeID? =
      switch integer(0...6) {
      case 0: ids
      case 1: add(.transpose([1, 0]), [ids])
      case 2: add(.concatenate(axis: 1), [ids, ids])
      case 3: add(.pad(PadAmounts(before: [0, 1], after: [1, 0], value: -7)), [ids])
      case 4: add(.cast(pick([.uint8, .int8, .int32, .int64])), [ids])
      case 5:
        add(
          .slice([
            SliceRange(start: batch - 1, end: -1, step: -1),
            SliceRange(start: 0, end: count, step: 2),
          ]), [ids])
      default: nil
      }
    if let output { integers.append(output) }
  }
}
