import Diagnostics
import GraphIR

/// `Constant` with a tensor, number or list; sparse tensors and strings are refused.
func importConstant(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  if let value = try context.attribute("value", .tensor)?.t {
    // External data are for initializers only; none is looked for here.
    var noFiles = ExternalData.none
    return [context.known(try value.decoded(externalData: &noFiles))]
  }
  if let value = try context.attribute("value_float", .float)?.f {
    return [context.known(Tensor([], floats: [value]))]
  }
  if let values = try context.attribute("value_floats", .floats)?.floats {
    return [context.known(Tensor([values.count], floats: values))]
  }
  if let value = try context.attribute("value_int", .int)?.i {
    return [context.known(Tensor([], integers: [value]))]
  }
  if let values = try context.attribute("value_ints", .ints)?.ints {
    return [context.known(Tensor([values.count], integers: values))]
  }
  throw Refusal("it holds no tensor, number or list of numbers")
}

/// `ConstantOfShape`: a tensor, as if the file held it, or one element that is broadcast where that
/// would be larger than weights are.
func importConstantOfShape(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let value = try context.filling()
  let shape = try context.knownIntegers(0, "shape")
  try checkSize(of: shape)
  if shape.reduce(1, *) <= constantLimit { return [context.known(value.repeated(shape))] }
  let element = context.addConstant(value.reshaped(to: []), suffix: "element")
  return [.node(try context.add(.broadcast(shape), [element]))]
}

extension OperatorContext {
  /// The one element of `ConstantOfShape`.
  func filling() throws -> Tensor {
    var noFiles = ExternalData.none
    let value =
      try attribute("value", .tensor)?.t.decoded(externalData: &noFiles) ?? Tensor([1], floats: [0])
    guard value.count == 1 else {
      throw Refusal("its value has \(quantity(value.count, "element")), not 1")
    }
    return value
  }
}

/// Elements that a constant without data in the file may have: those of the largest weights of image
/// networks.
private let constantLimit = 1 << 28

extension Tensor {
  /// The one element in a shape of many.
  fileprivate func repeated(_ shape: [Int]) -> Tensor {
    Tensor(shape, from: [self], by: Repeating(count: shape.reduce(1, *)))
  }
}

private struct Repeating: Rearrangement {
  let count: Int

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    Array(repeating: operands[0][0], count: count)
  }
}
