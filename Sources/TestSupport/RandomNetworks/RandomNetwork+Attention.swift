import GraphIR

/// Attention between the pixels of images, as one operation or as its parts.
extension RandomNetwork {
  mutating func addAttention() {
    let x = image()
    let shape = shape(x)
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    guard pixels <= 200 else { return }
    let heads = channels % 4 == 0 && chance(50) ? 4 : 1
    let features = channels / heads
    guard let rows = add(.reshape([shape[0], heads, features, pixels]), [x]),
      let queries = add(.transpose([0, 1, 3, 2]), [rows]),
      let halves = add(
        .binary(.multiply, then: nil), [queries, constant([], bound: 0, around: 0.5)])
    else { return }
    let keys = chance(50) ? halves : queries
    let mask = constant(
      pick([[pixels], [heads, 1, pixels], [pixels, pixels], [1, heads, pixels, pixels]]))
    if chance(50) {
      let attributes = Attention(scale: 0.5, isCausal: chance(30), hasMask: chance(50))
      let operands = [queries, keys, halves] + (attributes.hasMask ? [mask] : [])
      if let y = add(.attention(attributes), operands), chance(70) {
        add(.transpose(pick([[0, 1, 3, 2], [0, 2, 1, 3]])), [y])
      }
      return
    }
    guard let turned = add(.transpose([0, 1, 3, 2]), [keys]),
      let scores = add(.matrixMultiply, [queries, turned]),
      let masked = add(.binary(.add, then: nil), [scores, mask]),
      let weights = add(.softmax(axis: 3), [masked])
    else { return }
    add(.matrixMultiply, [weights, queries])
  }
}
