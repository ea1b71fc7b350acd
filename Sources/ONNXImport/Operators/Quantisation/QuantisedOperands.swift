import GraphIR
import Interpreter

/// Operands and results of 8 bits, whose scales and zero points are operands of their own.
extension OperatorContext {
  /// An operand of integers of 8 or 32 bits as the floats that it stands for.
  ///
  /// - Parameters:
  ///   - scale: the index of its scale. `zero`, of its zero point, which is 0 where it is left out.
  ///   - axis: along which they lie where there are several.
  ///   - suffix: as in `add`.
  /// - Throws: `Refusal` for other types, and where the scale does not fit.
  func dequantized(
    _ index: Int, scale: Int, zero: Int, axis stated: Int, suffix: String? = nil
  ) throws -> NodeID {
    guard let element = try fileType(index).narrow else {
      throw Refusal(
        "its operand \(index + 1) must be of integers of 8 bits, not \(try fileType(index))")
    }
    let x = try narrowOperand(index, as: element)
    let (scale, axis) = try self.scale(scale, for: type(of: x), along: stated)
    let zero = try zeroPoint(zero, of: element, beside: scale)
    return try add(.dequantize(axis: axis), [x, scale, zero], suffix: suffix)
  }

  /// The type of an operand of integers of 8 bits.
  ///
  /// - Throws: `Refusal` for other types.
  func byteElement(_ index: Int) throws -> ElementType {
    guard let element = try fileType(index).narrow, Quantization.elements.contains(element) else {
      throw Refusal(
        "its operand \(index + 1) must be of integers of 8 bits, not \(try fileType(index))")
    }
    return element
  }

  /// The integers of 8 bits for floats; the rest as in `dequantized`.
  func quantized(
    _ x: NodeID, to element: ElementType, scale: Int, zero: Int, axis stated: Int
  ) throws -> NodeID {
    let (scale, axis) = try self.scale(scale, for: type(of: x), along: stated)
    let zero = try zeroPoint(zero, of: element, beside: scale)
    return try add(
      .quantize(Quantization(element: element, axis: axis)), [x, scale, zero])
  }

  /// An operand as the scale of `quantize` or `dequantize`, and the axis that it lies along.
  private func scale(
    _ index: Int, for x: TensorType, along stated: Int
  ) throws -> (NodeID, axis: Int?) {
    let scale = try floats(operand(index))
    let type = self.type(of: scale)
    guard type.elementCount == 1 else {
      let axis = try self.axis(stated, rank: x.rank)
      try checkScale(type, along: axis, of: x)
      return (scale, axis)
    }
    return (try scalar(scale, madeFrom: index), nil)
  }

  /// An operand as a zero point beside a scale, 0 where it is left out.
  private func zeroPoint(
    _ index: Int, of element: ElementType, beside scale: NodeID
  ) throws -> NodeID {
    guard hasOperand(index) else { return zeros(shape(of: scale), of: element) }
    let zero = try zeroPoint(index, of: element)
    let isOne = type(of: zero).elementCount == 1 && shape(of: scale).isEmpty
    return isOne ? try scalar(zero, madeFrom: index) : zero
  }

  /// An operand as a zero point of integers of a type.
  ///
  /// - Throws: `Refusal` for another type.
  func zeroPoint(_ index: Int, of element: ElementType) throws -> NodeID {
    guard try fileType(index).narrow == element else {
      throw Refusal(
        "its zero point is of \(try fileType(index)), and what it belongs to of \(FileType(element))"
      )
    }
    return try narrowOperand(index, as: element)
  }

  /// A value of one element without axes.
  func scalar(_ id: NodeID, madeFrom index: Int) throws -> NodeID {
    guard type(of: id).rank > 0 else { return id }
    if let tensor = assembly.graph.constantValue(of: id) {
      return addConstant(tensor.reshaped(to: []), madeFrom: index)
    }
    return try add(.reshape([]), [id], suffix: "scalar")
  }

  /// Zero points of 0.
  func zeros(_ shape: [Int], of element: ElementType) -> NodeID {
    let zeros = Tensor(shape, integers: [Int64](repeating: 0, count: shape.reduce(1, *)))
    return addConstant(evaluate(.cast(element), [zeros]), suffix: "zero_point")
  }

  /// A value as f32.
  func floats(_ id: NodeID) throws -> NodeID {
    type(of: id).element == .float32 ? id : try add(.cast(.float32), [id], suffix: "floats")
  }
}
