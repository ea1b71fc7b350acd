import GraphIR

extension OperatorContext {
  /// The two operands of an element-wise operator, so that they broadcast as NumPy has it.
  ///
  /// Before set 7 the second operand broadcasts only where `broadcast` is set, and its axes are those
  /// of the first from `axis` on; they are the last ones where it is absent.
  func broadcastOperands() throws -> [NodeID] {
    let operands = [try operand(0), try operand(1)]
    guard opset < 7 else { return operands }
    let (whole, part) = (shape(of: operands[0]), shape(of: operands[1]))
    let broadcasts = try flag("broadcast")
    guard let stated = try integer("axis") else {
      guard broadcasts || whole == part else {
        throw Refusal("operands of shapes \(whole) and \(part) do not broadcast before set 7")
      }
      return operands
    }
    let axis = try self.axis(stated, rank: whole.count)
    let behind = whole.count - axis - part.count
    guard broadcasts, behind >= 0 else {
      throw Refusal("an operand of shape \(part) does not lie along axis \(axis) of \(whole)")
    }
    guard behind > 0 else { return operands }
    let aligned = part + [Int](repeating: 1, count: behind)
    return [operands[0], try add(.reshape(aligned), [operands[1]], suffix: "aligned")]
  }
}
