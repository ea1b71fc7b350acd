import GraphIR

extension Pass {
  /// Puts the extents of a value, which are static, in place of the question for them; the
  /// arithmetic on them folds with the other constants.
  ///
  ///     before   size = shape(image)                      image: f32[1, 3, 224, 224]
  ///     after    size* = constant([1, 3, 224, 224])
  static let foldShapes = Pass(
    name: "fold-shapes", summary: "replaces the shape of a value by a constant"
  ) { graph, id in
    guard case .shapeOf = graph[id].operation, !graph.isOutput(id) else { return nil }
    let shape = graph[graph[id].inputs[0]].type.shape
    return .constant(Tensor([shape.count], integers: shape.map(Int64.init)))
  }
}
