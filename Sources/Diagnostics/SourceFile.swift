/// A text that diagnostics point into: its path as the user wrote it, and its bytes.
public final class SourceFile: Sendable {
  /// The path to show in messages.
  public let path: String
  /// The text as UTF-8.
  public let utf8: [UInt8]
  /// The offset of the first byte of each line.
  private let lineStarts: [Int]

  /// Creates a source file from its path and text.
  public init(path: String, text: String) {
    self.path = path
    self.utf8 = Array(text.utf8)
    var starts = [0]
    for (offset, byte) in utf8.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    self.lineStarts = starts
  }

  /// The one-based line and column of a byte offset; columns count characters, not bytes.
  public func lineAndColumn(of offset: Int) -> (line: Int, column: Int) {
    let bounded = min(max(offset, 0), utf8.count)
    var low = 0
    var high = lineStarts.count
    while low + 1 < high {
      let middle = (low + high) / 2
      if lineStarts[middle] <= bounded { low = middle } else { high = middle }
    }
    let prefix = String(decoding: utf8[lineStarts[low]..<bounded], as: UTF8.self)
    return (low + 1, prefix.count + 1)
  }

  /// The text of a one-based line, without its line break.
  public func text(ofLine line: Int) -> String {
    guard line >= 1, line <= lineStarts.count else { return "" }
    let start = lineStarts[line - 1]
    var end = line < lineStarts.count ? lineStarts[line] - 1 : utf8.count
    if end > start, utf8[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return String(decoding: utf8[start..<end], as: UTF8.self)
  }
}

/// A half-open range of bytes in a source file.
public struct SourceRange: Sendable, Equatable {
  /// The file that the range lies in.
  public let file: SourceFile
  /// The offset of the first byte.
  public let start: Int
  /// The offset after the last byte.
  public let end: Int

  /// Creates the range `start..<end` of `file`.
  public init(file: SourceFile, start: Int, end: Int) {
    self.file = file
    self.start = start
    self.end = max(start, end)
  }

  public static func == (left: SourceRange, right: SourceRange) -> Bool {
    left.file === right.file && left.start == right.start && left.end == right.end
  }
}
