import Foundation

extension BenchmarkReport {
  /// The report as a table; with times of steps, a row per step.
  public var text: String {
    let gigaflops = rate / 1e9
    var lines = [
      "model    \(model), batch \(batch), \(threads) \(threads == 1 ? "thread" : "threads")",
      String(
        format: "time     %.4f ms median, %.4f ms minimum, %d runs", median.seconds * 1e3,
        minimum.seconds * 1e3, runs),
      String(
        format: "speed    %.1f GFLOP/s at %.4f GFLOP, %.1f %% of the peak of %.1f GFLOP/s",
        gigaflops, Double(flops) / 1e9, 100 * rate / peak, peak / 1e9),
      String(
        format: "start    %.2f s to compile, %.1f ms to load", compileTime.seconds,
        loadTime.seconds * 1e3),
      String(format: "memory   %.2f MB of workspace", Double(arenaBytes) / 1e6),
    ]
    if steps.contains(where: { $0.time != nil }) { lines += ["", "    ms  share  GFLOP/s  step"] }
    let total = steps.compactMap(\.time).reduce(.zero, +).seconds
    for step in steps {
      guard let time = step.time?.seconds else { continue }
      lines.append(
        String(
          format: "%6.3f %5.1f%% %8.1f  ", time * 1e3, 100 * time / max(total, 1e-12),
          Double(step.summary.flops) / max(time, 1e-9) / 1e9) + step.summary.name)
    }
    return lines.joined(separator: "\n")
  }

  /// The report as one JSON object, with keys in a fixed order; times of steps are null where there
  /// are none.
  public var json: String {
    let rows = steps.map { step in
      let time = step.time.map { number($0.seconds * 1e3) } ?? "null"
      return "{\"name\": \(quoted(step.summary.name)), \"median_ms\": \(time), "
        + "\"gflop\": \(number(Double(step.summary.flops) / 1e9)), \"bytes\": \(step.summary.bytes)}"
    }
    let fields = [
      ("model", quoted(model)), ("batch", "\(batch)"), ("threads", "\(threads)"),
      ("median_ms", number(median.seconds * 1e3)), ("min_ms", number(minimum.seconds * 1e3)),
      ("gflop", number(Double(flops) / 1e9)), ("gflops", number(rate / 1e9)),
      ("peak_gflops", number(peak / 1e9)), ("compile_s", number(compileTime.seconds)),
      ("load_ms", number(loadTime.seconds * 1e3)), ("arena_bytes", "\(arenaBytes)"),
      ("steps", "[\(rows.joined(separator: ", "))]"),
    ]
    return "{\(fields.map { "\"\($0)\": \($1)" }.joined(separator: ", "))}"
  }
}

private func number(_ value: Double) -> String { String(format: "%.9g", value) }

private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\u{0}"..<" ": result += String(format: "\\u%04x", scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
