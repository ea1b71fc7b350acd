import Diagnostics
import Foundation
import Planning

extension CandidateTimes {
  /// A row per algorithm of every layer, then how well the estimates chose.
  public var text: String {
    let header = ["nodes", "estimated ms", "measured ms", "ratio", "algorithm", "layer"]
    let rows = layers.flatMap { layer in
      layer.candidates.enumerated().map { index, candidate in
        [
          index == 0 ? "\(layer.nodes.count)" : "", milliseconds(candidate.estimated),
          candidate.measured.map(milliseconds) ?? "-",
          candidate.measured.map { String(format: "%.2f", candidate.estimated / $0) } ?? "-",
          candidate.algorithm.rawValue + marks(candidate, of: layer),
          index == 0 ? "\(layer.nodes[0]): \(layer.text)" : "",
        ]
      }
    }
    return alignedTable([header] + rows, rightAligned: 0..<4) + "\n" + summary
  }

  private func marks(_ candidate: Candidate, of layer: Layer) -> String {
    let fastest = layer.candidates.compactMap(\.measured).min()
    return (candidate.algorithm == layer.pick ? " ◀" : "")
      + (layer.candidates.count > 1 && candidate.measured != nil && candidate.measured == fastest
        ? " fastest" : "")
  }

  private var summary: String {
    let near = layers.compactMap(\.pickOverFastest)
    let estimates = layers.compactMap(\.estimateOverMeasured)
    return """
      the pick (◀) is within 5 % of the fastest in \(near.count { $0 <= 1.05 }) of \
      \(quantity(near.count, "layer"))
      its estimate is within 25 % of the measured time in \
      \(estimates.count { (0.75...1.25).contains($0) }) of \(quantity(estimates.count, "layer"))
      the fastest everywhere would save \(String(format: "%.1f", 100 * possibleSaving)) % of the convolutions' time
      """
  }

  /// One JSON object: the layers with their candidates, and the saving that is possible.
  public var json: String {
    let layers = layers.map { layer in
      let candidates = layer.candidates.map { candidate in
        object([
          ("algorithm", quoted(candidate.algorithm.rawValue)),
          ("estimated_ms", number(candidate.estimated * 1e3)),
          ("measured_ms", candidate.measured.map { number($0 * 1e3) } ?? "null"),
        ])
      }
      return object([
        ("layer", quoted(layer.text)),
        ("nodes", "[\(layer.nodes.map(quoted).joined(separator: ", "))]"),
        ("pick", quoted(layer.pick.rawValue)),
        ("candidates", "[\(candidates.joined(separator: ", "))]"),
      ])
    }
    return object([
      ("model", quoted(model)), ("plan_threads", "\(threads)"),
      ("possible_saving", number(possibleSaving)),
      ("layers", "[\(layers.joined(separator: ", "))]"),
    ])
  }

  private func milliseconds(_ seconds: Double) -> String {
    String(format: "%.4f", seconds * 1e3)
  }
}
