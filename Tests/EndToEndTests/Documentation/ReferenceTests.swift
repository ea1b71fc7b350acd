import Foundation
import TestSupport
import Testing

/// The reference of the library that people import.
@Suite(
  .enabled(
    if: hasProgram("docc") && hasProgram("swift-symbolgraph-extract"), "the toolchain has no docc"))
struct ReferenceTests {
  private struct Entry: Decodable {
    var title: String
    var hasAbstract: Bool
    var kind: Kind

    struct Kind: Decodable {
      var id: String
    }

    /// Whether it comes from the compiler, and not from a text of ours.
    var isSynthesised: Bool {
      kind.id.hasSuffix(".operator") || title.hasSuffix(" Implementations")
        || ["hash(into:)", "hashValue", "init(rawValue:)"].contains(title)
    }
  }

  @Test func everythingPublicIsDescribed() throws {
    let folder = try ScratchFolder()
    let result = try runProgram([
      packagePath("docs/make_reference.sh"), Bundle.main.bundleURL.path, folder.path("site"),
    ])
    try #require(result.status == 0, "\(result.output)\(result.errors)")
    let json = try Data(
      contentsOf: URL(fileURLWithPath: folder.path("site/documentation-coverage.json")))
    let entries = try JSONDecoder().decode([Entry].self, from: json)
    #expect(entries.count > 100)
    let undocumented = entries.filter { !$0.hasAbstract && !$0.isSynthesised }.map(\.title)
    #expect(undocumented == [])
    #expect(FileManager.default.fileExists(atPath: folder.path("site/index.html")))
  }
}
