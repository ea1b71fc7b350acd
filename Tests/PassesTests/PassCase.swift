import Diagnostics
import Foundation
import TestSupport
import Testing

/// What one pass makes of one model, as text. Read from `Cases/PASS.txt`:
///
///     # a title
///     before:
///     (model text)
///     after:
///     (the graph printed)
///
/// `unchanged` stands in place of `after:` where the pass must leave the model alone. With
/// `RESIN_UPDATE_EXPECTED=1` in the environment a test run writes what the passes made, to be
/// reviewed as a difference.
struct PassCase: Sendable, CustomTestStringConvertible {
  let pass: String
  let title: String
  let before: String
  /// nil where nothing must change.
  var after: String?

  var testDescription: String { "\(pass): \(title)" }

  static let folder = packageRoot.appendingPathComponent("Tests/PassesTests/Cases")

  static let isUpdating = ProcessInfo.processInfo.environment["RESIN_UPDATE_EXPECTED"] == "1"

  /// The cases of every file, by pass.
  static let all: [PassCase] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.sorted().flatMap { file in
      let text =
        (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? ""
      return read(text, pass: String(file.dropLast(".txt".count)))
    }
  }()

  private static func read(_ text: String, pass: String) -> [PassCase] {
    text.components(separatedBy: "\n# ").filter { !$0.isEmpty }.map { part in
      let plain = part.hasPrefix("# ") ? String(part.dropFirst(2)) : part
      let lines = plain.components(separatedBy: "\n")
      let end = lines.firstIndex { $0 == "after:" || $0 == "unchanged" } ?? lines.count
      let isUnchanged = end < lines.count && lines[end] == "unchanged"
      let after = lines.dropFirst(end + 1).joined(separator: "\n")
        .trimmingCharacters(in: .whitespacesAndNewlines)
      return PassCase(
        pass: pass, title: lines[0], before: lines[2..<end].joined(separator: "\n"),
        after: isUnchanged ? nil : after)
    }
  }

  /// Writes the cases of one pass with what was made of them.
  static func write(_ cases: [PassCase], pass: String) throws {
    let parts = cases.map { one in
      "# \(one.title)\nbefore:\n\(one.before)\n"
        + (one.after.map { "after:\n\($0)\n" } ?? "unchanged\n")
    }
    let file = folder.appendingPathComponent("\(pass).txt")
    try parts.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
  }
}
