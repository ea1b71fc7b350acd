import CResinRuntime
import Diagnostics
import Foundation
import Planning

extension InstructionSet {
  /// The features that this machine has: its CPU, and the operating system, which saves the registers.
  public static let host: InstructionSet = {
    let features = CPUFeature.all.map(\.detection)
    return InstructionSet(mask: resin_cpu_features(features, Int32(features.count)))
  }()

  /// What this machine lacks of the set, in words, for whoever wants to run code for it.
  public var missingHint: String {
    let missing = subtracting(.host).features.map(\.name).joined(separator: ", ")
    return "this machine has \(InstructionSet.host.level.rawValue), and lacks \(missing)"
  }

  /// The level that code is made for unless another is named: this machine's best, or a lower one that the
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
    guard let limit, !limit.isEmpty else { return host.level }
    guard let set = InstructionSet(rawValue: limit) else {
      let names = InstructionSet.levels.map(\.rawValue)
      let nearest = nearestNamesHint(for: limit, in: names)
      throw DiagnosticError(
        "unknown CPU '\(limit)'", at: .subject("environment variable \(limitVariable)"),
        hint: (nearest.map { $0 + " " } ?? "") + "give one of \(names.joined(separator: ", "))")
    }
    return set.isSubset(of: .host) ? set : set.intersection(.host).level
  }

  /// Users name in it the level that they want at most where they say `native`, or nothing.
  private static let limitVariable = "RESIN_NATIVE_CPU"
}

extension CPUFeature {
  /// Where `cpuid` tells of the feature, as the runtime asks.
  var detection: resin_cpu_feature {
    resin_cpu_feature(
      name: nil, leaf: leaf, subleaf: subleaf, word: register.rawValue, bit: bit,
      state: state.rawValue)
  }
}
