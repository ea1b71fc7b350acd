import Diagnostics
import Drawing
import Foundation
import Planning

extension Report {
  var memorySummary: String {
    let ratio =
      plan.livenessBytes == 0 ? 1 : Double(plan.arenaBytes) / Double(plan.livenessBytes)
    return "Steps go from left to right, addresses of the workspace from top to bottom. "
      + "\(quantity(plan.buffers.count, "buffer shares", "buffers share")) \(printedBytes(plan.arenaBytes)), "
      + String(format: "%.3f", ratio) + " times what is alive at once."
  }

  /// The workspace over time: a rectangle per buffer, from the first to the last step that touches it.
  var memoryPicture: String {
    let steps = max(1, (plan.buffers.map(\.lastStep).max() ?? 0) + 1)
    let column = max(8.0, min(40, 1100 / Double(steps)))
    let (left, top, height) = (64.0, 22.0, 380.0)
    let width = left + column * Double(steps) + 12
    let scale = height / Double(max(1, plan.arenaBytes))
    var text = ""
    let every = max(1, Int(RoundTicks.roundUp(40 / column)))
    for step in stride(from: 0, to: steps, by: every) {
      let x = left + column * Double(step)
      text += "<path class=\"tick\" d=\"M\(x.short) \(top.short)v\(height.short)\"/>"
      text += "<text class=\"axis\" x=\"\((x + 2).short)\" y=\"14\">\(step)</text>\n"
    }
    for bytes in RoundTicks.linear(to: Double(plan.arenaBytes), count: 6) {
      let y = top + bytes * scale
      text += "<text class=\"axis end\" x=\"\((left - 5).short)\" y=\"\((y + 4).short)\">"
      text += "\(roundBytes(bytes))</text>\n"
    }
    for (index, buffer) in plan.buffers.enumerated() where buffer.lastStep >= 0 {
      let x = left + column * Double(buffer.firstStep)
      let w = column * Double(buffer.lastStep - buffer.firstStep + 1)
      let y = top + Double(buffer.offset) * scale
      text += rectangle(buffer, index, x, y, w, max(0.5, Double(buffer.bytes) * scale))
    }
    let total = top + height + 8
    return Self.view(
      "arena",
      """
      <svg class="memory" data-width="\(width.short)" data-height="\(total.short)" \
      viewBox="0 0 \(width.short) \(total.short)">
      \(text)</svg>
      """)
  }

  /// A buffer with its name, as large as there is room for: the page's script hides what cannot be read until a reader
  /// zooms.
  private func rectangle(
    _ buffer: Buffer, _ index: Int, _ x: Double, _ y: Double, _ w: Double, _ h: Double
  ) -> String {
    let end = buffer.offset + buffer.bytes
    let details =
      "\(buffer.name)\n\(printedBytes(buffer.bytes)) at "
      + "0x\(String(buffer.offset, radix: 16))–0x\(String(end, radix: 16))\n"
      + "steps \(buffer.firstStep) to \(buffer.lastStep)"
    let isUpright = h > w
    let (long, short) = isUpright ? (h, w) : (w, h)
    let letters = Double(max(1, buffer.name.count))
    let size = max(0.5, min(11, short * 0.75, long * 0.95 / (0.62 * letters)))
    let (cx, cy) = (x + w / 2, y + h / 2)
    let turned = isUpright ? " transform=\"rotate(-90 \(cx.short) \(cy.short))\"" : ""
    return """
      <g><title>\(escaped(details))</title><rect class="c\(index % 6)" x="\(x.short)" \
      y="\(y.short)" width="\(w.short)" height="\(h.short)"/><text x="\(cx.short)" \
      y="\((cy + size * 0.35).short)" font-size="\(size.short)"\(turned)>\(escaped(buffer.name))\
      </text></g>

      """
  }
}

/// A round number of bytes in the unit that suits it: `500 kB`, `2 MB`.
private func roundBytes(_ bytes: Double) -> String {
  switch bytes {
  case ..<1000: String(format: "%.0f B", bytes)
  case ..<1_000_000: String(format: "%g kB", bytes / 1e3)
  default: String(format: "%g MB", bytes / 1e6)
  }
}

extension Double {
  /// As few digits as a picture needs.
  var short: String {
    let text = String(format: "%.2f", self)
    let trimmed = text.hasSuffix("00") ? String(text.dropLast(3)) : text
    return trimmed == "-0" ? "0" : trimmed
  }
}
