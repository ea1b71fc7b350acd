import Diagnostics
import Foundation
import GraphIR
import ModelLanguage
import Testing

@Suite struct ImportLoaderTests {
  /// The mistakes of `main` among texts that stand for files, or the text of its graph.
  private func read(_ files: [String: String], main: String = "main.resin") -> String {
    do {
      let graph = try parseModel(text: files[main] ?? "", path: main) {
        path throws(DiagnosticError) in
        guard let text = files[path] else { return try noImports(path) }
        return text
      }
      return printModel(graph)
    } catch {
      return error.description
    }
  }

  private let main = "import \"blocks.resin\"\nmodel m\ninput x: f32[1]\ny = b(x)\noutput y\n"
  private let flat = "model m\n\ninput x: f32[1]\ny = relu(x) : f32[1]\noutput y\n"

  @Test func blocksComeFromOtherFiles() {
    #expect(read(["main.resin": main, "blocks.resin": "block b(x) { return relu(x) }"]) == flat)
  }

  @Test func pathsAreRelativeToTheImporter() {
    let files = [
      "a/main.resin": main.replacing("blocks.resin", with: "../b/blocks.resin"),
      "b/blocks.resin": "import \"./c/d.resin\"\nimport \"c/d.resin\"",
      "b/c/d.resin": "block b(x) { return relu(x) }",
    ]
    #expect(read(files, main: "a/main.resin") == flat)
  }

  @Test func aFileIsReadOnce() {
    let files = [
      "main.resin": "import \"other.resin\"\n" + main,
      "other.resin": "import \"blocks.resin\"\nblock c(x) { return b(x) }",
      "blocks.resin": "block b(x) { return relu(x) }",
    ]
    #expect(read(files) == flat)
  }

  @Test func importsDoNotGoRound() {
    let files = [
      "main.resin": main, "blocks.resin": "import \"other.resin\"",
      "other.resin": "import \"blocks.resin\"",
    ]
    #expect(
      read(files) == """
        other.resin:1:8: error: the imports go round in a circle: blocks.resin imports other.resin imports blocks.resin
           1 | import "blocks.resin"
             |        ^~~~~~~~~~~~~~
        """)
    #expect(read(["main.resin": "import \"main.resin\"\nmodel m"]).contains("in a circle"))
  }

  @Test func importedFilesHoldBlocks() {
    let files = [
      "main.resin": main, "blocks.resin": "model n\ninput x: f32[1]\nblock b(x) { return relu( }",
    ]
    #expect(
      read(files) == """
        blocks.resin:3:27: error: expected a value, not '}'
           3 | block b(x) { return relu( }
             |                           ^
        blocks.resin:1:7: error: an imported file holds blocks only, not a model
           1 | model n
             |       ^
        blocks.resin:2:7: error: an imported file holds blocks only, not inputs
           2 | input x: f32[1]
             |       ^
        """)
  }

  @Test func aBlockIsDefinedOnce() {
    let files = [
      "main.resin": main + "block b(x) { return x }",
      "blocks.resin": "block b(x) { return relu(x) }",
    ]
    #expect(
      read(files) == """
        main.resin:6:7: error: a second block called 'b'
           6 | block b(x) { return x }
             |       ^
        blocks.resin:1:7: note: the first one is here
        """)
  }

  @Test func mistakesInsideImportsShowTheirExpansion() {
    let files = ["main.resin": main, "blocks.resin": "block b(x) {\n  return relu(z)\n}"]
    #expect(
      read(files) == """
        blocks.resin:2:15: error: unknown name 'z'
           2 |   return relu(z)
             |               ^
        main.resin:4:5: note: while expanding y
        """)
  }

  @Test func longChainsEnd() {
    var files = ["main.resin": "import \"0\"\nmodel m"]
    for index in 0..<300 { files["\(index)"] = "import \"\(index + 1)\"" }
    #expect(read(files).contains("more than 200 files are imported"))
  }

  @Test func filesThatCannotBeRead() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "resin-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func failure(_ name: String) -> String {
      let path = folder.appendingPathComponent(name).path
      do {
        _ = try parseModel(file: path)
        return "no error"
      } catch {
        return error.description.replacing(folder.path, with: "F")
      }
    }
    #expect(failure("none.resin") == "F/none.resin: error: there is no file 'F/none.resin'")
    #expect(failure(".").contains("is not a file"))
    try Data([0x6D, 0xFF, 0xFE, 0x00]).write(to: folder.appendingPathComponent("binary.resin"))
    #expect(
      failure("binary.resin") == """
        F/binary.resin: error: 'F/binary.resin' is not text in UTF-8
          is it a model in another format?
        """)
    let importing = folder.appendingPathComponent("importing.resin")
    try Data("import \"gone.resin\"\nmodel m\n".utf8).write(to: importing)
    #expect(
      failure("importing.resin") == """
        F/importing.resin:1:8: error: cannot import 'gone.resin'
           1 | import "gone.resin"
             |        ^~~~~~~~~~~~
        F/gone.resin: note: there is no file 'F/gone.resin'
        """)
  }
}
