import Foundation

extension CompilationTimes {
  /// The times in one line: `0.935 s: reading 0.031, passes 0.012, …`.
  public var text: String {
    let phases = CompilationPhase.allCases.map { "\($0.rawValue) \(seconds(self[$0]))" }
    return "\(seconds(total)) s: \(phases.joined(separator: ", "))"
  }

  private func seconds(_ time: Duration) -> String { String(format: "%.3f", time.seconds) }
}
