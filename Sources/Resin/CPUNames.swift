import Artifacts
import Diagnostics
import Planning

extension InstructionSet {
  /// The level that a name on the command line stands for; see `native`.
  ///
  /// - Throws: where there is none of that name, or of the one that limits `native`.
  public init(named name: String) throws {
    if name == "native" {
      self = try .native
    } else if let set = InstructionSet(rawValue: name) {
      self = set
    } else {
      let names = ["native"] + InstructionSet.levels.map(\.rawValue)
      let nearest = nearestNamesHint(for: name, in: names)
      throw DiagnosticError(
        "unknown CPU '\(name)'",
        hint: (nearest.map { $0 + " " } ?? "") + "give one of \(names.joined(separator: ", "))")
    }
  }

  /// The levels that a list on the command line stands for, as in `x86-64-v3,x86-64-v4`.
  ///
  /// - Throws: where a name stands for none, or two for the same.
  public static func list(named names: String) throws -> [InstructionSet] {
    var sets: [InstructionSet] = []
    for name in names.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let set = try InstructionSet(named: name)
      guard !sets.contains(set) else {
        throw DiagnosticError("--cpu gives \(set.rawValue) twice", hint: "give every CPU once")
      }
      sets.append(set)
    }
    return sets
  }
}
