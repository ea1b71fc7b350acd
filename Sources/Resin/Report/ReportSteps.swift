import Artifacts
import Drawing
import Foundation
import Planning

extension Report {
  /// A row per step; a click on a heading sorts.
  var stepTable: String {
    var headings = ["#", "step", "kernel"]
    if profile != nil { headings += ["ms", "share", "GFLOP/s", "of bound", "bound"] }
    headings += ["MFLOP", "weights", "read", "written", "candidates"]
    let cells = headings.map { "<th scope=\"col\"><button type=\"button\">\($0)</button></th>" }
    let rows = zip(plan.steps, plan.stepSummaries).enumerated().map { index, pair in
      "<tr id=\"step\(index)\">\(self.cells(index, pair.0, pair.1).joined())</tr>"
    }
    return """
      <div class="wide"><table class="steps"><thead><tr>\(cells.joined())</tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  private func cells(_ index: Int, _ step: Step, _ summary: StepSummary) -> [String] {
    func text(_ value: String, details: String = "") -> String {
      "<td\(details.isEmpty ? "" : " title=\"\(escaped(details))\"")>\(escaped(value))</td>"
    }
    func number(_ value: Double, _ shown: String) -> String {
      "<td class=\"num\" data-value=\"\(value)\">\(shown)</td>"
    }
    func bytes(_ count: Int) -> String { number(Double(count), printedBytes(count)) }
    var cells = [
      number(Double(index), "\(index)"),
      text(step.name, details: step.nodes.joined(separator: ", ")),
      text(step.kernel.printedName, details: step.kernel.printedTiles),
    ]
    if let profile {
      let row = profile.rows[index]
      let part = row.bound.seconds / max(row.seconds, 1e-9)
      cells += [
        number(row.seconds, String(format: "%.4f", row.seconds * 1e3)),
        number(row.share, String(format: "%.1f %%", 100 * row.share)),
        number(row.rate, String(format: "%.1f", row.rate / 1e9)),
        number(part, String(format: "%.0f %%", 100 * part)), text(row.bound.bound.rawValue),
      ]
    }
    cells += [
      number(Double(step.flops), String(format: "%.2f", Double(step.flops) / 1e6)),
      bytes(summary.weightBytes), bytes(summary.readBytes), bytes(summary.writtenBytes),
      "<td>\(candidates(of: step))</td>",
    ]
    return cells
  }

  /// What was weighed for a convolution, the pick in bold; for the steps of an image, by part.
  private func candidates(of step: Step) -> String {
    ([step] + step.parts).compactMap { step in
      step.choice.map { choice in
        choice.candidates.map { candidate in
          let measured =
            tuned(choice, candidate.algorithm)
            .map { String(format: ", %.4f ms", $0) } ?? ""
          let text =
            "\(candidate.algorithm.rawValue) (\(Int(candidate.cycles / 1000)) kcycles\(measured))"
          return candidate.algorithm == choice.pick ? "<b>\(text)</b>" : text
        }.joined(separator: " ")
      }
    }.joined(separator: "; ")
  }
}
