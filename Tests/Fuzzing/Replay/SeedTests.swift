import Foundation
import FuzzTargets
import TestSupport
import Testing

/// The seeds of every fuzzer, whole and cut short, through its reader: a trap ends the tests.
@Suite struct SeedTests {
  private static func seeds(of target: String) throws -> [(name: String, bytes: [UInt8])] {
    let folder = packagePath("Tests/Fuzzing/Seeds/\(target)")
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
      (name, Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
    }
  }

  @Test(arguments: FuzzTarget.all.map(\.name))
  func readersTakeTheirSeeds(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let seeds = try Self.seeds(of: name)
    #expect(!seeds.isEmpty)
    for (_, bytes) in seeds {
      bytes.withUnsafeBytes { whole in
        target.read(whole)
        for part in 0..<20 {
          target.read(UnsafeRawBufferPointer(rebasing: whole[..<(whole.count * part / 20)]))
        }
      }
    }
  }

  @Test func everyTargetHasSeedsAndOnlyTargetsHave() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: packagePath("Tests/Fuzzing/Seeds"))
    #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
  }
}
