import ArgumentParser
import Diagnostics
import Planning

/// What system code is for, for commands that need not run it.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The system to compile for: \(TargetOptions.list) (default: this machine's).",
      valueName: "system"), completion: .list(Platform.allCases.map(\.rawValue)))
  var target: String?

  /// The platform that the option names.
  func platform() throws -> Platform {
    guard let target else { return .host }
    guard let platform = Platform(rawValue: target) else {
      let names = Platform.allCases.map(\.rawValue)
      throw DiagnosticError(
        "unknown target '\(target)'",
        hint: (nearestNamesHint(for: target, in: names).map { $0 + " " } ?? "")
          + "give one of \(Self.list)")
    }
    return platform
  }

  private static let list = Platform.allCases.map(\.rawValue).joined(separator: ", ")
}
