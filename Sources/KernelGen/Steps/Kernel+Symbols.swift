import Planning

extension Kernel {
  /// What the kernel is, as part of a symbol for profilers to show.
  var symbolSuffix: String {
    switch self {
    case .convolution(let k):
      "conv\(k.kernel.height)x\(k.kernel.width)_\(k.inputChannels)to\(k.outputChannels)_\(k.rows)x\(k.columns)"
    case .winogradInput(let k):
      "winograd\(k.geometry.transform.outputs)\(k.geometry.rowsOnly ? "_rows" : "")_input_\(k.geometry.inputChannels)_\(k.geometry.height)x\(k.geometry.width)"
    case .winogradProduct(let k): k.symbolSuffix
    case .winogradBlocks(let k): k.product.symbolSuffix
    case .strassen(let k):
      "strassen_\(2 * k.product.inputChannels)to\(2 * k.product.outputChannels)_\(k.blocksPerImage * k.blockPixels)"
    case .integerConvolution(let k): k.symbolSuffix
    case .integerWinograd(let k):
      "winograd\(k.transform.outputs)_\(k.convolution.symbolSuffix)"
    case .pool(let k): "pool_\(k.output.channels)_\(k.output.height)x\(k.output.width)"
    case .globalAverage(let k): "global_average_\(k.input.channels)"
    case .resize(let k): "resize_\(k.output.channels)_\(k.output.height)x\(k.output.width)"
    case .localResponse(let k): "local_response_\(k.output.channels)"
    case .elementwise: "elementwise"
    case .shortcut(let k): "shortcut_\(k.input.channels)to\(k.output.channels)"
    case .reorder(let k): k.output.padsChannels ? "to_blocked" : "to_plain"
    case .reduce(let k): k.function == .softmax ? "softmax" : "reduce"
    case .matrixMultiply(let k): "matmul_\(k.rows)x\(k.inner)x\(k.columns)"
    case .attention(let k): "attention_\(k.queries)x\(k.keys)x\(k.features)"
    case .topIndices(let k): "top\(k.count)_of_\(k.axis)"
    case .gather(let k): "gather\(k.count)_of_\(k.axis)"
    case .scatter(let k): "scatter\(k.count)_into_\(k.axis)"
    case .alignRegions(let k): "align\(k.regions)_\(k.output.height)x\(k.output.width)"
    case .suppressBoxes(let k): "suppress\(k.boxes)"
    case .truePlaces(let k): "true_places\(k.count)"
    case .convert(let k): "convert_\(k.from.rawValue)_to_\(k.to.rawValue)"
    case .imageSteps(let k): "\(k.images)_images"
    }
  }
}

extension IntegerConvolutionKernel {
  fileprivate var symbolSuffix: String {
    "integer\(window.height)x\(window.width)_\(input.channels)to\(output.channels)_\(output.height)x\(output.width)"
  }
}

extension WinogradProductKernel {
  fileprivate var symbolSuffix: String {
    "winograd\(geometry.transform.outputs)\(geometry.rowsOnly ? "_rows" : "")_\(geometry.inputChannels)to\(product.outputChannels)_\(geometry.height)x\(geometry.width)"
  }
}
