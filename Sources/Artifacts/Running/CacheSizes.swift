import Foundation
import Planning

/// The sizes of the data caches of this machine in bytes, nil where the system says nothing: the first and the second
/// level of one core, the third of all that share it.
package struct CacheSizes: Sendable {
  package var level1: Int?
  package var level2: Int?
  package var level3: Int?

  /// Those that a core has to itself.
  package var ofOneCore: CoreCaches? {
    guard let level1, let level2 else { return nil }
    return CoreCaches(level1: level1, level2: level2)
  }

  /// What the system says of its first core.
  package static let ofThisMachine = CacheSizes(of: "/sys/devices/system/cpu/cpu0/cache")

  /// Reads what a folder of the kernel says: `index0`, `index1` and so on, a cache each.
  package init(of folder: String) {
    for index in 0..<8 {
      func line(_ name: String) -> String? {
        (try? String(contentsOfFile: "\(folder)/index\(index)/\(name)", encoding: .utf8))?
          .trimmingCharacters(in: .whitespacesAndNewlines)
      }
      guard let level = line("level"), line("type") != "Instruction", let size = line("size"),
        size.hasSuffix("K"), let kilobytes = Int(size.dropLast()), (4...1 << 22).contains(kilobytes)
      else { continue }
      switch level {
      case "1": level1 = kilobytes << 10
      case "2": level2 = kilobytes << 10
      case "3": level3 = kilobytes << 10
      default: continue
      }
    }
  }
}
