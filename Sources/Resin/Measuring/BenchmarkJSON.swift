import Artifacts
import Foundation

extension BenchmarkReport {
  /// The report as one JSON object, with keys in a fixed order; what only a profile knows of a step
  /// is null without one.
  public var json: String {
    let rows = steps.indices.map { index in
      object(fields(of: steps[index], profile?.rows[index]))
    }
    return object([
      ("model", quoted(model)), ("batch", "\(batch)"), ("threads", "\(threads)"),
      ("runs", "\(times.count)"), ("median_ms", number(times.median.seconds * 1e3)),
      ("p90_ms", number(times.percentile(90).seconds * 1e3)),
      ("p99_ms", number(times.percentile(99).seconds * 1e3)),
      ("min_ms", number(times.minimum.seconds * 1e3)),
      ("images_per_second", imagesPerSecond.map(number) ?? "null"),
      ("gflop", number(Double(flops) / 1e9)), ("gflops", number(rate / 1e9)),
      ("peak_gflops", number(peak / 1e9)), ("compile_s", number(compileTimes.total.seconds)),
      ("compile_phases_s", phases),
      ("load_ms", number(loadTime.seconds * 1e3)), ("arena_bytes", "\(arenaBytes)"),
      ("doubts", "[\(doubts.map(quoted).joined(separator: ", "))]"),
      ("steps", "[\(rows.joined(separator: ", "))]"),
    ])
  }

  private var phases: String {
    object(
      CompilationPhase.allCases.map { ($0.rawValue, number(compileTimes[$0].seconds)) })
  }

  private func fields(of step: StepSummary, _ row: Profile.Row?) -> [(String, String)] {
    let limits = row.map { row in
      object(Bound.allCases.map { ($0.rawValue, number((row.limits[$0] ?? 0) * 1e3)) })
    }
    return [
      ("name", quoted(step.name)), ("kernel", quoted(step.kernel)),
      ("median_ms", row.map { number($0.seconds * 1e3) } ?? "null"),
      ("share", row.map { number($0.share) } ?? "null"),
      ("gflop", number(Double(step.flops) / 1e9)),
      ("gflops", row.map { number($0.rate / 1e9) } ?? "null"),
      ("peak_share", row.map { number($0.rate / peak) } ?? "null"), ("bytes", "\(step.bytes)"),
      ("weight_bytes", "\(step.weightBytes)"), ("read_bytes", "\(step.readBytes)"),
      ("written_bytes", "\(step.writtenBytes)"),
      ("bound", row.map { quoted($0.bound.bound.rawValue) } ?? "null"),
      ("limits_ms", limits ?? "null"),
    ]
  }
}
