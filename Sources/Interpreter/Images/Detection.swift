import GraphIR

/// See `RegionAlignment`; x `[N, C, H, W]`, regions `[R, 4]` as (left, top, right, bottom), and the image
/// of each.
func alignRegions(_ attributes: RegionAlignment, _ operands: [Tensor]) -> Tensor {
  let (x, regions, images) = (operands[0], operands[1].floats, operands[2].integers)
  let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
  let (pixels, size) = (x.floats, attributes.size)
  var result: [Float] = []
  result.reserveCapacity(images.count * channels * size.height * size.width)
  for (region, image) in images.enumerated() {
    let edges = regions[(4 * region)..<(4 * region + 4)].map {
      $0 * attributes.scale - (attributes.hasCentres ? 0.5 : 0)
    }
    let rows = RegionAxis(edges[1], edges[3], cells: size.height, extent: height, attributes)
    let columns = RegionAxis(edges[0], edges[2], cells: size.width, extent: width, attributes)
    let fromStart = image < 0 ? image &+ Int64(x.shape[0]) : image
    let first = Int(min(max(fromStart, 0), Int64(x.shape[0]) - 1)) * channels
    for channel in first..<(first + channels) {
      for row in 0..<size.height {
        for column in 0..<size.width {
          var values: [[Float]] = []
          for y in rows.samples(ofCell: row) {
            for x in columns.samples(ofCell: column) {
              guard let y, let x else {
                values.append([0])
                continue
              }
              values.append(
                [(y.low, y.lowWeight), (y.high, y.highWeight)].flatMap { line, weight in
                  [(x.low, x.lowWeight), (x.high, x.highWeight)].map { place, share in
                    weight * share * pixels[(channel * height + line) * width + place]
                  }
                })
            }
          }
          result.append(attributes.value(of: values, rows.count * columns.count))
        }
      }
    }
  }
  return Tensor([images.count, channels, size.height, size.width], floats: result)
}

extension RegionAlignment {
  /// A cell from the weighted pixels of the samples that may be in the image, of so many.
  fileprivate func value(of samples: [[Float]], _ count: Float) -> Float {
    guard takesMaximum else {
      return samples.reduce(0) { $0 + $1.reduce(0, +) } / (count > 1 ? count : 1)
    }
    // What was left out lies outside, and counts as 0.
    let isWhole = !samples.isEmpty && Float(samples.count) == count
    let larger = BinaryFunction.maximum
    return samples.joined().reduce(isWhole ? -.infinity : 0) { larger($0, $1) }
  }
}

/// The samples of a region along one axis.
private struct RegionAxis {
  /// Where a position lies between two pixels, and how much each counts.
  struct Taps {
    let low: Int
    let high: Int
    let lowWeight: Float
    let highWeight: Float
  }

  let start: Float
  let cell: Float
  /// Samples per cell; none where it is not above 0.
  let count: Float
  let extent: Int
  let isFixed: Bool

  init(
    _ start: Float, _ end: Float, cells: Int, extent: Int, _ attributes: RegionAlignment
  ) {
    var length = end - start
    if !attributes.hasCentres, length < 1 { length = 1 }
    self.start = start
    self.extent = extent
    cell = length / Float(cells)
    isFixed = attributes.samples > 0
    count = isFixed ? Float(attributes.samples) : max(cell.rounded(.up), 0)
  }

  /// The samples of a cell that may lie in the image, nil for those that do not.
  func samples(ofCell index: Int) -> [Taps?] {
    let first = start + Float(index) * cell
    return range(from: first).map { sample in
      taps(at: first + (Float(sample) + 0.5) * cell / count)
    }
  }

  /// The numbers of the samples; of those without number, what is sure to lie outside is left out.
  private func range(from first: Float) -> Range<Int> {
    let most: Float = 0x1p31
    func whole(_ value: Float) -> Int { value > 0 ? Int(min(value, most)) : 0 }
    let end = whole(count)
    if isFixed { return 0..<end }
    let step = cell / count
    let low = whole(((-1 - first) / step).rounded(.down) - 2)
    let high = whole(((Float(extent) - first) / step).rounded(.up) + 2)
    return min(low, end)..<max(min(low, end), min(high, end))
  }

  private func taps(at position: Float) -> Taps? {
    guard position >= -1, position <= Float(extent) else { return nil }
    let inside = max(position, 0)
    let low = Int(inside)
    guard low < extent - 1 else {
      return Taps(low: extent - 1, high: extent - 1, lowWeight: 1, highWeight: 0)
    }
    let part = inside - Float(low)
    return Taps(low: low, high: low + 1, lowWeight: 1 - part, highWeight: part)
  }
}

/// See `Suppression`: the places of the boxes that are kept, best first, then -1.
func suppressBoxes(_ attributes: Suppression, _ boxes: Tensor, _ scores: Tensor) -> Tensor {
  let (classes, count) = (scores.shape[1], boxes.shape[1])
  let (corners, numbers) = (boxes.floats, scores.floats)
  var result: [Int64] = []
  for line in 0..<(scores.shape[0] * classes) {
    func score(_ box: Int) -> Float { numbers[line * count + box] }
    let all = (0..<count).map { box in
      let start = (line / classes * count + box) * 4
      return Box(Array(corners[start..<(start + 4)]), hasCentres: attributes.hasCentres)
    }
    let order = (0..<count).filter { score($0) > attributes.score }.sorted { a, b in
      score(a) != score(b) ? score(a) > score(b) : a < b
    }
    var kept: [Int] = []
    for box in order where kept.count < attributes.count {
      if !kept.contains(where: { all[$0].overlaps(all[box], by: attributes.overlap) }) {
        kept.append(box)
      }
    }
    result += kept.map { Int64($0) }
    result += [Int64](repeating: -1, count: attributes.count - kept.count)
  }
  return Tensor([scores.shape[0], classes, attributes.count], integers: result)
}

/// A box by its sides along both axes.
private struct Box {
  let low: [Float]
  let high: [Float]

  init(_ numbers: [Float], hasCentres: Bool) {
    if hasCentres {
      low = (0..<2).map { numbers[$0] - numbers[$0 + 2] / 2 }
      high = (0..<2).map { numbers[$0] + numbers[$0 + 2] / 2 }
    } else {
      low = (0..<2).map { numbers[$0] < numbers[$0 + 2] ? numbers[$0] : numbers[$0 + 2] }
      high = (0..<2).map { numbers[$0] < numbers[$0 + 2] ? numbers[$0 + 2] : numbers[$0] }
    }
  }

  private var area: Float { (high[0] - low[0]) * (high[1] - low[1]) }

  func overlaps(_ other: Box, by limit: Float) -> Bool {
    let sides = (0..<2).map { axis in
      let start = low[axis] < other.low[axis] ? other.low[axis] : low[axis]
      let end = high[axis] < other.high[axis] ? high[axis] : other.high[axis]
      return end - start
    }
    guard sides[0] > 0, sides[1] > 0, area > 0, other.area > 0 else { return false }
    let common = sides[0] * sides[1]
    let union = (area + other.area) - common
    return common > 0 && union > 0 && common / union > limit
  }
}

/// The row-major places of the elements that are true, in their order, then -1.
func truePlaces(_ mask: Tensor) -> Tensor {
  let places = mask.booleans.indices.filter { mask.booleans[$0] }.map { Int64($0) }
  let rest = [Int64](repeating: -1, count: mask.count - places.count)
  return Tensor([mask.count], integers: places + rest)
}
