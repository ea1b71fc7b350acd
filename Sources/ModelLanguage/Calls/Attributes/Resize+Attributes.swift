import GraphIR

extension Resize {
  /// Reads or writes the attributes: a size, or scales that the size follows from, or both.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    let shape = coder.operandTypes.first?.shape ?? []
    let image = shape.count == 4 ? Pair(shape[2], shape[3]) : nil
    var scales = scales
    coder.optionalReals("scale", &scales)
    let scaled = image.flatMap { image in scales.flatMap { Resize.size(of: image, scales: $0) } }
    coder.pair("size", &size, default: scaled, from: "scale")
    self.scales = scales
    coder.word("mode", &mode, default: .nearest)
    coder.word("coordinates", &coordinates, default: .halfPixel)
    coder.word("rounding", &rounding, default: .preferFloor)
    coder.real("cubic", &cubicCoefficient, default: -0.75)
    coder.boolean("exclude_outside", &excludesOutside)
    coder.boolean("antialias", &antialiases)
    if let image { self = canonical(for: image) }
  }
}
