import Diagnostics

extension Machine {
  /// Creates the machine that a name stands for: a level of the x86-64 psABI or a CPU, each perhaps with
  /// features besides, as in `x86-64-v4+avx512vnni` or `armv8-a+dotprod`, and behind them the caches that plans
  /// are for, as in `x86-64-v4@48K/2048K`.
  ///
  /// - Parameters:
  ///   - platform: what it is a machine of.
  ///   - place: where the name is from.
  ///   - others: names that are taken there too, for diagnostics.
  /// - Throws: where there is no such level, CPU or feature, or a feature goes only together with others
  ///   that are not there, or what should be sizes of caches is none.
  public init(
    named name: String, for platform: Platform = .host, at place: Diagnostic.Place = .none,
    besides others: [String] = []
  ) throws {
    if let mark = name.firstIndex(of: Self.cachesMark) {
      let text = String(name[name.index(after: mark)...])
      let machine = try Machine(
        named: String(name[..<mark]), for: platform, at: place, besides: others)
      guard let caches = CoreCaches(text) else {
        throw DiagnosticError(
          "'\(text)' are no caches of the CPU '\(name)'", at: place,
          hint:
            "give the sizes of the first level of data and of the second level of one core, as in "
            + "\(machine.name)\(Self.cachesMark)32K/512K")
      }
      self = machine.withCaches(caches)
      return
    }
    let architecture = platform.architecture
    let table = CPUFeature.all(of: architecture)
    let cpus = CPUModel.all(of: architecture)
    let parts = name.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    let cpu = cpus.first { $0.name == parts[0] }
    let level = InstructionSet.levels(of: architecture).first { $0.rawValue == parts[0] }
    guard let base = cpu?.instructionSet ?? level else {
      throw DiagnosticError(
        "unknown CPU '\(name)'" + (platform == .host ? "" : " of \(platform.rawValue)"), at: place,
        hint: Self.hint(for: parts[0], of: platform, besides: others))
    }
    var set = base
    for part in parts.dropFirst() {
      guard let feature = table.first(where: { $0.name == part }) else {
        let names = table.filter(\.isBeyondLevels).map(\.name).joined(separator: ", ")
        throw DiagnosticError(
          "unknown feature '\(part)' of the CPU '\(name)'", at: place,
          hint: nearestNamesHint(for: part, in: table.map(\.name))
            ?? (names.isEmpty ? "it has none to name" : "give some of \(names)"))
      }
      let needed = feature.needed
      guard feature.isBeyondLevels ? needed.isSubset(of: base) : base.features.contains(feature)
      else {
        throw DiagnosticError(
          "the feature '\(part)' goes together with all of \(needed.rawValue), which '\(parts[0])' "
            + "is not", at: place,
          hint: "give \(needed.rawValue)" + (feature.isBeyondLevels ? "+\(part)" : ""))
      }
      set = set.union(InstructionSet([feature], of: architecture))
    }
    let besides = set.subtracting(base).features.map { "+\($0.name)" }.joined()
    self.init(
      set, cpu?.core ?? CoreModel(for: set), named: cpu == nil ? set.rawValue : parts[0] + besides,
      of: platform)
  }

  /// What may have been meant by a name that no CPU has, and what there is.
  private static func hint(
    for name: String, of platform: Platform, besides others: [String]
  ) -> String {
    if let other = Platform.allCases.first(where: {
      $0.architecture != platform.architecture && names(of: $0).contains(name)
    }) {
      return "it is one of \(other.rawValue): give --target \(other.rawValue)"
    }
    let features = CPUFeature.all(of: platform.architecture)
    // AVX-512 is a family of features, which have one in common.
    let wanted = ["avx512": "avx512f"][name.lowercased()] ?? name.lowercased()
    if let feature = features.first(where: { $0.name == wanted }) {
      let level = feature.needed.rawValue
      return feature.isBeyondLevels
        ? "it is a feature: give \(level)+\(wanted)"
        : "it is a feature: give \(level), the least level that has it"
    }
    let nearest = nearestNamesHint(for: name, in: others + names(of: platform))
    let levels = InstructionSet.levels(of: platform.architecture).map(\.rawValue)
    let examples =
      switch platform.architecture {
      case .x86: ", or a CPU such as znver3 or sapphirerapids"
      case .aarch64: ", or a CPU such as cortex-a72 or neoverse-v1"
      case .wasm32: ""
      }
    return (nearest.map { $0 + " " } ?? "")
      + "give one of \((others + levels).joined(separator: ", "))\(examples)"
  }

  /// The feature of WebAssembly that has an option of its own, `--relaxed-simd`.
  public static let relaxedSIMD = "relaxed-simd"

  /// The names that stand for a machine of a platform, without features besides.
  public static func names(of platform: Platform) -> [String] {
    InstructionSet.levels(of: platform.architecture).map(\.rawValue)
      + CPUModel.all(of: platform.architecture).map(\.name)
  }

  /// What the name stands for, in words.
  public var meaning: String {
    let set = instructionSet.rawValue
    guard name != set else { return set }
    return
      "\(set), planned for caches of \(core.level1Bytes >> 10) KB and \(core.level2Bytes >> 10) KB"
  }
}
