import GraphIR

/// A tensor that is known without a node. It becomes a constant of the graph when a node reads it
/// first, and the same constant for every other, whatever the tensor is called where it is read.
final class FileTensor {
  let tensor: Tensor
  /// The name of the constant.
  let name: String
  /// The constant, where something has read it.
  fileprivate(set) var node: NodeID?

  init(_ tensor: Tensor, name: String) {
    self.tensor = tensor
    self.name = name
  }
}

extension Graph {
  /// The constant that a tensor is.
  mutating func constant(for tensor: FileTensor) -> NodeID {
    if let node = tensor.node { return node }
    let node = addConstant(tensor.name, tensor.tensor)
    tensor.node = node
    return node
  }
}
