import Planning

/// The part of the glue that asks the CPU for the features that the code uses: those of the library's
/// instruction sets, and no others.
struct GlueCPU {
  /// The model's name.
  let name: String
  /// What there is code for, the best first; at least one.
  let sets: [InstructionSet]

  private var features: [CPUFeature] {
    sets.dropFirst().reduce(sets[0]) { $0.union($1) }.features
  }

  /// A condition of C that holds where this machine has all features of one of the sets.
  func has(_ set: InstructionSet) -> String { "machine_has(\(mask(of: set)))" }

  /// A bit for each feature of the set, by its place among those of the library.
  private func mask(of set: InstructionSet) -> String {
    let members = set.features
    let mask = features.enumerated().reduce(UInt64(0)) {
      members.contains($1.element) ? $0 | 1 << UInt64($1.offset) : $0
    }
    return "UINT64_C(0x\(String(mask, radix: 16)))"
  }

  var text: String {
    let rows = features.map { feature in
      let place = feature.detection
      return "\n  {\(cString(feature.name)), \(place.leaf)u, \(place.subleaf), \(place.word), "
        + "\(place.bit), \(place.state)}"
    }
    let least = sets[sets.count - 1]
    return """
      // The features of the CPU that the code uses.
      enum { CPU_FEATURES = \(rows.count) };
      static const resin_cpu_feature cpu_features[] = \(cInitializer(rows, empty: "{0}"));

      // Those that this machine has, found when the library is loaded: asking the CPU takes tens of
      // microseconds on a virtual machine, too long for every run. 0 only while constructors of other
      // libraries run before this one.
      static uint64_t machine_features;

      static uint64_t find_features(void) {
        const uint64_t asked = UINT64_C(1) << 63;
        return asked | \(name)_cpu_features(cpu_features, CPU_FEATURES);
      }

      __attribute__((constructor)) static void find_machine_features(void) {
        machine_features = find_features();
        \(name)_cpu_note_missing(cpu_features, CPU_FEATURES, \(mask(of: least)) & ~machine_features);
      }

      static int machine_has(uint64_t needed) {
        uint64_t machine = machine_features != 0 ? machine_features : find_features();
        return (needed & ~machine) == 0;
      }
      """
  }
}
