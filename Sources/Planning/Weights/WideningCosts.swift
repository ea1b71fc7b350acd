import GraphIR

/// What it costs to widen weights that are not stored as f32.
extension Machine {
  /// Cycles that a vector of stored weights takes beside its load until it is f32.
  func wideningCycles(of format: FloatFormat) -> Double {
    switch format {
    case .float32: 0
    case .float16: instructionSet.widensBinary16 ? 0.5 : 6
    case .bfloat16: 0.5
    }
  }

  /// Registers that are needed for it beside those of sums and weights.
  func wideningRegisters(of format: FloatFormat) -> Int {
    format == .float16 && !instructionSet.widensBinary16 ? 4 : 0
  }
}
