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

/// `ConstantOfShape`, as one element that is broadcast.
func importConstantOfShape(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var noFiles = ExternalData.none
  let value =
    try context.attribute("value", .tensor)?.t.decoded(externalData: &noFiles)
    ?? Tensor([1], floats: [0])
  guard value.count == 1 else { throw Refusal("its value has \(value.count) elements, not 1") }
  let shape = try context.knownIntegers(0, "shape")
  let element = context.addConstant(value.reshaped(to: []), suffix: "element")
  return [.node(try context.add(.broadcast(shape), [element]))]
}
