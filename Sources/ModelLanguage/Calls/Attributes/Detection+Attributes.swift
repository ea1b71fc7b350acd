import GraphIR

extension RegionAlignment {
  /// Reads or writes the attributes.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    coder.pair("size", &size, default: nil)
    coder.real("scale", &scale, default: 1)
    coder.integer("samples", &samples, default: 0)
    coder.boolean("maximum", &takesMaximum)
    coder.boolean("half_pixel", &hasCentres)
  }
}

extension Suppression {
  /// Reads or writes the attributes.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    coder.integer("count", &count, default: nil)
    coder.real("overlap", &overlap, default: nil)
    coder.real("score", &score, default: -.infinity)
    coder.boolean("centers", &hasCentres)
  }
}
