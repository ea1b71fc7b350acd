import Diagnostics
import GraphIR

extension CallReader {
  /// `attention(q, k, v, mask: m, causal: true, zero_unseen: true, scale: s)`.
  mutating func readAttention() throws(Reported) -> Operation {
    var attributes = Attention(scale: 1)
    try readOperands(.exactly(3))
    attributes.code(&self)
    let mask = labelled("mask")
    try finish()
    if let mask {
      operands.append(try elaborator.tensor(mask, at: site.nested, what("mask")))
      attributes.hasMask = true
    }
    return .attention(attributes)
  }
}

extension Attention {
  /// Reads or writes the attributes.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    let features = coder.operandTypes.first?.shape.last ?? 1
    coder.boolean("causal", &isCausal)
    coder.boolean("zero_unseen", &givesZero)
    coder.real("scale", &scale, default: Self.usualScale(features: features))
  }
}
