import CResinRuntime
import Foundation
import Planning

extension InstructionSet {
  /// The features that this machine has: its CPU, and the operating system, which saves the registers.
  public static let host: InstructionSet = {
    let features = CPUFeature.all(of: .host).map(\.detection)
    return InstructionSet(
      mask: resin_cpu_features(features, Int32(features.count)), of: .host)
  }()

  /// What this machine lacks of the set, in words, for whoever wants to run code for it.
  public var missingHint: String {
    guard architecture == .host else {
      return "this machine is \(Architecture.host.rawValue)"
    }
    let missing = subtracting(.host).features.map(\.name).joined(separator: ", ")
    return "this machine has \(InstructionSet.host.level.rawValue), and lacks \(missing)"
  }
}

extension Machine {
  /// What code is made for unless something else is named: this machine's best level, with what it has besides
  /// to multiply integers of 8 bits and with its caches, or what the environment variable `RESIN_NATIVE_CPU` names, as far as this machine has it.
  ///
  /// - Throws: where the variable names nothing that there is.
  public static var native: Machine {
    get throws {
      try native(limit: ProcessInfo.processInfo.environment[limitVariable])
    }
  }

  /// What `native` is where the variable has this value.
  ///
  /// - Throws: where it names nothing that there is.
  package static func native(limit: String?) throws -> Machine {
    let host = InstructionSet.host
    guard let limit, !limit.isEmpty else {
      let machine = Machine(host.levelWithProducts)
      return CacheSizes.ofThisMachine.ofOneCore.map { machine.withCaches($0) } ?? machine
    }
    let machine = try Machine(
      named: limit, at: .subject("environment variable \(limitVariable)"))
    let set = machine.instructionSet
    return set.isSubset(of: host) ? machine : Machine(set.intersection(host).level)
  }

  /// Users name in it what they want at most where they say `native`, or nothing.
  private static let limitVariable = "RESIN_NATIVE_CPU"
}

extension CPUFeature {
  /// Where the CPU or its system tells of the feature, as the runtime asks.
  var detection: resin_cpu_feature {
    resin_cpu_feature(
      name: nil, leaf: leaf, subleaf: subleaf, word: register.rawValue, bit: bit,
      state: state.rawValue)
  }
}
