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
    let cells = headings.map {
      "<th scope=\"col\"><button type=\"button\"\(ReportWord.tip($0))>\($0)</button></th>"
    }
    let rows = zip(plan.steps, plan.stepSummaries).enumerated().map { index, pair in
      "<tr id=\"step\(index)\">\(self.cells(index, pair.0, pair.1).joined())</tr>"
    }
    return """
      <div class="wide" tabindex="0" role="region" aria-label="Steps"><table class="steps"><thead><tr>\(cells.joined())</tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  private func cells(_ index: Int, _ step: Step, _ summary: StepSummary) -> [String] {
    func number(_ value: Double, _ shown: String) -> String {
      "<td class=\"num\" data-value=\"\(value)\">\(shown)</td>"
    }
    func bytes(_ count: Int) -> String { number(Double(count), printedBytes(count)) }
    var cells = [
      number(Double(index), "\(index)"),
      "<td class=\"name\" title=\"\(escaped(step.nodes.joined(separator: ", ")))\">\(escaped(step.name))</td>",
      "<td class=\"words\">\(escaped(step.kernel.printedName))<br><small>\(escaped(step.kernel.printedTiles))</small></td>",
    ]
    if let profile {
      let row = profile.rows[index]
      let part = row.bound.seconds / max(row.seconds, 1e-9)
      cells += [
        number(row.seconds, String(format: "%.4f", row.seconds * 1e3)),
        number(row.share, String(format: "%.1f %%", 100 * row.share)),
        number(row.rate, String(format: "%.1f", row.rate / 1e9)),
        number(part, String(format: "%.0f %%", 100 * part)),
        "<td>\(row.bound.bound.rawValue)</td>",
      ]
    }
    cells += [
      number(Double(step.flops), String(format: "%.2f", Double(step.flops) / 1e6)),
      bytes(summary.weightBytes), bytes(summary.readBytes), bytes(summary.writtenBytes),
      "<td class=\"words\">\(candidates(of: step))</td>",
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
          let tag = candidate.algorithm == choice.pick ? "b" : "span"
          return "<\(tag)>\(text)</\(tag)>"
        }.joined(separator: " ")
      }
    }.joined(separator: "; ")
  }
}
