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

  /// What the compiler says of the module's public declarations.
  private struct SymbolGraph: Decodable {
    var symbols: [Symbol]

    struct Symbol: Decodable {
      var pathComponents: [String]
      var declarationFragments: [Fragment]?
    }

    /// A piece of a declaration, with the mangled name of the type that it names.
    struct Fragment: Decodable {
      var spelling: String
      var preciseIdentifier: String?

      /// The module that the type is of: `s:11TensorFiles13PictureRecipeV` begins with its name.
      var module: String? {
        guard let name = preciseIdentifier, let count = name.firstMatch(of: /^s:(\d+)/)?.1
        else { return nil }
        return String(name.dropFirst(2 + count.count).prefix(Int(count) ?? 0))
      }
    }
  }

  @Test func everythingPublicIsDescribedAndListed() throws {
    let folder = try ScratchFolder()
    let result = try runProgram([
      packagePath("docs/make_reference.sh"), Bundle.main.bundleURL.path, folder.path("site"),
      folder.path("symbols"),
    ])
    try #require(result.status == 0, "\(result.output)\(result.errors)")
    let json = try Data(
      contentsOf: URL(fileURLWithPath: folder.path("site/documentation-coverage.json")))
    let entries = try JSONDecoder().decode([Entry].self, from: json)
    #expect(entries.count > 100)
    let undocumented = entries.filter { !$0.hasAbstract && !$0.isSynthesised }.map(\.title)
    #expect(undocumented == [])
    #expect(FileManager.default.fileExists(atPath: folder.path("site/index.html")))

    let page = try String(
      contentsOfFile: packagePath("Sources/Resin/Resin.docc/Resin.md"), encoding: .utf8)
    let own = try symbols("Resin", in: folder)
    for name in Set(own.filter { $0.pathComponents.count == 1 }.map { $0.pathComponents[0] }) {
      #expect(page.contains("- ``\(name)``\n"), "Resin.md does not list \(name)")
    }
    let extended = try FileManager.default.contentsOfDirectory(atPath: folder.path("symbols"))
      .filter { $0.hasPrefix("Resin@") }.map { String($0.dropLast(".symbols.json".count)) }
    let all = try own + extended.flatMap { try symbols($0, in: folder) }
    try expectTypesOfOtherModules(of: all, on: page)
  }

  private func symbols(_ name: String, in folder: ScratchFolder) throws -> [SymbolGraph.Symbol] {
    let json = try Data(
      contentsOf: URL(fileURLWithPath: folder.path("symbols/\(name).symbols.json")))
    return try JSONDecoder().decode(SymbolGraph.self, from: json).symbols
  }

  /// Types of this package's other modules that declarations name cannot be links, since the reference has this
  /// module alone; so a table says of each where it is and what.
  private func expectTypesOfOtherModules(
    of symbols: [SymbolGraph.Symbol], on page: String
  ) throws {
    var named: Set<String> = []
    for fragment in symbols.flatMap({ $0.declarationFragments ?? [] }) {
      guard let module = fragment.module, module != "Resin",
        FileManager.default.fileExists(atPath: packagePath("Sources/\(module)"))
      else { continue }
      named.insert("`\(fragment.spelling)` | `\(module)`")
    }
    // Of an interface, whose row names it.
    named.remove("`Port` | `Planning`")
    #expect(named.count > 10)
    let rows = page.matches(of: /\n\| (`\w+` \| `\w+`) \|/).map { String($0.1) }
    #expect(named.subtracting(rows) == [], "Resin.md does not say what these are")
    #expect(Set(rows).subtracting(named) == [], "no declaration names these")
  }
}
