import GraphIR

/// Comparisons, choices, places and indices, put together so that what they give does not jump
/// where a last bit decides: of two nearly equal numbers, either will do.
extension RandomNetwork {
  mutating func addSelection() {
    let x = image()
    let shape = shape(x)
    switch integer(0...8) {
    case 0: addChoice(x)
    case 1: addMask(x)
    case 2: addTop(x)
    case 3:
      // The same of every line, in any order and more than once.
      let axis = integer(1...3)
      let count = integer(1...shape[axis] + 2)
      let indices = integers([count], from: -shape[axis], below: shape[axis])
      add(.gather(axis: axis), [x, indices])
    case 4:
      // What is no 0 is true; 0.75 is none.
      guard let mask = add(.cast(.bool), [constant(shape, bound: 0, around: 0.75)]),
        let ones = add(.cast(.float32), [mask])
      else { return }
      add(.binary(.multiply, then: nil), [x, ones])
    case 5: addRegions(x)
    case 6:
      guard let shapes = add(.shapeOf, [x]),
        let extent = add(.gather(axis: 0), [shapes, integers([1], from: 0, below: 4)]),
        let number = add(.cast(.float32), [extent])
      else { return }
      add(.binary(.divide, then: nil), [x, number])
    case 7: addBits(x)
    default:
      let kept = pick([[1, 1, 1, 1], [1, shape[1], 1, 1], [1, shape[2], 1], [shape[3]]])
      guard let wide = add(.broadcast(shape), [constant(kept)]) else { return }
      add(.binary(.add, then: nil), [x, wide])
    }
  }

  /// The image times sixteenths of small integers, made of the bits of others.
  private mutating func addBits(_ x: NodeID) {
    let shape = shape(x)
    // Halves of odd numbers: no rounding of x moves them past an integer.
    let halves = Tensor([shape[3]], floats: (0..<shape[3]).map { Float($0 % 9 - 4) + 0.5 })
    guard let nothing = add(.binary(.multiply, then: nil), [x, constant([], bound: 0)]),
      let moved = add(
        .binary(.add, then: .clip(low: -9, high: 9)),
        [nothing, graph.addConstant("halves", halves)]),
      let whole = add(.cast(.int64), [moved]),
      let joined = add(
        .bits(pick(BitFunction.allCases)), [whole, integers([shape[3]], from: -5, below: 6)]),
      let numbers = add(.cast(.float32), [joined]),
      let small = add(
        .binary(.multiply, then: nil), [numbers, constant([], bound: 0, around: 0.0625)])
    else { return }
    add(.binary(.multiply, then: nil), [x, small])
  }

  /// Regions of any images, as many as there are images, partly beyond them.
  private mutating func addRegions(_ x: NodeID) {
    let shape = shape(x)
    let attributes = RegionAlignment(
      size: Pair(integer(1...4), integer(1...4)), scale: 4, samples: integer(0...2),
      takesMaximum: chance(30), hasCentres: chance(50))
    let images = integers([shape[0]], from: -shape[0], below: shape[0])
    add(.alignRegions(attributes), [x, constant([shape[0], 4]), images])
  }

  /// The smaller or the larger of two.
  private mutating func addChoice(_ x: NodeID) {
    let shape = shape(x)
    let same = images.dropLast().last { self.shape($0) == shape }
    let other = same ?? constant(pick([shape, [1, shape[1], 1, 1], [shape[3]], []]))
    let comparison: Comparison = pick([.less, .lessOrEqual])
    guard let holds = add(.compare(comparison), [x, other]) else { return }
    add(.select, chance(50) ? [holds, x, other] : [holds, other, x])
  }

  /// Some channels or pixels of one, the others of another.
  private mutating func addMask(_ x: NodeID) {
    let shape = shape(x)
    let kept = pick([[1, shape[1], 1, 1], [shape[2], 1], [shape[3]], shape])
    let count = kept.reduce(1, *)
    let mask: NodeID
    if chance(50) {
      let values = (0..<count).map { _ in chance(50) }
      mask = graph.addConstant("mask", Tensor(kept, booleans: values))
    } else {
      let (a, b) = (integers(kept, from: 0, below: 3), integers(kept, from: 0, below: 3))
      guard let equal = add(.compare(.equal), [a, b]) else { return }
      mask = equal
    }
    add(.select, [mask, x, constant(pick([shape, [shape[3]], []]))])
  }

  /// The largest or smallest of every line, in their order.
  private mutating func addTop(_ x: NodeID) {
    let axis = integer(1...3)
    let extent = shape(x)[axis]
    let top = TopIndices(
      axis: axis, count: integer(1...min(extent, 5)), smallest: chance(50), prefersLast: chance(50))
    guard let places = add(.topIndices(top), [x]) else { return }
    guard let values = add(.gatherElements(axis: axis), [x, places]) else { return }
    // Back to where they were, in front of their lines, or all in one place.
    let count = shape(values)[axis]
    let targets = integers(shape(values), from: 0, below: chance(30) ? 1 : count)
    let function: ScatterFunction = pick([.replace, .replace, .add, .minimum, .maximum])
    if chance(30) { add(.scatterElements(axis: axis, by: function), [x, targets, values]) }
  }

  private mutating func integers(_ shape: [Int], from: Int, below: Int) -> NodeID {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { _ in Int64(integer(from...below - 1)) }
    return graph.addConstant("i", Tensor(shape, integers: values))
  }
}
