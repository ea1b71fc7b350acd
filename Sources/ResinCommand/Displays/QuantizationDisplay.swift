import Foundation
import Resin

/// Shows on standard error how far quantising is: a bar that moves on a terminal, a line per phase elsewhere.
struct QuantizationDisplay {
  private let isTerminal =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  private var lastShown: (phase: QuantizationPhase, percent: Int)?

  /// Shows how much of a phase is done, from 0 to 1.
  mutating func show(_ phase: QuantizationPhase, _ fraction: Double) {
    let percent = Int(100 * min(1, max(0, fraction)))
    guard lastShown?.phase != phase || (isTerminal && lastShown?.percent != percent) else { return }
    lastShown = (phase, percent)
    guard isTerminal else { return write("quantize: \(words(phase))\n") }
    let done = percent * 30 / 100
    let marks = String(repeating: "#", count: done) + String(repeating: "-", count: 30 - done)
    write("\rquantize [\(marks)] \(String(format: "%3d", percent)) %  \(words(phase))\u{1b}[K")
  }

  /// Removes the bar.
  mutating func clear() {
    if isTerminal, lastShown != nil { write("\r\u{1b}[K") }
    lastShown = nil
  }

  private func words(_ phase: QuantizationPhase) -> String {
    switch phase {
    case .ranges: "counting activations"
    case .biases: "comparing means"
    case .errors: "measuring the error of each layer"
    case .score: "comparing with f32"
    }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
