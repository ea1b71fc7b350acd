import Foundation
import TestSupport
import Testing

/// What the documents say can be done is done: every command that they show is run.
@Suite struct DocumentationTests {
  /// README and every page under `docs`.
  static let documents: [String] = {
    let pages = try? FileManager.default.contentsOfDirectory(atPath: packagePath("docs"))
    return ["README.md"]
      + (pages ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
  }()

  private static let built = Bundle.main.bundleURL.path

  /// Runs the blocks of a document one after the other, in a copy of what they may need.
  @Test(arguments: documents) func everyCommandRuns(_ document: String) throws {
    let blocks = try ShellBlock.all(in: document).filter { $0.reasonNotToRun == nil }
    guard !blocks.isEmpty else { return }
    let folder = try ScratchFolder()
    for name in ["Models", "docs"] {
      try FileManager.default.copyItem(atPath: packagePath(name), toPath: folder.path(name))
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let environment = ["PATH": "\(Self.built):\(path)", "XDG_CACHE_HOME": folder.path("cache")]
    for block in blocks {
      for command in block.commands {
        let result = try runProgram(
          ["bash", "-euo", "pipefail", "-c", command.text], in: folder.path,
          environment: environment)
        let place: Comment = "\(document):\(block.line): \(command.text)\n\(result.errors)"
        // A command that a document shows to fail does so with a diagnostic.
        let fails = command.output?.contains { $0.contains(": error: ") } == true
        #expect((result.status != 0) == fails, place)
        if let shown = command.output {
          // A terminal shows both streams, messages before results or behind them.
          let printed = [result.output + result.errors, result.errors + result.output]
          #expect(printed.contains { isShown($0, as: shown) }, "\(place)\n\(printed[0])")
        }
      }
    }
  }

  @Test func thereArePagesOnAddingThings() {
    let pages = ["a-kernel", "a-pass", "a-target", "an-element-type", "an-operator"]
    #expect(Self.documents.filter { $0.contains("adding") } == pages.map { "docs/adding-\($0).md" })
  }

  @Test func blocksThatAreNotRunAreFew() throws {
    var count = 0
    for document in Self.documents {
      let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
      count += try ShellBlock.all(in: document).count { $0.reasonNotToRun != nil }
      #expect(!text.contains("\n    $ "), "\(document): a session belongs in a console block")
      #expect(
        text.matches(of: /<!-- not run/).count
          == text.matches(of: /<!-- not run: .+ -->\n```(sh|console)\n/).count, "\(document)")
    }
    #expect(count <= 8)
  }

  /// Commands in the middle of a sentence name options that there are, and the page on the command
  /// line names all of them.
  @Test func optionsAreThoseOfTheProgram() throws {
    let folder = try ScratchFolder()
    let overview = try resin(["--help"], in: folder).output
    let names = overview.components(separatedBy: "SUBCOMMANDS:").last ?? ""
    var options: [String: Set<String>] = [:]
    for match in names.matches(of: /\n\s\s([a-z]+)\s\s/) {
      let help = try resin(["help", String(match.1)], in: folder).output
      options[String(match.1)] = Set(help.matches(of: /--[a-z-]+/).map { String($0.0) })
    }
    #expect(options.count >= 8)
    for document in Self.documents {
      let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
      for span in text.matches(of: /`resin ([a-z]+)( [^`\n]*)?`/) where span.1 != "help" {
        let known = options[String(span.1)]
        #expect(known != nil, "\(document): \(span.0)")
        for option in span.0.matches(of: /--[a-z-]+/) {
          #expect(known?.contains(String(option.0)) == true, "\(document): \(span.0)")
        }
      }
    }
    let page = try String(contentsOfFile: packagePath("docs/command-line.md"), encoding: .utf8)
    for option in options.values.reduce(into: Set(), { $0.formUnion($1) }).sorted()
    where !["--help", "--version"].contains(option) {
      #expect(page.contains(option), "docs/command-line.md lacks \(option)")
    }
  }

  /// Commands for those who change the project are not run, since they run this test: what they name
  /// is there.
  @Test(arguments: documents) func rulesAndSuitesAreThere(_ document: String) throws {
    let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
    let makefile = try String(contentsOfFile: packagePath("Makefile"), encoding: .utf8)
    let tests = Self.testSources
    let command = #/^(    )?([A-Z_]+=\S+ )*(sudo )?(make|swift) /#
    for line in text.split(separator: "\n") where line.contains(command) {
      if let rule = line.firstMatch(of: /make ([a-z-]+)/)?.1 {
        #expect(makefile.contains("\n\(rule):"), "\(document): \(line)")
      }
      guard let filter = line.firstMatch(of: /--filter "?([A-Za-z|\/]+)/)?.1 else { continue }
      for name in filter.split(separator: "|") {
        let parts = name.split(separator: "/")
        let isTarget = FileManager.default.fileExists(atPath: packagePath("Tests/\(parts[0])"))
        #expect(isTarget || tests.contains("struct \(parts[0])"), "\(document): \(line)")
        #expect(parts.count < 2 || tests.contains("func \(parts[1])("), "\(document): \(line)")
      }
    }
  }

  /// The text of all tests.
  private static let testSources = swiftFiles(under: "Tests").compactMap {
    try? String(contentsOfFile: $0, encoding: .utf8)
  }.joined(separator: "\n")

  private static func swiftFiles(under folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: packagePath(folder))
    return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.map {
      packagePath("\(folder)/\($0)")
    }
  }

  @Test(arguments: documents) func linksLeadSomewhere(_ document: String) throws {
    let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
    let folder = URL(fileURLWithPath: packagePath(document)).deletingLastPathComponent()
    for link in text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) where !link.1.contains("://") {
      let target = folder.appendingPathComponent(String(link.1)).path
      #expect(FileManager.default.fileExists(atPath: target), "\(document): \(link.1)")
    }
  }

  /// Rows of the tables name a file, and what there is in it.
  @Test(arguments: documents.filter { $0.hasPrefix("docs/adding-") })
  func namedCodeIsThere(_ document: String) throws {
    let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
    var rows = 0
    for line in text.split(separator: "\n") {
      let spans = line.matches(of: /`([^`]+)`/).map { String($0.1) }
      let files = spans.filter { $0.contains("/") && !$0.contains(" ") }
      for file in files {
        #expect(FileManager.default.fileExists(atPath: packagePath(file)), "\(document): \(file)")
      }
      guard line.hasPrefix("| `"), let file = files.first else { continue }
      rows += 1
      let contents = try String(contentsOfFile: packagePath(file), encoding: .utf8)
      for name in spans where name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.]*/) != nil {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        #expect(contents.contains(last), "\(document): '\(name)' is not in \(file)")
      }
    }
    #expect(rows >= 5)
  }
}
