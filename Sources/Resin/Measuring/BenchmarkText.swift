import Artifacts
import Diagnostics
import Foundation
import Planning

extension BenchmarkReport {
  /// The report as text; with a profile, a table with a row per step.
  public var text: String {
    let atOnce = threads == 1 ? "" : " at once"
    let runs = imagesPerSecond == nil ? "" : ", \(quantity(threads, "run"))\(atOnce)"
    var lines = [
      "model    \(model), batch \(batch), \(quantity(threads, "thread"))\(runs)",
      String(
        format: "time     %.4f ms median, %.4f ms p90, %.4f ms p99, %.4f ms minimum, %d runs",
        times.median.seconds * 1e3, times.percentile(90).seconds * 1e3,
        times.percentile(99).seconds * 1e3, times.minimum.seconds * 1e3, times.count),
    ]
    if let imagesPerSecond {
      lines.append(String(format: "images   %.1f a second", imagesPerSecond))
    }
    lines += [
      String(
        format: "speed    %.1f GFLOP/s at %.4f GFLOP, %.1f %% of the peak of %.1f GFLOP/s",
        rate / 1e9, Double(flops) / 1e9, 100 * rate / peak, peak / 1e9),
      String(
        format: "start    %.2f s to compile, %.1f ms to load", compileTimes.total.seconds,
        loadTime.seconds * 1e3),
      String(format: "memory   %.2f MB of workspace", Double(arenaBytes) / 1e6),
    ]
    return (lines + (profile.map { [$0.text] } ?? [])).joined(separator: "\n")
  }
}

extension Profile {
  /// The limits of the machine, a row per step, and their sum.
  public var text: String {
    let header = [
      "ms", "share", "GFLOP/s", "of peak", "weights", "read", "written", "of bound", "bound",
      "kernel", "step",
    ]
    let table = alignedTable([header] + rows.map(cells) + [total], rightAligned: 0..<8)
    return "\(limitsLine)\n\n\(table.dropLast())"
  }

  private var limitsLine: String {
    String(
      format: "limits   %.1f GFLOP/s; reading L2 %.0f, L3 %.0f, DRAM %.0f GB/s",
      roofline.peak / 1e9, roofline.level2Rate / 1e9, roofline.level3Rate / 1e9,
      roofline.memoryRate / 1e9)
  }

  private func cells(_ row: Row) -> [String] {
    measures(row.seconds, share: row.share, flops: row.step.flops)
      + [row.step.weightBytes, row.step.readBytes, row.step.writtenBytes].map(megabytes) + [
        percent(row.bound.seconds / max(row.seconds, 1e-9)), row.bound.bound.rawValue,
        row.step.kernel, row.step.name,
      ]
  }

  /// The sums; the share of the bound is the part of the time that the bounds explain.
  private var total: [String] {
    func sum(_ count: KeyPath<StepSummary, Int>) -> Int {
      rows.reduce(0) { $0 + $1.step[keyPath: count] }
    }
    let least = rows.reduce(0) { $0 + $1.bound.seconds }
    return measures(seconds, share: 1, flops: sum(\.flops))
      + [sum(\.weightBytes), sum(\.readBytes), sum(\.writtenBytes)].map(megabytes)
      + [percent(least / max(seconds, 1e-9)), "", "", "total of \(quantity(rows.count, "step"))"]
  }

  private func measures(_ seconds: Double, share: Double, flops: Int) -> [String] {
    let rate = Double(flops) / max(seconds, 1e-9)
    return [
      String(format: "%.4f", seconds * 1e3), String(format: "%.1f %%", 100 * share),
      String(format: "%.1f", rate / 1e9), percent(rate / max(roofline.peak, 1)),
    ]
  }

  private func percent(_ part: Double) -> String { String(format: "%.0f %%", 100 * part) }

  private func megabytes(_ bytes: Int) -> String {
    String(format: "%.3f MB", Double(bytes) / 1e6)
  }
}
