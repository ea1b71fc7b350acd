import LLVMKit
import Planning

extension CodeGenerator {
  /// Emits the function of a kernel, by the emitter of its family.
  func emit(
    _ kernel: Kernel, _ name: String, _ unit: VectorUnit, into module: borrowing IRModule
  ) {
    switch kernel {
    case .convolution(let kernel):
      ConvolutionEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .winogradInput(let kernel):
      WinogradInputEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .winogradProduct(let kernel):
      WinogradProductEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .winogradBlocks(let kernel):
      WinogradBlocksEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .strassen(let kernel):
      StrassenEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .integerConvolution(let kernel):
      IntegerConvolutionEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .integerWinograd(let kernel):
      IntegerWinogradEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .pool(let kernel): PoolEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .globalAverage(let kernel):
      GlobalAverageEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .resize(let kernel): ResizeEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .localResponse(let kernel):
      LocalResponseEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .elementwise(let kernel):
      ElementwiseEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .shortcut(let kernel): ShortcutEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .reorder(let kernel): ReorderEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .reduce(let kernel): ReduceEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .matrixMultiply(let kernel):
      MatrixMultiplyEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .attention(let kernel):
      AttentionEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .topIndices(let kernel):
      TopIndicesEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .gather(let kernel): GatherEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .scatter(let kernel): ScatterEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .alignRegions(let kernel):
      AlignRegionsEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .suppressBoxes(let kernel):
      SuppressBoxesEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .truePlaces(let kernel):
      TruePlacesEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .convert(let kernel): ConvertEmitter(kernel: kernel, unit: unit).emit(name, into: module)
    case .imageSteps(let kernel):
      let functions = entries(
        of: plan.steps.first { $0.kernel == .imageSteps(kernel) }?.parts ?? [], besides: name,
        into: module)
      ImageStepsEmitter(kernel: kernel, unit: unit, functions: functions).emit(name, into: module)
    }
  }
}
