import Diagnostics
import Foundation
import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// The document says what the language does.
@Suite struct DocumentTests {
  private let document: String

  init() throws {
    document = try String(contentsOfFile: packagePath("docs/model-language.md"), encoding: .utf8)
  }

  @Test func itsModelsCanBeRead() throws {
    let texts = document.components(separatedBy: "```resin\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    #expect(texts.count == 2)
    for text in texts { expectRoundTrip(try parseModel(text: text)) }
  }

  @Test func theFlatFormIsAsPrinted() throws {
    let text = try #require(document.components(separatedBy: "```resin\n").last)
    let flat = try #require(text.components(separatedBy: "```").first)
    #expect(try printModel(parseModel(text: flat)) == flat)
  }

  @Test func itNamesEveryOperator() {
    for example in operationExamples {
      #expect(document.contains("`\(example.operation.mnemonic)("))
    }
    let others = [
      "flatten", "squeeze", "unsqueeze", "constant", "parameter", "layer_norm", "rms_norm",
      "extent", "rank",
      "batch",
    ]
    for name in others {
      #expect(document.contains("`\(name)("))
    }
  }

  @Test func theMistakeIsAsShown() throws {
    let folder = "Models/resnet/"
    let blocks = try String(contentsOfFile: packagePath(folder + "blocks.resin"), encoding: .utf8)
    let wrong = blocks.replacing(
      "4 * width, kernel: 1)\n  bn3", with: "4 * widht, kernel: 1)\n  bn3")
    let text = try String(contentsOfFile: packagePath(folder + "resnet50.resin"), encoding: .utf8)
    let error = #expect(throws: DiagnosticError.self) {
      _ = try parseModel(text: text, path: folder + "resnet50.resin") { _ in wrong }
    }
    let shown = try #require(error).description
    let isShown = document.contains("```\n\(shown)\n```")
    #expect(isShown, "\(shown)")
  }
}
