import Diagnostics
import Foundation
import Resin

/// Shows on standard error how far measuring has come: a bar that moves on a terminal, a line per
/// round elsewhere.
struct TuningDisplay {
  private let cache: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private let start = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?
  private var lastRound = -1

  /// Creates a display; `cache` is the file where the times go.
  init(cache: String) { self.cache = cache }

  /// Shows a state.
  mutating func show(_ progress: TuningProgress) {
    let isNewRound = progress.round != lastRound
    lastRound = progress.round
    if progress.round == progress.rounds {
      if isTerminal, lastShown != nil { write("\r\u{1b}[K") }
      let seconds = String(format: "%.1f s", (clock.now - start).seconds)
      write(
        progress.rounds == 0
          ? "tuning: all times are known from \(cache)\n"
          : "tuning: done in \(seconds); times are in \(cache)\n")
    } else if isTerminal {
      // A bar that moves more often than anybody sees would cost the time that is measured.
      guard isNewRound || lastShown.map({ clock.now - $0 > .milliseconds(100) }) ?? true else {
        return
      }
      lastShown = clock.now
      write("\r\(bar(progress))\u{1b}[K")
    } else if isNewRound {
      write("tuning: \(words(progress))\n")
    }
  }

  private func words(_ progress: TuningProgress) -> String {
    let layers = quantity(progress.layers, "layer")
    return "round \(progress.round + 1) of \(progress.rounds), \(layers)"
  }

  private func bar(_ progress: TuningProgress) -> String {
    let width = 30
    let done = Int(Double(width) * min(1, max(0, progress.fraction)))
    let marks = String(repeating: "#", count: done) + String(repeating: "-", count: width - done)
    var line =
      "tuning [\(marks)] \(String(format: "%3.0f", 100 * progress.fraction)) %  \(words(progress))"
    if progress.fraction > 0.02 {
      let elapsed = (clock.now - start).seconds
      line += String(format: ", %.0f s left", elapsed / progress.fraction - elapsed)
    }
    return line
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
