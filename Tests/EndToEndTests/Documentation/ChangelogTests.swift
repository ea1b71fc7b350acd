import Foundation
import Resin
import TestSupport
import Testing

/// The changelog speaks of the version that this is, in the form that it names.
@Suite struct ChangelogTests {
  private static func headings(_ marks: String) throws -> [String] {
    let text = try String(contentsOfFile: packagePath("CHANGELOG.md"), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("\(marks) ") }
      .map { String($0.dropFirst(marks.count + 1)) }
  }

  private static func numbers(_ version: String) -> [Int] {
    version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
  }

  @Test func theNewestVersionIsThatOfTheProgram() throws {
    let headings = try Self.headings("##")
    #expect(headings.first == "[Unreleased]")
    let versions = try headings.dropFirst().map {
      String(try #require($0.firstMatch(of: /^\[(\d+\.\d+\.\d+)\]( - \d{4}-\d\d-\d\d)?$/)).1)
    }
    #expect(versions.first == resinVersion)
    let numbers = versions.map(Self.numbers)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1.lexicographicallyPrecedes($0) })
  }

  @Test func changesAreOfKnownKinds() throws {
    let kinds: Set = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    #expect(try Set(Self.headings("###")).subtracting(kinds) == [])
  }

  @Test func theVersionHasThreeNumbers() {
    #expect(resinVersion.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
  }
}
