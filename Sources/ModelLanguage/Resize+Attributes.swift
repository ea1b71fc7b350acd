import GraphIR

extension Resize {
  /// Reads or writes the attributes: a size, or scales that the size follows from, or both.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    let shape = coder.operandTypes.first?.shape ?? []
    let image = shape.count == 4 ? Pair(shape[2], shape[3]) : nil
    var scales = scales
    try coder.optionalReals("scale", &scales)
    let scaled = image.flatMap { image in scales.flatMap { Resize.size(of: image, scales: $0) } }
    try coder.pair("size", &size, default: scaled)
    self.scales = scales
    try coder.word("mode", &mode, default: .nearest)
    try coder.word("coordinates", &coordinates, default: .halfPixel)
    try coder.word("rounding", &rounding, default: .preferFloor)
    try coder.real("cubic", &cubicCoefficient, default: -0.75)
    try coder.boolean("exclude_outside", &excludesOutside)
    try coder.boolean("antialias", &antialiases)
    if let image { self = canonical(for: image) }
  }
}
