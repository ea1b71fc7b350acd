import Diagnostics
import GraphIR

/// The window that convolutions and pools slide over an image.
struct Window {
  var stride: Pair
  var dilation: Pair
  var padding: Padding
}

/// A window over any number of axes, as lists of one number per axis.
struct WindowNumbers {
  var strides: [Int]
  var dilations: [Int]
  var begins: [Int]
  var ends: [Int]

  /// The padding of the last two of three axes.
  var planePadding: Padding {
    Padding(top: begins[1], left: begins[2], bottom: ends[1], right: ends[2])
  }

  /// The window over one or two axes.
  var window: Window {
    guard strides.count == 2 else {
      return Window(
        stride: Pair(1, strides[0]), dilation: Pair(1, dilations[0]),
        padding: Padding(top: 0, left: begins[0], bottom: 0, right: ends[0]))
    }
    return Window(
      stride: Pair(strides[0], strides[1]), dilation: Pair(dilations[0], dilations[1]),
      padding: Padding(top: begins[0], left: begins[1], bottom: ends[0], right: ends[1]))
  }
}

extension OperatorContext {
  /// Reads `strides`, `dilations`, `pads` and `auto_pad`.
  ///
  /// - Parameters:
  ///   - kernel: extents of the kernel.
  ///   - extents: as many extents of the image.
  /// - Throws: `Refusal` for lists of another length and numbers without sense.
  func windowNumbers(kernel: [Int], extents: [Int]) throws -> WindowNumbers {
    let strides = try windowIntegers("strides", count: kernel.count, from: 1, default: 1)
    let dilations = try windowIntegers("dilations", count: kernel.count, from: 1, default: 1)
    for extent in kernel where extent < 1 || extent > windowLimit {
      throw Refusal("a kernel extent of \(extent) is not from 1 to \(windowLimit)")
    }
    let pads = try padding(kernel: kernel, extents: extents, strides: strides, dilations: dilations)
    return WindowNumbers(
      strides: strides, dilations: dilations, begins: Array(pads[..<kernel.count]),
      ends: Array(pads[kernel.count...]))
  }

  /// The kernel of a pool, one extent per spatial axis.
  func poolKernel(rank: Int) throws -> [Int] {
    guard hasAttribute("kernel_shape") else { throw Refusal("kernel_shape is missing") }
    return try windowIntegers("kernel_shape", count: rank, from: 1, default: 1)
  }

  /// All begins, then all ends, as ONNX orders them.
  private func padding(
    kernel: [Int], extents: [Int], strides: [Int], dilations: [Int]
  ) throws -> [Int] {
    let automatic = try string("auto_pad", default: "NOTSET")
    let explicit = try windowIntegers("pads", count: 2 * kernel.count, from: 0, default: 0)
    switch automatic {
    case "NOTSET": return explicit
    case "VALID": return explicit.map { _ in 0 }
    case "SAME_UPPER", "SAME_LOWER": break
    default: throw Refusal("auto_pad '\(automatic)' is not one that ONNX defines")
    }
    // The result has ceil(extent / stride) elements; an odd total gives the upper or the lower side
    // one more.
    let totals = kernel.indices.map { axis in
      let count = (extents[axis] + strides[axis] - 1) / strides[axis]
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      return max((count - 1) * strides[axis] + reach - extents[axis], 0)
    }
    let begins = totals.map { automatic == "SAME_UPPER" ? $0 / 2 : $0 - $0 / 2 }
    return begins + zip(totals, begins).map { $0 - $1 }
  }

  /// A list of so many integers from `least` on; `value` for each where the attribute is absent.
  func windowIntegers(
    _ name: String, count: Int, from least: Int, default value: Int
  ) throws -> [Int] {
    guard let values = try integers(name), !values.isEmpty else {
      return [Int](repeating: value, count: count)
    }
    guard values.count == count else {
      throw Refusal(
        "\(name) \(values) should have \(quantity(count, "number")) for an operand of this rank")
    }
    guard values.allSatisfy({ (least...windowLimit).contains($0) }) else {
      throw Refusal("\(name) \(values) should lie from \(least) to \(windowLimit)")
    }
    return values
  }
}

/// The largest stride, dilation, padding or kernel extent; products of two stay far from overflow.
let windowLimit = 1 << 20
