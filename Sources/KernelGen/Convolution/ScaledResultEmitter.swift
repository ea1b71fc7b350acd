import LLVMKit
import Planning

/// Stores a second result, `ConvolutionKernel.ScaledResult`, next to the first.
struct ScaledResultEmitter {
  let result: ConvolutionKernel.ScaledResult
  let unit: VectorUnit
  /// The numbers of the first channel, and its first pixel.
  var factors: ElementPointer
  var terms: ElementPointer
  var output: ElementPointer

  /// Takes the pointers of the operands; nil where there is no second result.
  init?(
    _ result: ConvolutionKernel.ScaledResult?, _ arguments: ArraySlice<Value>, unit: VectorUnit
  ) {
    guard let result else { return nil }
    self.result = result
    self.unit = unit
    let operands = arguments.prefix(ConvolutionKernel.ScaledResult.operands.count)
      .map { ElementPointer.floats($0) }
    (factors, terms, output) = (operands[0], operands[1], operands[2])
  }

  /// The same for an image of the batch.
  func moved(toImage image: Value, _ m: borrowing IRModule) -> ScaledResultEmitter {
    var moved = self
    moved.output = m.offset(output, by: image, times: result.output.batch)
    return moved
  }

  /// The same from a vector of channels on.
  func moved(to vector: Value, _ m: borrowing IRModule) -> ScaledResultEmitter {
    var moved = self
    let bytes = m.bytes(vector, times: unit.lanes, of: .float32)
    moved.factors = m.offset(factors, bytes: bytes)
    moved.terms = m.offset(terms, bytes: bytes)
    moved.output = m.offset(output, by: vector, times: result.output.block)
    return moved
  }

  /// The numbers of a vector of channels.
  func load(vector: Int, _ m: borrowing IRModule) -> (factor: Value, term: Value) {
    (
      m.loadVector(m.offset(factors, by: vector * unit.lanes), unit),
      m.loadVector(m.offset(terms, by: vector * unit.lanes), unit)
    )
  }

  /// Stores what becomes of a value.
  func store(
    _ value: Value, _ numbers: (factor: Value, term: Value), _ pointer: ElementPointer,
    _ m: borrowing IRModule
  ) {
    let scaled = m.multiplyAdd(value, numbers.factor, numbers.term, unit)
    m.storeVector(result.then.map { m.apply($0, scaled, unit) } ?? scaled, pointer, unit)
  }
}
