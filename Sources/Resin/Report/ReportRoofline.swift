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
    let plots = [RooflinePlot(profile, .large), RooflinePlot(profile, .small)]
    let missing = plots[0].missing
    let without =
      missing == 0
      ? ""
      : " \(quantity(missing, "step that computes nothing has", "steps that compute nothing have")) no dot."
    return """
      <p>A dot is a step, as large as its share of the time. The further right it is, the more it computes for each \
      byte that it reads or writes; the higher, the more it computes in a second, up to what the lines allow. \
      Operations are those that the kernel does.\(without)</p>
      <div class="plot">\(plots.map(\.svg).joined())
      \(rooflineKeys(profile.roofline))</div>
      """
  }

  /// What the colours of dots and lines mean, with this machine's limits.
  private func rooflineKeys(_ roofline: Roofline) -> String {
    let keys: [(Bound, String, Double, String)] = [
      (.compute, "bound by the multiply-adds, at most", roofline.peak, "GFLOP/s"),
      (.level2, "by the L2 cache,", roofline.level2Rate, "GB/s"),
      (.level3, "by the L3 cache,", roofline.level3Rate, "GB/s"),
      (.memory, "by memory (DRAM),", roofline.memoryRate, "GB/s"),
    ]
    let items = keys.filter { $0.2 > 0 }.map { bound, words, rate, unit in
      "<li><i class=\"\(bound.rawValue)\"></i> \(words) \(String(format: "%.0f", rate / 1e9)) \(unit)</li>"
    }
    return "<ul class=\"keys\">\(items.joined())</ul>"
  }
}

/// Operations per second over operations per byte, both logarithmic.
private struct RooflinePlot {
  /// A picture for screens, and one for phones, whose letters are as large.
  enum Size: String {
    case large
    case small
  }

  private let profile: Profile
  private let size: Size
  private let dots: [(index: Int, intensity: Double, rate: Double)]
  /// The ends of the axes, round numbers.
  private let columns: ClosedRange<Double>
  private let rows: ClosedRange<Double>
  /// Where the plot lies in the picture.
  private let left = 50.0
  private let top = 26.0
  private let width: Double
  private let height: Double

  /// Steps without operations.
  var missing: Int { profile.rows.count - dots.count }

  init(_ profile: Profile, _ size: Size) {
    self.profile = profile
    self.size = size
    (width, height) = size == .large ? (820, 400) : (276, 280)
    dots = profile.rows.enumerated().compactMap { index, row in
      guard row.step.operations > 0, row.step.bytes > 0, row.seconds > 0 else { return nil }
      return (
        index, Double(row.step.operations) / Double(row.step.bytes),
        Double(row.step.operations) / row.seconds
      )
    }
    /// With room for the dots at the ends.
    func ends(_ values: [Double]) -> ClosedRange<Double> {
      let low = RoundTicks.roundDown((values.min() ?? 1) / 1.2)
      return low...max(10 * low, RoundTicks.roundUp(1.2 * (values.max() ?? 1)))
    }
    columns = ends(dots.map(\.intensity) + [1])
    rows = ends(dots.map { $0.rate / 1e9 } + [max(profile.roofline.peak, 1) / 1e9])
  }

  private func x(_ intensity: Double) -> Double {
    left + width * log(intensity / columns.lowerBound)
      / log(columns.upperBound / columns.lowerBound)
  }

  private func y(_ rate: Double) -> Double {
    top + height
      - height * log(rate / 1e9 / rows.lowerBound) / log(rows.upperBound / rows.lowerBound)
  }

  var svg: String {
    let (w, h) = (left + width + 16, top + height + 40)
    var text = """
      <svg class="roof \(size.rawValue)" viewBox="0 0 \(w.short) \(h.short)" role="img" \
      aria-label="The roofline: steps by operations per byte and per second">
      <clipPath id="plot-\(size.rawValue)"><rect x="\(left.short)" y="\(top.short)" \
      width="\(width.short)" height="\(height.short)"/></clipPath>

      """
    for value in RoundTicks.logarithmic(columns, count: Int(width / 46)) {
      let place = x(value)
      text += "<path class=\"tick\" d=\"M\(place.short) \(top.short)v\(height.short)\"/>"
      text += "<text class=\"axis mid\" x=\"\(place.short)\" y=\"\((top + height + 19).short)\">"
      text += "\(value.label)</text>\n"
    }
    for value in RoundTicks.logarithmic(rows, count: Int(height / 26)) {
      let place = y(value * 1e9)
      text += "<path class=\"tick\" d=\"M\(left.short) \(place.short)h\(width.short)\"/>"
      text += "<text class=\"axis end\" x=\"\((left - 6).short)\" y=\"\((place + 4).short)\">"
      text += "\(value.label)</text>\n"
    }
    text += "<text class=\"axis mid\" x=\"\((left + width / 2).short)\" "
    text += "y=\"\((top + height + 35).short)\">operations per byte</text>\n"
    text += "<text class=\"axis\" x=\"2\" y=\"12\">GFLOP/s</text>\n"
    text += "<g clip-path=\"url(#plot-\(size.rawValue))\">\n\(roofs)</g>\n"
    return text + dots.map(dot).joined() + "</svg>\n"
  }

  /// The peak, and the rates of the levels of memory up to where they meet it.
  private var roofs: String {
    let roofline = profile.roofline
    let peak = max(roofline.peak, 1)
    let (start, right) = (columns.lowerBound, left + width)
    var text = """
      <path class="roofs compute" d="M\(left.short) \(y(peak).short)H\(right.short)"><title>\
      \(String(format: "the multiply-adds: %.0f GFLOP/s", peak / 1e9))</title></path>

      """
    for (bound, name, rate) in [
      (Bound.level2, "the L2 cache", roofline.level2Rate),
      (.level3, "the L3 cache", roofline.level3Rate), (.memory, "memory", roofline.memoryRate),
    ] where rate > 0 {
      text += """
        <path class="roofs \(bound.rawValue)" d="M\(left.short) \(y(rate * start).short)\
        L\(x(peak / rate).short) \(y(peak).short)"><title>\
        \(name): \(String(format: "%.0f GB/s", rate / 1e9))</title></path>

        """
    }
    return text
  }

  private func dot(_ dot: (index: Int, intensity: Double, rate: Double)) -> String {
    let row = profile.rows[dot.index]
    let radius = 3 + 40 * (row.share / .pi).squareRoot()
    let details =
      "\(row.step.name)\n\(row.step.kernel)\n"
      + String(
        format: "%.4f ms, %.1f %% of the time\n%.1f GFLOP/s, %.2f operations per byte",
        row.seconds * 1e3, 100 * row.share, dot.rate / 1e9, dot.intensity)
      + "\nbound: \(row.bound.bound.rawValue)"
    return """
      <circle class="dot \(row.bound.bound.rawValue)" data-step="\(dot.index)" \
      cx="\(x(dot.intensity).short)" cy="\(y(dot.rate).short)" r="\(min(16, radius).short)">\
      <title>\(escaped(details))</title></circle>

      """
  }
}

extension Double {
  /// A round number without digits that say nothing: `0.05`, `1`, `2000`.
  fileprivate var label: String {
    self == rounded() ? String(format: "%.0f", self) : String(format: "%g", self)
  }
}
