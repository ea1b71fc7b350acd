import Artifacts
import Diagnostics
import Drawing
import Foundation
import Planning

extension Report {
  var rooflineSection: String {
    guard let profile else {
      return "<p>Nothing was measured: the steps' times and this machine's limits are unknown.</p>"
    }
    let plot = RooflinePlot(profile)
    return """
      <p>A dot is a step, as large as its share of the time. Operations are those that the kernel \
      does. \(plot.missing == 0 ? "" : "\(quantity(plot.missing, "step that computes nothing has", "steps that compute nothing have")) no dot.")</p>
      <div class="wide">\(plot.svg)</div>
      <p class="keys"><i class="compute"></i> bound by the multiply-adds <i class="L2"></i> L2 \
      <i class="L3"></i> L3 <i class="DRAM"></i> memory</p>
      """
  }
}

/// Operations per second over operations per byte, both logarithmic.
private struct RooflinePlot {
  private let profile: Profile
  private let dots: [(index: Int, intensity: Double, rate: Double)]
  /// Powers of ten at the ends of the axes.
  private let columns: ClosedRange<Int>
  private let rows: ClosedRange<Int>
  /// Where the plot lies in the picture.
  private let left = 54.0
  private let top = 12.0
  private let width = 720.0
  private let height = 400.0

  /// Steps without operations.
  var missing: Int { profile.rows.count - dots.count }

  init(_ profile: Profile) {
    self.profile = profile
    dots = profile.rows.enumerated().compactMap { index, row in
      guard row.step.operations > 0, row.step.bytes > 0, row.seconds > 0 else { return nil }
      return (
        index, Double(row.step.operations) / Double(row.step.bytes),
        Double(row.step.operations) / row.seconds
      )
    }
    let intensities = dots.map(\.intensity) + [1]
    let rates = dots.map(\.rate) + [max(profile.roofline.peak, 1)]
    func ends(_ values: [Double]) -> ClosedRange<Int> {
      let low = Int(log10(values.min() ?? 1).rounded(.down))
      let high = Int(log10(values.max() ?? 1).rounded(.up))
      return low...max(low + 1, high)
    }
    columns = ends(intensities)
    rows = ends(rates)
  }

  private func x(_ intensity: Double) -> Double {
    left + width * (log10(intensity) - Double(columns.lowerBound)) / Double(columns.count - 1)
  }

  private func y(_ rate: Double) -> Double {
    top + height - height * (log10(rate) - Double(rows.lowerBound)) / Double(rows.count - 1)
  }

  var svg: String {
    let (w, h) = (left + width + 12, top + height + 40)
    var text = """
      <svg class="roof" viewBox="0 0 \(w.short) \(h.short)" role="img">
      <clipPath id="plot"><rect x="\(left.short)" y="\(top.short)" width="\(width.short)" \
      height="\(height.short)"/></clipPath>

      """
    for power in columns {
      let place = x(pow(10, Double(power)))
      text += "<path class=\"tick\" d=\"M\(place.short) \(top.short)v\(height.short)\"/>"
      text += "<text class=\"axis mid\" x=\"\(place.short)\" y=\"\((top + height + 16).short)\">"
      text += "\(Self.number(power))</text>\n"
    }
    for power in rows {
      let place = y(pow(10, Double(power)))
      text += "<path class=\"tick\" d=\"M\(left.short) \(place.short)h\(width.short)\"/>"
      text += "<text class=\"axis end\" x=\"\((left - 5).short)\" y=\"\((place + 4).short)\">"
      text += "\(Self.number(power - 9))</text>\n"
    }
    text += "<text class=\"axis mid\" x=\"\((left + width / 2).short)\" "
    text += "y=\"\((top + height + 34).short)\">operations per byte</text>\n"
    text +=
      "<text class=\"axis\" x=\"\((left + 6).short)\" y=\"\((top + 14).short)\">GFLOP/s</text>\n"
    text += "<g clip-path=\"url(#plot)\">\n" + roofs + dots.map(dot).joined() + "</g>\n"
    return text + "</svg>"
  }

  private static func number(_ power: Int) -> String {
    power >= 0
      ? "1" + String(repeating: "0", count: power)
      : "0." + String(repeating: "0", count: -power - 1) + "1"
  }

  /// The peak, and the rates of the levels of memory up to where they meet it.
  private var roofs: String {
    let roofline = profile.roofline
    let peak = max(roofline.peak, 1)
    let right = left + width
    var text = "<path class=\"roofs\" d=\"M\(left.short) \(y(peak).short)H\(right.short)\"/>"
    text += "<text class=\"axis end\" x=\"\((right - 6).short)\" y=\"\((y(peak) - 5).short)\">"
    text += String(format: "peak %.0f GFLOP/s</text>\n", peak / 1e9)
    for (name, rate) in [
      ("L2", roofline.level2Rate), ("L3", roofline.level3Rate), ("DRAM", roofline.memoryRate),
    ] where rate > 0 {
      let start = pow(10, Double(columns.lowerBound))
      let (x1, y1) = (left, y(rate * start))
      let (x2, y2) = (x(peak / rate), y(peak))
      text +=
        "<path class=\"roofs \(name)\" d=\"M\(x1.short) \(y1.short)L\(x2.short) \(y2.short)\"/>"
      let place = (x: left + (x2 - left) * 0.45, y: y1 + (y2 - y1) * 0.45)
      let angle = atan2(y2 - y1, x2 - x1) * 180 / .pi
      text += "<text class=\"axis mid\" transform=\"translate(\(place.x.short) "
      text += "\((place.y - 5).short)) rotate(\(angle.short))\">\(name) "
      text += String(format: "%.0f GB/s</text>\n", rate / 1e9)
    }
    return text
  }

  private func dot(_ dot: (index: Int, intensity: Double, rate: Double)) -> String {
    let row = profile.rows[dot.index]
    let radius = 3 + 40 * (row.share / .pi).squareRoot()
    let details =
      "\(row.step.name)\n\(row.step.kernel)\n"
      + String(
        format: "%.4f ms, %.1f GFLOP/s, %.2f operations per byte", row.seconds * 1e3,
        dot.rate / 1e9, dot.intensity)
    return """
      <circle class="dot \(row.bound.bound.rawValue)" data-step="\(dot.index)" \
      cx="\(x(dot.intensity).short)" cy="\(y(dot.rate).short)" r="\(min(16, radius).short)">\
      <title>\(escaped(details))</title></circle>

      """
  }
}
