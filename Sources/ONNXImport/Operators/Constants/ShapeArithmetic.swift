import GraphIR
import TensorFiles

/// `Shape`, from `start` to `end` where they are given (set 15).
func importShape(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let rank = context.shape(of: x).count
  func bound(_ name: String, default value: Int) throws -> Int {
    let stated = try context.integer(name, default: value)
    return min(max(stated < 0 ? stated &+ rank : stated, 0), rank)
  }
  let (start, end) = (try bound("start", default: 0), try bound("end", default: rank))
  guard start > 0 || end < rank else { return [.node(try context.add(.shapeOf, [x]))] }
  let whole = try context.add(.shapeOf, [x], suffix: "whole")
  return [.node(try context.add(.slice([SliceRange(start: start, end: max(start, end))]), [whole]))]
}

/// `Size`: the number of elements.
func importSize(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let count = context.shape(of: try context.ownOperand(0)).reduce(1, *)
  return [context.known(Tensor([], integers: [Int64(count)]))]
}

/// `Cast`. Integers that change type keep the low bits, as the standard wants; so do floats that become
/// integers of 8 bits, which it leaves open and ONNX Runtime does.
func importCast(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  guard let number = try context.integer("to"), let code = Int32(exactly: number) else {
    throw Refusal("the attribute 'to' is missing or names no type")
  }
  _ = try context.integer("saturate")
  return [try context.cast(to: try StoredType(number: code))]
}

extension OperatorContext {
  /// The first operand in another type.
  fileprivate func cast(to type: StoredType) throws -> GraphAssembly.Value {
    let x = try ownOperand(0)
    let (source, target) = (self.type(of: x).element, type.element)
    if source == target { return try passedOn(0) }
    if target == .float32, let numbers = assembly.quantizedFloats[x] { return .node(numbers) }
    guard let integers = target.integers else { return .node(try add(.cast(target), [x])) }
    // i64 stands for types that graphs do not have.
    if source == .float32, target == .int64, type.byteCount < 4 {
      throw Refusal("a cast of floats to integers of \(8 * type.byteCount) bits is not supported")
    }
    guard let given = source.integers else {
      let isEightBits = source == .float32 && target.byteCount == 1
      return .node(try add(.cast(isEightBits ? target : .int64), [x]))
    }
    let keepsAll = integers.contains(given.lowerBound) && integers.contains(given.upperBound)
    let known = try knownOperand(0)?.wholeNumbers?.allSatisfy(integers.contains)
    if keepsAll || known == true { return .node(try operand(0)) }
    return .node(try add(.cast(target), [x]))
  }
}

/// `CastLike`: a cast to the type of the second operand.
func importCastLike(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  _ = try context.integer("saturate")
  let other = context.type(of: try context.ownOperand(1)).element
  return [try context.cast(to: StoredType(storing: other))]
}

/// `Range` of numbers that are known.
func importRange(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  if try context.operandType(0).element == .float32 { return [try floatRange(context)] }
  let bounds = try ["start", "limit", "delta"].enumerated().map { index, name in
    let values = try context.knownIntegers(index, name)
    guard values.count == 1 else { throw Refusal("its \(name) must be one integer") }
    return values[0]
  }
  let (start, limit, delta) = (bounds[0], bounds[1], bounds[2])
  guard delta != 0, bounds.allSatisfy({ $0.magnitude <= 1 << 40 }) else {
    throw Refusal("a range from \(start) to \(limit) by \(delta) is not supported")
  }
  let count = max(0, (limit - start + delta - delta.signum()) / delta)
  guard count <= 1 << 20 else { throw Refusal("a range of \(count) integers is too long") }
  let values = (0..<count).map { Int64(start + $0 * delta) }
  return [context.known(Tensor([count], integers: values))]
}

private func floatRange(_ context: OperatorContext) throws -> GraphAssembly.Value {
  let start = Double(try context.knownScalar(0, "start"))
  let limit = Double(try context.knownScalar(1, "limit"))
  let delta = Double(try context.knownScalar(2, "delta"))
  let count = ((limit - start) / delta).rounded(.up)
  guard count <= 0x1p20 else {
    throw Refusal("a range from \(start) to \(limit) by \(delta) is not supported")
  }
  let values = (0..<Int(max(0, count))).map { Float(start + Double($0) * delta) }
  return context.known(Tensor([values.count], floats: values))
}
