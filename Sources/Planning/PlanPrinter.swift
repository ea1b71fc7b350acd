import Diagnostics
import Foundation
import GraphIR

extension Plan {
  /// The plan as text: a row per step (nodes, kernel, tiles, layout, places, bytes), then what was
  /// weighed for each convolution, then the memory it needs.
  ///
  /// - Parameter measured: milliseconds that a candidate of a choice took; nil where nobody knows.
  public func printed(
    measured: (ConvolutionChoice, ConvolutionAlgorithm) -> Double? = { _, _ in nil }
  ) -> String {
    let numbered = steps.enumerated().flatMap { index, step in
      [("\(index)", step)] + step.parts.enumerated().map { ("\(index).\($0)", $1) }
    }
    let rows = numbered.map { number, step in
      [
        number, step.printedNodes, step.kernel.printedName, step.kernel.printedTiles,
        step.kernel.printedLayout, step.arguments.last!.printed,
        step.arguments.dropLast().map(\.printed).joined(separator: " "),
        "\(step.bytesRead)", "\(step.bytesWritten)",
      ]
    }
    let header = [
      "step", "nodes", "kernel", "tiles", "layout", "writes", "reads", "bytes read",
      "bytes written",
    ]
    let choices = printedChoices(measured)
    return alignedTable([header] + rows) + "\n" + (choices.isEmpty ? "" : choices + "\n")
      + printedMemory()
  }

  /// What was weighed for each convolution that there is a choice for, in estimated cycles and in
  /// milliseconds where they were measured, the pick marked.
  private func printedChoices(
    _ measured: (ConvolutionChoice, ConvolutionAlgorithm) -> Double?
  ) -> String {
    allSteps.map { step in
      guard let choice = step.choice, choice.candidates.count > 1 else { return "" }
      let candidates = choice.candidates.map { candidate in
        let time = measured(choice, candidate.algorithm)
        return "\(candidate.algorithm.rawValue) \(Int(candidate.cycles / 1000)) kcycles"
          + (time.map { String(format: " %.4f ms", $0) } ?? "")
          + (candidate.algorithm == choice.pick ? " ◀" : "")
      }
      return "\(step.name): \(candidates.joined(separator: ", "))\n"
    }.joined()
  }

  private func printedMemory() -> String {
    func megabytes(_ bytes: Int) -> String { String(format: "%.2f MB", Double(bytes) / 1e6) }
    let ratio = livenessBytes == 0 ? 1 : Double(arenaBytes) / Double(livenessBytes)
    return """
      arena \(megabytes(arenaBytes)), liveness lower bound \(megabytes(livenessBytes)) \
      (ratio \(String(format: "%.3f", ratio))); weights \(megabytes(weightBytes)) packed; \
      \(quantity(distinctKernels.count, "kernel")) in \(quantity(steps.count, "step")); \
      \(String(format: "%.3f", Double(flops) / 1e9)) GFLOP; \
      \(machine.name), \(machine.lanes) lanes

      """
  }
}

extension Step {
  /// The node that names the step, then what was fused into it.
  fileprivate var printedNodes: String {
    let fused = nodes.dropFirst()
    let shown = fused.prefix(3).joined(separator: ", ")
    let more = fused.count > 3 ? ", …" : ""
    return fused.isEmpty ? name : "\(name) (+\(shown)\(more))"
  }
}

extension Location {
  /// `arena+0x0c4000`, `weights+0x000000`, `input 0`.
  public var printed: String {
    let name =
      switch base {
      case .weights: "weights"
      case .workspace: "arena"
      case .input(let index): "input\(index)"
      case .output(let index): "output\(index)"
      }
    let digits = String(offset, radix: 16)
    return "\(name)+0x" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}

extension Kernel {
  /// What it does: `direct 3×3/2 64→128 @28×28 +add +relu`.
  public var printedName: String {
    switch self {
    case .convolution(let k): k.printedName
    case .winogradInput(let k):
      "winograd input \(k.geometry.printedTransform) \(k.geometry.phaseChannels) "
        + "@\(k.geometry.height)×\(k.geometry.width)"
    case .winogradProduct(let k): k.printedName
    case .winogradBlocks(let k):
      k.product.printedName + (k.pool.map { " +\($0.kernel.printedWindow)" } ?? "")
    case .strassen(let k): k.printedName
    case .integerConvolution(let k): k.printedName
    case .integerWinograd(let k):
      "winograd F(\(k.transform.outputs),3) " + k.convolution.printedName
    case .pool(let k):
      "\(k.printedWindow) \(k.output.channels) @\(k.output.height)×\(k.output.width)"
        + printedEpilogue(nil, nil, k.scaled)
    case .globalAverage(let k):
      "global-average \(k.input.channels) @\(k.input.height)×\(k.input.width)"
    case .resize(let k):
      "resize \(k.output.channels) @\(k.input.height)×\(k.input.width)"
        + "→\(k.output.height)×\(k.output.width)"
    case .localResponse(let k):
      "local-response of \(k.attributes.size) \(k.output.channels) "
        + "@\(k.output.height)×\(k.output.width)"
    case .elementwise(let k): k.printedName
    case .shortcut(let k): "shortcut \(k.input.channels)→\(k.output.channels)"
    case .reorder(let k):
      "\(k.output.padsChannels ? "to-blocked" : "to-plain") \(k.input.channels) "
        + "@\(k.input.height)×\(k.input.width)"
    case .reduce(let k):
      "\(k.function == .softmax ? "softmax" : "reduce") \(k.outer)×\(k.axis)×\(k.inner)"
    case .matrixMultiply(let k): "matmul \(k.offsets.count)×\(k.rows)×\(k.inner)×\(k.columns)"
    case .attention(let k): k.printedName
    case .topIndices(let k): "top \(k.count) \(k.outer)×\(k.axis)×\(k.inner)"
    case .gather(let k): "gather \(k.count) of \(k.outer)×\(k.axis)×\(k.inner)"
    case .scatter(let k): "scatter \(k.count) into \(k.outer)×\(k.axis)×\(k.inner)"
    case .alignRegions(let k):
      "align \(k.regions) regions of \(k.input.channels) @\(k.input.height)×\(k.input.width)"
        + "→\(k.output.height)×\(k.output.width)"
    case .suppressBoxes(let k): "suppress \(k.lines)×\(k.boxes) boxes, keep \(k.attributes.count)"
    case .truePlaces(let k): "true places of \(k.count)"
    case .convert(let k): "convert \(k.from.rawValue)→\(k.to.rawValue) \(k.count)"
    case .imageSteps(let k):
      "\(quantity(k.parts.count, "step")) for each of \(quantity(k.images, "image"))"
    }
  }

  /// The register tile and the split into tasks: `14p×2v, 16 tasks`.
  public var printedTiles: String {
    let share = quantity(tasks, "task")
    switch self {
    case .winogradProduct(let k): return "\(k.printedTiles), \(share)"
    case .winogradBlocks(let k): return "\(k.product.printedTiles) transformed together, \(share)"
    case .integerConvolution(let k):
      let words = k.product.isOfWords ? " of words" : ""
      return "\(k.tile.columns)p×\(k.tile.vectors)v\(words), \(share)"
    case .integerWinograd(let k):
      return
        "\(k.convolution.tile.columns)p×\(k.convolution.tile.vectors)v, blocks of \(k.blockTiles), \(share)"
    case .strassen(let k):
      return
        "\(k.product.tile.columns)p×\(k.product.tile.vectors)v, blocks of \(k.blockPixels), \(share)"
    default: break
    }
    guard case .convolution(let k) = self else { return share }
    let chunk = k.chunkBlocks.map { ", chunks of \($0)" } ?? ""
    return "\(k.tile.columns)p×\(k.tile.vectors)v\(chunk), \(share)"
  }

  /// The layout of what it reads and writes.
  public var printedLayout: String {
    func name(_ view: ImageView, _ lanes: Int) -> String {
      view.padsChannels ? "NCHW\(lanes)c" : "NCHW"
    }
    switch self {
    case .convolution(let k):
      let output = k.padsOutput ? "NCHW\(k.lanes)c" : "rows"
      return
        "\(k.channelStep == 1 ? (k.padsOutput ? "NCHW\(k.lanes)c" : "rows") : "NCHW")→\(output)"
    case .winogradInput(let k): return "NCHW\(k.geometry.lanes)c→tiles"
    case .winogradProduct(let k): return "tiles→NCHW\(k.geometry.lanes)c"
    case .resize(let k): return "NCHW\(k.lanes)c→NCHW\(k.lanes)c"
    case .winogradBlocks(let k):
      return "\(name(k.image, k.geometry.lanes))→NCHW\(k.geometry.lanes)c"
    case .strassen(let k): return "NCHW\(k.product.lanes)c→NCHW\(k.product.lanes)c"
    case .localResponse(let k): return "NCHW\(k.lanes)c→NCHW\(k.lanes)c"
    case .alignRegions(let k): return "NCHW\(k.lanes)c→NCHW\(k.lanes)c"
    case .integerConvolution(let k): return k.printedLayout
    case .integerWinograd(let k): return k.convolution.printedLayout
    case .pool(let k): return "NCHW\(k.lanes)c→NCHW\(k.lanes)c"
    case .globalAverage(let k): return "NCHW\(k.lanes)c→rows"
    case .reorder(let k):
      return name(k.input, k.lanes) + "→" + name(k.output, k.lanes)
    case .shortcut(let k): return "NCHW\(k.lanes)c→NCHW\(k.lanes)c"
    case .elementwise, .reduce, .matrixMultiply, .attention, .topIndices, .gather, .scatter,
      .suppressBoxes, .truePlaces, .convert:
      return "strided"
    case .imageSteps: return ""
    }
  }
}

extension WinogradGeometry {
  fileprivate var printedTransform: String {
    "F(\(transform.outputs),\(transform.taps))"
      + (phases.stride == 1 ? "" : " \(phases.taps)×\(phases.taps)/\(phases.stride)")
      + (rowsOnly ? " rows" : "")
  }
}

/// ` +add +relu`, and ` and +scale-shift +relu` for a second result.
private func printedEpilogue(
  _ residual: ConvolutionKernel.Steps?, _ then: UnaryFunction?,
  _ scaled: ConvolutionKernel.ScaledResult?
) -> String {
  (residual == nil ? "" : " +add") + (then.map { " +\($0.mnemonic)" } ?? "")
    + (scaled.map { " \($0.printed)" } ?? "")
}

extension ConvolutionKernel.ScaledResult {
  /// `and +scale-shift +relu`.
  var printed: String { "and +scale-shift" + (then.map { " +\($0.mnemonic)" } ?? "") }
}

extension PoolKernel {
  /// `max-pool 3×3/2`.
  fileprivate var printedWindow: String {
    "\(function == .maximum ? "max" : "average")-pool "
      + "\(pooling.kernel.height)×\(pooling.kernel.width)/\(pooling.stride.height)"
  }
}

extension WinogradProductKernel {
  fileprivate var printedName: String {
    "winograd \(geometry.printedTransform) "
      + "\(geometry.phaseChannels)→\(product.outputChannels) @\(geometry.height)×\(geometry.width)"
      + printedEpilogue(residual, then, scaled)
  }

  fileprivate var printedTiles: String {
    "\(product.tile.columns)t×\(product.tile.vectors)v, blocks of \(geometry.blockTiles)"
  }
}

extension StrassenKernel {
  fileprivate var printedName: String {
    "strassen 1×1 \(2 * product.inputChannels)→\(2 * product.outputChannels) "
      + "@\(blocksPerImage * blockPixels)"
      + printedEpilogue(product.residual, product.then, product.scaled)
  }
}

extension ConvolutionKernel {
  fileprivate var printedName: String {
    let groups =
      switch form {
      case .dense(0, _): ""
      case .dense: " grouped"
      case .lanes(let size): size == 1 ? " depthwise" : " groups of \(size)"
      }
    let stride = rowWindow.stride == 1 ? "" : "/\(rowWindow.stride)"
    let epilogue = printedEpilogue(residual, then, scaled)
    let channels: String
    if case .lanes = form {
      channels = "\(outputChannels)"
    } else {
      channels = "\(inputChannels)→\(outputChannels)"
    }
    return
      "direct \(kernel.height)×\(kernel.width)\(stride)\(groups) \(channels) @\(rows)×\(columns)\(epilogue)"
      + (weightsFormat == .float32 ? "" : " \(weightsFormat.rawValue) weights")
  }
}

extension IntegerConvolutionKernel {
  var printedName: String {
    let stride = stride.height == 1 ? "" : "/\(stride.height)"
    return
      "integer \(window.height)×\(window.width)\(stride) \(input.channels)→\(output.channels) "
      + "@\(output.height)×\(output.width) to \(output.element.rawValue)"
  }

  fileprivate var printedLayout: String {
    "NHWC→\(output.element == .uint8 ? "NHWC" : "NCHW\(lanes)c")"
  }
}

extension ElementwiseKernel {
  fileprivate var printedName: String {
    "\(function.printed) " + extents.map(String.init).joined(separator: "×")
      + (second.map { " and +\($0.printed)" } ?? "")
  }
}
