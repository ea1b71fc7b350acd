import Diagnostics
import Foundation

/// Reads the files that a model imports, each once, and collects their blocks.
struct ImportLoader {
  private let loadText: (String) throws(DiagnosticError) -> String
  private var blocks: [String: BlockSyntax] = [:]
  private var finished: Set<String> = []
  private var open: [String] = []
  private var diagnostics: [Diagnostic] = []

  /// The most files that one model may consist of.
  static let fileLimit = 200

  init(load: @escaping (String) throws(DiagnosticError) -> String) { self.loadText = load }

  /// Parses a model's file and everything it imports.
  mutating func load(
    _ main: SourceFile
  ) throws(DiagnosticError) -> (FileSyntax, blocks: [String: BlockSyntax]) {
    let syntax = visit(main, isMain: true)
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
    return (syntax, blocks)
  }

  private mutating func visit(_ file: SourceFile, isMain: Bool) -> FileSyntax {
    open.append(normalized(file.path))
    var parser = Parser(file)
    let syntax = parser.parseFile()
    let mistakes = parser.diagnostics.sorted { start(of: $0) < start(of: $1) }
    diagnostics += mistakes.prefix(Parser.diagnosticLimit)
    if !isMain { checkImported(syntax) }
    for item in syntax.imports { follow(item, from: file) }
    for block in syntax.blocks { define(block) }
    finished.insert(open.removeLast())
    return syntax
  }

  private func start(of diagnostic: Diagnostic) -> Int {
    if case .source(let range) = diagnostic.place { range.start } else { 0 }
  }

  private mutating func report(
    _ message: String, at range: SourceRange, hint: String? = nil, notes: [Diagnostic] = []
  ) {
    diagnostics.append(Diagnostic(message, at: .source(range), hint: hint, notes: notes))
  }

  private mutating func checkImported(_ syntax: FileSyntax) {
    if let model = syntax.model {
      report("an imported file holds blocks only, not a model", at: model.name.range)
    }
    switch syntax.items.first {
    case .input(let input):
      report("an imported file holds blocks only, not inputs", at: input.name.range)
    case .output(let output):
      report("an imported file holds blocks only, not outputs", at: output.name.range)
    case .statement(.definition(let name, _, _)):
      report("an imported file holds blocks only, not statements", at: name.range)
    case .statement(.conditional(let condition, _, _)):
      report("an imported file holds blocks only, not conditionals", at: condition.range)
    case nil: break
    }
  }

  private mutating func follow(_ item: ImportSyntax, from file: SourceFile) {
    let path = resolved(item.path, from: file.path)
    if finished.contains(path) { return }
    if let position = open.firstIndex(of: path) {
      let cycle = (open[position...] + [path]).joined(separator: " imports ")
      return report("the imports go round in a circle: \(cycle)", at: item.range)
    }
    guard finished.count + open.count < ImportLoader.fileLimit else {
      return report("more than \(ImportLoader.fileLimit) files are imported", at: item.range)
    }
    do throws(DiagnosticError) {
      let text = try loadText(path)
      _ = visit(SourceFile(path: path, text: text), isMain: false)
    } catch {
      report("cannot import '\(item.path)'", at: item.range, notes: error.diagnostics.map(asNote))
    }
  }

  private func asNote(_ diagnostic: Diagnostic) -> Diagnostic {
    var note = diagnostic
    note.severity = .note
    return note
  }

  private mutating func define(_ block: BlockSyntax) {
    let name = block.name
    if Operators.isKnown(name.text) {
      return report(
        "'\(name.text)' is an operator, so a block cannot have this name", at: name.range)
    }
    if let first = blocks[name.text] {
      let note = Diagnostic(
        "the first one is here", at: .source(first.name.range), severity: .note)
      return report("a second block called '\(name.text)'", at: name.range, notes: [note])
    }
    blocks[name.text] = block
  }
}

/// A path as seen from the file that names it.
private func resolved(_ path: String, from importer: String) -> String {
  guard !path.hasPrefix("/"), let slash = importer.lastIndex(of: "/") else {
    return normalized(path)
  }
  return normalized(String(importer[...slash]) + path)
}

/// The path without `.`, and without `..` where a folder stands before it.
private func normalized(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") where part != "." {
    if part == "..", let last = parts.last, last != ".." {
      parts.removeLast()
    } else {
      parts.append(part)
    }
  }
  return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
}

/// The largest text that is read: no model comes near it.
private let textLimit = 64 << 20

/// The text of a file, which must be a regular file of UTF-8.
func readText(_ path: String) throws(DiagnosticError) -> String {
  let attributes = try? FileManager.default.attributesOfItem(
    atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
  guard let attributes else {
    throw DiagnosticError("there is no file '\(path)'", at: .subject(path))
  }
  guard attributes[.type] as? FileAttributeType == .typeRegular else {
    throw DiagnosticError("'\(path)' is not a file", at: .subject(path))
  }
  guard let size = attributes[.size] as? Int, size <= textLimit else {
    throw DiagnosticError("'\(path)' is too large for the text of a model", at: .subject(path))
  }
  guard let data = FileManager.default.contents(atPath: path) else {
    throw DiagnosticError("'\(path)' cannot be read", at: .subject(path))
  }
  guard let text = String(validating: data, as: UTF8.self) else {
    throw DiagnosticError(
      "'\(path)' is not text in UTF-8", at: .subject(path), hint: "is it a model in another format?"
    )
  }
  return text
}
