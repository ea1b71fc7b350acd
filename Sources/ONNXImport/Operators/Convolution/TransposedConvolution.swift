import GraphIR

/// `ConvTranspose` with one to three spatial axes; one is treated as an image of height 1.
func importTransposedConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  if shape.count == 5 { return try importTransposedVolumeConvolution(context) }
  let kernel = try context.kernelExtents(ofImage: shape)
  let window = try context.transposedWindow(kernel: kernel, extents: Array(shape.dropFirst(2)))
  let attributes = TransposedConvolution(
    stride: window.plane.stride, padding: window.plane.padding,
    outputPadding: kernel.count == 2
      ? Pair(window.outputPadding[0], window.outputPadding[1]) : Pair(0, window.outputPadding[0]),
    dilation: window.plane.dilation, groups: try context.integer("group", default: 1),
    hasBias: context.hasOperand(2))
  let weight = try context.weightOfImages(1)
  let bias = context.hasOperand(2) ? try context.operand(2) : nil
  return [
    .node(
      try context.onImages(x) { image, suffix in
        try context.addTransposedConvolution(
          attributes, image, weight: weight, bias: bias, suffix: suffix)
      })
  ]
}

/// The window of a transposed convolution, as lists of one number per axis.
struct TransposedWindow {
  var numbers: WindowNumbers
  var outputPadding: [Int]

  var strides: [Int] { numbers.strides }
  var dilations: [Int] { numbers.dilations }
  var begins: [Int] { numbers.begins }
  var ends: [Int] { numbers.ends }
  /// The window over one or two axes.
  var plane: Window { numbers.window }
}

extension OperatorContext {
  /// Reads `strides`, `dilations`, `pads`, `output_padding`, `output_shape` and `auto_pad`.
  func transposedWindow(kernel: [Int], extents: [Int]) throws -> TransposedWindow {
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
    return TransposedWindow(
      numbers: WindowNumbers(
        strides: strides, dilations: dilations, begins: Array(pads[..<kernel.count]),
        ends: Array(pads[kernel.count...])), outputPadding: added)
  }
}
