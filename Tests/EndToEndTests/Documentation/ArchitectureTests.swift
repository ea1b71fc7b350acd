import Foundation
import TestSupport
import Testing

/// The page on architecture has the arrows of the manifest, and these are what the sources import.
@Suite struct ArchitectureTests {
  /// The rooms of the manifest, targets below `Sources`, each with what it may import.
  private static let arrows: [String: Set<String>] = {
    var arrows: [String: Set<String>] = [:]
    let manifest = try? String(contentsOfFile: packagePath("Package.swift"), encoding: .utf8)
    for target in (manifest ?? "").components(separatedBy: "\n    .") {
      guard target.hasPrefix("target(") || target.hasPrefix("executableTarget("),
        let name = target.firstMatch(of: /name: "(\w+)"/).map({ String($0.1) }),
        FileManager.default.fileExists(atPath: packagePath("Sources/\(name)"))
      else { continue }
      let list = target.firstMatch(of: /dependencies: \[([^\]]*)\]/)?.1 ?? ""
      arrows[name] = Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
    }
    return arrows
  }()

  private static let rooms = arrows.keys.sorted()

  private static func page() throws -> String {
    try String(contentsOfFile: packagePath("docs/architecture.md"), encoding: .utf8)
  }

  @Test func theManifestIsUnderstood() {
    #expect(Self.rooms.count >= 20)
    #expect(Self.arrows["GraphIR"] == ["Diagnostics"])
    #expect(Self.arrows["ResinCommand"]?.isSuperset(of: ["Resin", "ArgumentParser"]) == true)
  }

  /// A module that another one imports can be imported without being declared; here it may not.
  @Test(arguments: rooms) func sourcesImportWhatTheManifestSays(_ room: String) throws {
    let declared = Self.arrows[room] ?? []
    let known = Set(Self.rooms).union(Self.arrows.values.flatMap { $0 })
    let folder = packagePath("Sources/\(room)")
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let files = names.filter { $0.hasSuffix(".swift") }
    guard !files.isEmpty else { return }
    var imported: Set<String> = []
    for file in files {
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      for line in text.split(separator: "\n") {
        guard let name = line.firstMatch(of: /^([@\w]+ )*import (\w+)/)?.2 else { continue }
        imported.insert(String(name))
      }
    }
    #expect(imported.intersection(known).subtracting(declared) == [], "not in Package.swift")
    // The limits are linked into the program, and work before it does.
    #expect(declared.subtracting(imported).subtracting(["CEarlyLimits"]) == [], "not imported")
  }

  @Test func theTableHasEveryArrow() throws {
    var table: [String: Set<String>] = [:]
    for row in try Self.page().matches(of: /\n\| `(\w+)` \| .* \| (.*) \|/) {
      table[String(row.1)] = Set(row.2.matches(of: /\w+/).map { String($0.0) })
    }
    for room in Self.rooms { #expect(table[room] == Self.arrows[room], "\(room)") }
  }

  @Test func thePictureHasEveryArrowThatNoOthersImply() throws {
    let page = try Self.page()
    let picture = try #require(page.firstMatch(of: /```mermaid\n((.|\n)*?)```/)).1
    var drawn: [String: Set<String>] = [:]
    for line in picture.matches(of: /\n *(\w+) --> ([\w& ]+)/) {
      drawn[String(line.1)] = Set(line.2.matches(of: /\w+/).map { String($0.0) })
    }
    for room in Self.rooms {
      let arrows = (Self.arrows[room] ?? []).intersection(Self.rooms)
      let implied = arrows.reduce(into: Set<String>()) { $0.formUnion(Self.reachable(from: $1)) }
      #expect(drawn[room] ?? [] == arrows.subtracting(implied), "\(room)")
    }
  }

  /// More than that nobody sees at once.
  @Test(arguments: ["Sources", "Tests"]) func foldersHaveFewFiles(_ root: String) throws {
    let names = FileManager.default.enumerator(atPath: packagePath(root))
    let files = (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }
    let folders = Dictionary(grouping: files) { ($0 as NSString).deletingLastPathComponent }
    #expect(folders.count > 20)
    for (folder, files) in folders {
      #expect(files.count <= 18, "\(root)/\(folder): divide it by idea")
    }
  }

  private static func reachable(from room: String) -> Set<String> {
    (arrows[room] ?? []).reduce(into: arrows[room] ?? []) { $0.formUnion(reachable(from: $1)) }
  }
}
