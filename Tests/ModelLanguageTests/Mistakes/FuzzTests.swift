import Diagnostics
import Foundation
import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// Texts with a few words deleted, doubled, swapped or replaced: a graph or mistakes with places,
/// never a trap.
@Suite struct FuzzTests {
  /// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
  private struct SplitMix {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
  }

  private static let words = [
    "0", "1", "-1", "7", "9223372036854775807", "-9223372036854775808", "1e30", "nan", "inf", "(",
    ")", "[", "]", "{", "}", ",", ":", "=", "+", "-", "*", "/", "%", "==", "<", "x", "N", "relu",
    "conv2d", "stack", "of", "in", "to", "as", "block", "return", "if", "else", "not", "and",
    "input", "output",
    "model", "import", "$w", "f32", "i64", "bool", "`a b`", "\"s\"", "kernel", "padding", "shape",
    "reshape", "slice", "step", "true", "?", "\\", "\n", "//", "`", "\"", "\u{301}", "\u{0}",
  ]

  /// Words, numbers, blanks and punctuation, so that joining them gives the text again.
  private func split(_ text: String) -> [String] {
    var pieces: [String] = []
    for character in text {
      let isWord = character.isLetter || character.isNumber || character == "_"
      if isWord, let last = pieces.last?.last, last.isLetter || last.isNumber || last == "_" {
        pieces[pieces.count - 1].append(character)
      } else {
        pieces.append(String(character))
      }
    }
    return pieces
  }

  private func mutate(_ pieces: [String], _ random: inout SplitMix) -> String {
    var pieces = pieces
    for _ in 0...random.next(below: 4) {
      let at = random.next(below: pieces.count)
      switch random.next(below: 5) {
      case 0: pieces.remove(at: at)
      case 1: pieces.insert(pieces[at], at: at)
      case 2: pieces.swapAt(at, random.next(below: pieces.count))
      case 3: pieces[at] = FuzzTests.words[random.next(below: FuzzTests.words.count)]
      default: pieces.insert(FuzzTests.words[random.next(below: FuzzTests.words.count)], at: at)
      }
      if pieces.isEmpty { pieces = ["x"] }
    }
    return pieces.joined()
  }

  private func check(_ text: String, _ imports: String) {
    do {
      let graph = try parseModel(text: text) { _ throws(DiagnosticError) in imports }
      #expect(graph.firstBrokenInvariant() == nil)
      expectRoundTrip(graph)
    } catch {
      #expect(!error.description.isEmpty)
    }
  }

  @Test(arguments: ["resnet/resnet18", "cifar/resnet20", "trunk/resnet18_trunk", "digits/digits"])
  func models(name: String) throws {
    let text = try String(contentsOfFile: packagePath("Models/\(name).resin"), encoding: .utf8)
    let folder = name.split(separator: "/")[0]
    let blocks =
      (try? String(contentsOfFile: packagePath("Models/\(folder)/blocks.resin"), encoding: .utf8))
      ?? ""
    var random = SplitMix(state: 1)
    for round in 0..<400 {
      if round % 2 == 0 || blocks.isEmpty {
        check(mutate(split(text), &random), blocks)
      } else {
        check(text, mutate(split(blocks), &random))
      }
    }
  }

  @Test func operators() throws {
    var random = SplitMix(state: 2)
    for example in operationExamples {
      let pieces = split(printModel(try example.graph()))
      for _ in 0..<40 { check(mutate(pieces, &random), "") }
    }
  }

  @Test func bytes() throws {
    var random = SplitMix(state: 3)
    let text = try String(
      contentsOfFile: packagePath("Models/digits/digits.resin"), encoding: .utf8)
    for _ in 0..<400 {
      var bytes = Array(text.utf8)
      for _ in 0..<4 { bytes[random.next(below: bytes.count)] = UInt8(random.next(below: 256)) }
      check(String(decoding: bytes, as: UTF8.self), "")
      check(String(decoding: bytes.prefix(random.next(below: bytes.count)), as: UTF8.self), "")
    }
  }
}
