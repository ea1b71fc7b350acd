import Foundation
import TestSupport

/// A block of a document that is marked as `sh`, commands, or as `console`, commands with what they
/// print.
struct ShellBlock {
  /// The document's path in the package.
  let document: String
  /// The line of the first command.
  let line: Int
  let commands: [Command]
  /// Why the block cannot be run by a test, as `<!-- not run: … -->` before it says.
  let reasonNotToRun: String?

  /// One command, or a whole block of them where nothing is said of what they print.
  struct Command {
    var text: String
    /// What is printed; nil where the document does not say.
    var output: [String]?
  }

  /// All blocks of a document, in order.
  static func all(in document: String) throws -> [ShellBlock] {
    let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
    let lines = text.components(separatedBy: "\n")
    var blocks: [ShellBlock] = []
    for (index, line) in lines.enumerated() where line == "```sh" || line == "```console" {
      let body = Array(lines[(index + 1)...].prefix { $0 != "```" })
      let remark = index > 0 ? lines[index - 1].wholeMatch(of: /<!-- not run: (.+) -->/) : nil
      blocks.append(
        ShellBlock(
          document: document, line: index + 2,
          commands: line == "```sh"
            ? [Command(text: body.joined(separator: "\n"))] : session(body),
          reasonNotToRun: remark.map { String($0.1) }))
    }
    return blocks
  }

  /// The commands of a session, those behind `$ `, each with the lines up to the next.
  private static func session(_ lines: [String]) -> [Command] {
    var commands: [Command] = []
    var endOfText: String?
    for line in lines {
      if let end = endOfText {
        commands[commands.count - 1].text += "\n" + line
        if line == end { endOfText = nil }
      } else if line.hasPrefix("$ ") {
        commands.append(Command(text: String(line.dropFirst(2)), output: []))
        endOfText = line.firstMatch(of: /<<'(\w+)'/).map { String($0.1) }
      } else if !commands.isEmpty {
        commands[commands.count - 1].output?.append(line)
      }
    }
    return commands
  }
}

/// Whether what a command prints is what a document says: `...` stands for any lines, or for the rest
/// of one, and times, rates and shares may be any number.
func isShown(_ printed: String, as shown: [String]) -> Bool {
  func comparable(_ line: String) -> String {
    line.replacing(/\d+(\.\d+)?(?= (ms|s|GFLOP\/s|GB\/s|%))/, with: "#")
      .split(separator: " ").joined(separator: " ")
  }
  func matches(_ lines: ArraySlice<String>, _ patterns: ArraySlice<String>) -> Bool {
    guard let pattern = patterns.first else { return lines.isEmpty }
    if pattern == "..." {
      return (lines.startIndex...lines.endIndex).contains {
        matches(lines[$0...], patterns.dropFirst())
      }
    }
    guard let line = lines.first else { return false }
    let fits =
      pattern.hasSuffix("...") ? line.hasPrefix(pattern.dropLast(3)) : line == pattern
    return fits && matches(lines.dropFirst(), patterns.dropFirst())
  }
  var lines = printed.components(separatedBy: "\n").map(comparable)
  while lines.last == "" { lines.removeLast() }
  return matches(lines[...], shown.map(comparable)[...])
}
