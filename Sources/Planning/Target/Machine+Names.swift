import Diagnostics

extension Machine {
  /// Creates the machine that a name stands for: a level of the x86-64 psABI or a CPU, each perhaps with
  /// features besides, as in `x86-64-v4+avx512vnni`.
  ///
  /// - Parameters:
  ///   - place: where the name is from.
  ///   - others: names that are taken there too, for diagnostics.
  /// - Throws: where there is no such level, CPU or feature, or a feature goes only together with others
  ///   that are not there.
  public init(
    named name: String, at place: Diagnostic.Place = .none, besides others: [String] = []
  ) throws {
    let parts = name.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    let cpu = CPUModel.named(parts[0])
    let level = InstructionSet.levels.first { $0.rawValue == parts[0] }
    guard let base = cpu?.instructionSet ?? level else {
      let levels = (others + InstructionSet.levels.map(\.rawValue)).joined(separator: ", ")
      let nearest = nearestNamesHint(for: parts[0], in: others + Self.names)
      throw DiagnosticError(
        "unknown CPU '\(name)'", at: place,
        hint: (nearest.map { $0 + " " } ?? "") + "give one of \(levels), or a CPU such as "
          + "znver3 or sapphirerapids")
    }
    var set = base
    for part in parts.dropFirst() {
      guard let feature = CPUFeature.all.first(where: { $0.name == part }) else {
        let names = CPUFeature.all.map(\.name)
        throw DiagnosticError(
          "unknown feature '\(part)' of the CPU '\(name)'", at: place,
          hint: nearestNamesHint(for: part, in: names) ?? "give some of \(Self.featureNames)")
      }
      let needed = feature.needed
      guard feature.isBeyondLevels ? needed.isSubset(of: base) : base.features.contains(feature)
      else {
        throw DiagnosticError(
          "the feature '\(part)' goes together with all of \(needed.rawValue), which '\(parts[0])' "
            + "is not", at: place,
          hint: "give \(needed.rawValue)" + (feature.isBeyondLevels ? "+\(part)" : ""))
      }
      set = set.union(InstructionSet([feature]))
    }
    let besides = set.subtracting(base).features.map { "+\($0.name)" }.joined()
    self.init(
      set, cpu?.core ?? CoreModel(for: set), named: cpu == nil ? set.rawValue : parts[0] + besides)
  }

  /// The names that stand for a machine, without features besides.
  public static let names = InstructionSet.levels.map(\.rawValue) + CPUModel.all.map(\.name)

  private static let featureNames =
    CPUFeature.all.filter(\.isBeyondLevels).map(\.name).joined(separator: ", ")

  /// What the name stands for, in words.
  public var meaning: String {
    let set = instructionSet.rawValue
    guard name != set else { return set }
    return
      "\(set), planned for caches of \(core.level1Bytes >> 10) KB and \(core.level2Bytes >> 10) KB"
  }
}
