import LLVMKit
import Planning

/// Panels of output channels, which an integer convolution goes through by any algorithm.
struct IntegerPanels {
  let kernel: IntegerConvolutionKernel
  let unit: VectorUnit

  /// What the panels of a task have in common: the numbers of all channels, and the first pixel of the task.
  struct Operands {
    var bias: ElementPointer
    var scale: ElementPointer
    var output: ElementPointer

    /// - Parameters:
    ///   - arguments: those of the kernel: image, weights, bias, scale, scratch if there is any, output.
    ///   - rows: those of the task.
    init(
      _ arguments: [Value], _ rows: TaskRows, _ kernel: IntegerConvolutionKernel,
      _ m: borrowing IRModule
    ) {
      let view = kernel.output
      let place = m.add(
        m.bytes(rows.image, times: view.batchStride, of: view.element),
        m.bytes(rows.first, times: view.rowStride, of: view.element))
      bias = ElementPointer(arguments[2], .int32)
      scale = .floats(arguments[3])
      output = m.offset(ElementPointer(arguments.last!, view.element), bytes: place)
    }
  }

  /// A panel: its numbers, a vector after the other, and its channels of the first pixel.
  struct Panel {
    var index: Value
    var bias: [Value]
    var scale: [Value]
    var output: ElementPointer

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
    func numbers(_ pointer: ElementPointer) -> [Value] {
      let start = m.offset(pointer, by: first, times: unit.lanes)
      return (0..<vectors).map {
        m.loadStored(m.offset(start, by: $0 * unit.lanes), lanes: unit.lanes)
      }
    }
    return Panel(
      index: index, bias: numbers(operands.bias), scale: numbers(operands.scale),
      output: m.offset(operands.output, by: first, times: kernel.output.blockStride))
  }
}
