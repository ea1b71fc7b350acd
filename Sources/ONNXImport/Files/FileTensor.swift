import GraphIR
import Interpreter

/// A tensor that is known without a node. It becomes a constant of the graph when a node reads it
/// first, and the same constant for every other, whatever the tensor is called where it is read.
final class FileTensor {
  let tensor: Tensor
  /// The name of the constant.
  let name: String
  /// The constant, where something has read it.
  fileprivate(set) var node: NodeID?
  /// The constant of its integers in the narrow type of the file, where something has read that.
  fileprivate(set) var narrowNode: NodeID?

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

  /// The constant of a tensor's integers in the narrow type that they have in the file.
  mutating func constant(for tensor: FileTensor, as element: ElementType) -> NodeID {
    if let node = tensor.narrowNode, self[node].type.element == element { return node }
    let node = addConstant(tensor.name, evaluate(.cast(element), [tensor.tensor]))
    tensor.narrowNode = node
    return node
  }
}
