import CResinRuntime
import Diagnostics
import Foundation
import Planning

extension InstructionSet {
  /// The highest level that this machine has.
  public static var host: InstructionSet {
    switch resin_cpu_level() {
    case 4: .avx512
    case 3: .avx2
    default: .baseline
    }
  }

  /// The level that code is made for unless another is named: this machine's, or a lower one that the
  /// environment variable `RESIN_NATIVE_CPU` names.
  ///
  /// - Throws: where the variable names no level.
  public static var native: InstructionSet {
    get throws {
      try native(limit: ProcessInfo.processInfo.environment[limitVariable])
    }
  }

  /// What `native` is where the variable has this value.
  ///
  /// - Throws: where it names no level.
  package static func native(limit: String?) throws -> InstructionSet {
    guard let limit, !limit.isEmpty else { return .host }
    guard let level = InstructionSet(rawValue: limit) else {
      let names = InstructionSet.allCases.map(\.rawValue)
      let nearest = nearestNamesHint(for: limit, in: names)
      throw DiagnosticError(
        "unknown CPU '\(limit)'", at: .subject("environment variable \(limitVariable)"),
        hint: (nearest.map { $0 + " " } ?? "") + "give one of \(names.joined(separator: ", "))")
    }
    return min(.host, level)
  }

  /// Users name in it the level that they want at most where they say `native`, or nothing.
  private static let limitVariable = "RESIN_NATIVE_CPU"
}
