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
