import GraphIR

/// `ConvTranspose` with one or two spatial axes; one is treated as an image of height 1.
func importTransposedConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let weightShape = try context.operandType(1).shape
  guard shape.count == 3 || shape.count == 4, weightShape.count == shape.count else {
    throw Refusal(
      "an image [N, C, H, W] or [N, C, W] and a weight of as many axes are supported, not "
        + "\(shape) and \(weightShape)")
  }
  let kernel = Array(weightShape.dropFirst(2))
  if let stated = try context.integers("kernel_shape"), stated != kernel {
    throw Refusal("kernel_shape \(stated) differs from the weight's \(kernel)")
  }
  let window = try context.transposedWindow(kernel: kernel, extents: Array(shape.dropFirst(2)))
  let attributes = TransposedConvolution(
    stride: window.stride, padding: window.padding, outputPadding: window.outputPadding,
    dilation: window.dilation, groups: try context.integer("group", default: 1),
    hasBias: context.hasOperand(2))
  let weight = try context.weightOfImages(1)
  let bias = context.hasOperand(2) ? [try context.operand(2)] : []
  return [
    .node(
      try context.onImages(x) { image, suffix in
        try context.add(
          .transposedConvolution(attributes), [image, weight] + bias, suffix: suffix)
      })
  ]
}

private struct TransposedWindow {
  var stride: Pair
  var dilation: Pair
  var padding: Padding
  var outputPadding: Pair
}

extension OperatorContext {
  /// Reads `strides`, `dilations`, `pads`, `output_padding`, `output_shape` and `auto_pad`.
  fileprivate func transposedWindow(kernel: [Int], extents: [Int]) throws -> TransposedWindow {
    let strides = try windowIntegers("strides", count: kernel.count, from: 1, default: 1)
    let dilations = try windowIntegers("dilations", count: kernel.count, from: 1, default: 1)
    var added = try windowIntegers("output_padding", count: kernel.count, from: 0, default: 0)
    var pads = try windowIntegers("pads", count: 2 * kernel.count, from: 0, default: 0)
    let automatic = try string("auto_pad", default: "NOTSET")
    guard ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(automatic) else {
      throw Refusal("auto_pad '\(automatic)' is not one that ONNX defines")
    }
    for extent in kernel + extents where extent < 1 || extent > windowLimit {
      throw Refusal("an extent of \(extent) is not from 1 to \(windowLimit)")
    }
    var wanted: [Int]?
    if let stated = try integers("output_shape"), !stated.isEmpty {
      // Some files give the whole shape.
      guard stated.count == kernel.count || stated.count == kernel.count + 2,
        stated.allSatisfy({ (1...windowLimit).contains($0) })
      else { throw Refusal("output_shape \(stated) does not fit an operand of this rank") }
      wanted = Array(stated.suffix(kernel.count))
    }
    for axis in kernel.indices {
      let whole =
        (extents[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
        + added[axis]
      let extent: Int
      if let wanted {
        extent = wanted[axis]
      } else if automatic.hasPrefix("SAME") {
        extent = min(whole, extents[axis] * strides[axis])
      } else {
        if automatic == "VALID" { (pads[axis], pads[axis + kernel.count]) = (0, 0) }
        continue
      }
      // Too few elements are added at the end; of too many the odd one goes at the end for
      // SAME_UPPER.
      let total = max(0, whole - extent)
      added[axis] += max(0, extent - whole)
      pads[axis] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2
      pads[axis + kernel.count] = total - pads[axis]
    }
    guard kernel.count == 2 else {
      return TransposedWindow(
        stride: Pair(1, strides[0]), dilation: Pair(1, dilations[0]),
        padding: Padding(top: 0, left: pads[0], bottom: 0, right: pads[1]),
        outputPadding: Pair(0, added[0]))
    }
    return TransposedWindow(
      stride: Pair(strides[0], strides[1]), dilation: Pair(dilations[0], dilations[1]),
      padding: Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3]),
      outputPadding: Pair(added[0], added[1]))
  }
}
