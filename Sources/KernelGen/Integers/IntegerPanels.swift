import LLVMKit
import Planning

/// Panels of output channels, which an integer convolution goes through by any algorithm.
struct IntegerPanels {
  let kernel: IntegerConvolutionKernel
  let unit: VectorUnit

  /// What the panels of a task have in common: the numbers of all channels, and the first pixel of the task.
  struct Operands {
    var bias: Value
    var scale: Value
    var output: Value

    /// - Parameters:
    ///   - arguments: those of the kernel: image, weights, bias, scale, scratch if there is any, output.
    ///   - rows: those of the task.
    init(
      _ arguments: [Value], _ rows: TaskRows, _ kernel: IntegerConvolutionKernel,
      _ m: borrowing IRModule
    ) {
      let element = kernel.output.element.byteCount
      let place = m.add(
        m.multiply(rows.image, m.int64(element * kernel.output.batchStride)),
        m.multiply(rows.first, m.int64(element * kernel.output.rowStride)))
      bias = arguments[2]
      scale = arguments[3]
      output = m.offset(arguments.last!, bytes: place)
    }
  }

  /// A panel: its numbers, a vector after the other, and its channels of the first pixel.
  struct Panel {
    var index: Value
    var bias: [Value]
    var scale: [Value]
    var output: Value

    var vectors: Int { bias.count }
  }

  /// Emits `body` for a panel; the last one has code of its own where it is narrower.
  func emit(
    _ index: Value, _ operands: Operands, _ m: borrowing IRModule, _ body: (Panel) -> Void
  ) {
    func emit(vectors: Int) { body(panel(index, vectors: vectors, operands, m)) }
    let (vectors, last) = (kernel.tile.vectors, kernel.lastVectors)
    guard last != vectors, kernel.panels > 1 else { return emit(vectors: last) }
    m.either(m.compare(.equal, index, m.int64(kernel.panels - 1))) {
      emit(vectors: last)
    } otherwise: {
      emit(vectors: vectors)
    }
  }

  private func panel(
    _ index: Value, vectors: Int, _ operands: Operands, _ m: borrowing IRModule
  ) -> Panel {
    let first = m.multiply(index, m.int64(kernel.tile.vectors))
    let ahead = m.multiply(first, m.int64(unit.bytes))
    func numbers(_ pointer: Value, _ type: IRType) -> [Value] {
      let start = m.offset(pointer, bytes: ahead)
      return (0..<vectors).map {
        m.load(type, m.offset(start, bytes: $0 * unit.bytes), alignment: 4)
      }
    }
    let view = kernel.output
    return Panel(
      index: index, bias: numbers(operands.bias, m.vector(m.int32, unit.lanes)),
      scale: numbers(operands.scale, m.vectorType(unit)),
      output: m.offset(
        operands.output,
        bytes: m.multiply(first, m.int64(view.element.byteCount * view.blockStride))))
  }
}
