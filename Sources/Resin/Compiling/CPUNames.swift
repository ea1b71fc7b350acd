import Artifacts
import Diagnostics
import Planning

extension Machine {
  /// The machine that a name on the command line stands for; see `native` and
  /// `init(named:for:at:besides:)`.
  ///
  /// - Throws: where there is none of that name, or of the one that limits `native`.
  public init(cpu name: String, of platform: Platform = .host) throws {
    guard platform != .host else {
      self = name == "native" ? try .native : try Machine(named: name, besides: ["native"])
      return
    }
    guard name != "native" else {
      throw DiagnosticError(
        "the CPU 'native' is this machine's, which is no \(platform.rawValue)",
        hint: "leave --cpu out for code that runs on every CPU of \(platform.rawValue)")
    }
    self = try Machine(named: name, for: platform)
  }

  /// The machine of any platform that a name stands for.
  ///
  /// - Throws: where there is none of that name.
  public init(ofAnyPlatform name: String) throws {
    let base = name.split(maxSplits: 1, whereSeparator: { "+@".contains($0) }).first ?? ""
    let platform = Platform.allCases.first { Machine.names(of: $0).contains(String(base)) }
    try self.init(cpu: name, of: platform ?? .host)
  }

  /// What code is made for where nothing is named: this machine, or any of another platform.
  public static func usualCPU(of platform: Platform) -> String {
    if platform == .host { return "native" }
    return platform == .arm64MacOS
      ? "apple-m1" : InstructionSet.levels(of: platform.architecture)[0].rawValue
  }

  /// The machines that a list on the command line stands for, as in `x86-64-v3,x86-64-v4`.
  ///
  /// - Throws: where a name stands for none, or a library could not tell two from each other.
  public static func list(cpus names: String, of platform: Platform = .host) throws -> [Machine] {
    var machines: [Machine] = []
    for name in names.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let machine = try Machine(cpu: name, of: platform)
      if let other = machines.first(where: { $0.instructionSet == machine.instructionSet }) {
        throw DiagnosticError(
          other.name == machine.name
            ? "--cpu gives \(machine.name) twice"
            : "a library cannot tell \(other.name) and \(machine.name) from each other: both are "
              + machine.instructionSet.rawValue,
          hint: "give every CPU once")
      }
      machines.append(machine)
    }
    return machines
  }

  /// What a list on the command line was taken for, where it does not say it itself; nil where it does, and
  /// where `native` is this machine's level, whose caches are as most CPUs of it have them.
  public static func meaning(of machines: [Machine], cpus names: String) -> String? {
    let meanings = zip(names.split(separator: ","), machines).compactMap { name, machine in
      let isUsual = name == "native" && machine == Machine(InstructionSet.host.level)
      return isUsual || name == machine.meaning ? nil : "\(name) is \(machine.meaning)"
    }
    return meanings.isEmpty ? nil : meanings.joined(separator: "; ")
  }
}
