import Foundation
import Resin

/// Shows on standard error what a compilation is at, in one line that goes away; only on a terminal.
struct PhaseDisplay {
  private let isTerminal =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Shows a phase in place of the one before.
  func show(_ phase: CompilationPhase) {
    let phases = CompilationPhase.allCases
    let number = (phases.firstIndex(of: phase) ?? 0) + 1
    write("\r[\(number)/\(phases.count)] \(words(phase))\u{1b}[K")
  }

  /// Removes the line.
  func clear() { write("\r\u{1b}[K") }

  private func words(_ phase: CompilationPhase) -> String {
    switch phase {
    case .reading: "reading the model"
    case .passes: "rewriting the graph"
    case .planning: "choosing algorithms"
    case .code: "generating code"
    case .packing: "packing weights"
    case .linking: "linking"
    }
  }

  private func write(_ text: String) {
    if isTerminal { FileHandle.standardError.write(Data(text.utf8)) }
  }
}
