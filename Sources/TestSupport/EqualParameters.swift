import GraphIR

extension Graph {
  /// The graph with every element of its parameters one half; tensors of one size share memory.
  public func withEqualParameters() -> Graph {
    var result = self
    var halves: [Int: [Float]] = [:]
    for id in constants where self[id].operation == .parameter {
      let shape = self[id].type.shape
      let count = shape.reduce(1, *)
      let values = halves[count] ?? [Float](repeating: 0.5, count: count)
      halves[count] = values
      result.bind(id, to: Tensor(shape, floats: values))
    }
    return result
  }
}
