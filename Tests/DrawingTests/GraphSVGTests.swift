import Drawing
import Foundation
import FoundationXML
import GraphIR
import ModelLanguage
import Passes
import TestSupport
import Testing

/// Pictures of graphs as text.
@Suite struct GraphSVGTests {
  /// What a picture holds, read by an XML parser.
  private final class Contents: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var classes: [String: Int] = [:]
    var texts: [String] = []
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      elements[element, default: 0] += 1
      if let name = attributes["class"] { classes["\(element) \(name)", default: 0] += 1 }
      text = ""
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
      _ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?
    ) {
      if didEndElement == "text" { texts.append(text) }
      text = ""
    }
  }

  private func read(_ svg: String) throws -> Contents {
    let contents = Contents()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = contents
    let isValid = parser.parse()
    try #require(isValid, "\(parser.parserError.map(String.init(describing:)) ?? "")")
    return contents
  }

  static let models: [String] = {
    let files = FileManager.default.enumerator(atPath: packagePath("Models"))
    let texts = (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".resin") }
    return texts.filter { !$0.hasSuffix("blocks.resin") }.map { String($0.dropLast(6)) }.sorted()
  }()

  /// Every text, as it was read and as it is compiled, is a picture that a parser accepts and that
  /// stays small however deep the network is.
  @Test(arguments: models) func everyModelIsAPicture(_ name: String) throws {
    var graph = try packagedModel(name)
    // Attention in shifted windows is many operations, and other ones in every second layer.
    let most = name.hasPrefix("swin/") ? 1100 : 360
    for stage in ["read", "optimised"] {
      let svg = try graphSVG(graph)
      #expect(try svg == graphSVG(graph))
      let contents = try read(svg)
      let cards = try #require(contents.elements["title"]) - 1
      #expect(cards >= 7 && cards <= most, "\(stage): \(cards) cards")
      #expect(svg.utf8.count < 556 * most)
      if stage == "read" { optimize(&graph) }
    }
  }

  @Test func depthIsFolded() throws {
    let texts = try ["cifar/resnet20", "cifar/resnet1202"].map { name in
      var graph = try packagedModel(name)
      optimize(&graph)
      return try read(graphSVG(graph))
    }
    #expect(texts[0].elements == texts[1].elements)
    #expect(texts[0].texts.contains("3 × layer1.0…2"), "\(texts[0].texts)")
    #expect(texts[1].texts.contains("200 × layer1.0…199"), "\(texts[1].texts)")
  }

  /// Dense blocks differ in their channels.
  @Test func blocksThatGrowAreFoldedWithTheirNumbers() throws {
    let texts = try read(graphSVG(packagedModel("densenet/densenet121"))).texts
    #expect(texts.contains("24 × features.denseblock3.denselayer1…24"), "\(texts)")
    #expect(texts.contains("1×256…992×14×14") && texts.contains("conv 1×1 256…992→128"))
  }

  /// A block that something else reads is not folded away.
  @Test func whatIsReadFromOutsideStays() throws {
    func texts(_ reader: String) throws -> [String] {
      try read(
        graphSVG(
          model(
            """
            input x: f32[1, 8, 4, 4]
            a = conv2d(x, 8, kernel: 3, padding: 1)
            b = conv2d(a, 8, kernel: 3, padding: 1)
            c = conv2d(b, 8, kernel: 3, padding: 1)
            d = conv2d(c, 8, kernel: 3, padding: 1)
            output y = add(\(reader), sigmoid(d))
            """))
      ).texts
    }
    #expect(try texts("d").contains("3 ×"))
    #expect(try !texts("b").contains("3 ×"))
    #expect(try texts("x").contains("3 ×"))
  }

  /// Every part of a node, every value with its shape.
  @Test func nodesShowTheirParts() throws {
    var graph = try model(
      """
      input x: f32[1, 8, 6, 6]
      a = conv2d(x, 8, kernel: 3, padding: 1, bias: true)
      s = relu(add(a, x))
      p = max_pool(s, kernel: 2, stride: 2)
      output logits = linear(flatten(p), 5)
      """)
    optimize(&graph)
    let svg = try graphSVG(graph)
    let contents = try read(svg)
    for text in [
      "conv 3×3 8→8", "bias", "add", "relu", "max pool 2×2 /2", "linear 72→5", "1×8×6×6",
      "1×8×3×3", "logits",
    ] {
      #expect(contents.texts.contains(text), "\(text) in \(contents.texts)")
    }
    #expect(contents.classes["rect convolution"] == 1 && contents.classes["rect end"] == 2)
    // input, conv (twice: image and residual), pool, reshape, linear, output
    #expect(svg.components(separatedBy: "l-3-6h6z").count - 1 == 6)
  }

  @Test func hostileNamesAreText() throws {
    var graph = Graph(name: "</title><script>alert(1)</script>")
    let x = graph.addInput("a\"b' & <c>\u{1}\u{ffff}\n", TensorType([2]))
    let long = String(repeating: "</text>名", count: 60)
    let y = try graph.add(.unary(.relu), [x], name: long)
    graph.addOutput("]]>--><svg onload=alert(1)>", y)
    let svg = try graphSVG(graph)
    let contents = try read(svg)
    #expect(contents.elements["svg"] == 1 && contents.elements["script"] == nil)
    #expect(contents.texts.contains { $0.hasPrefix("a\"b' & <c>\u{fffd}\u{fffd}") })
    #expect(contents.texts.contains { $0.hasPrefix("…") && $0.hasSuffix("</text>名") })
    #expect(contents.texts.contains("]]>--><svg onload=alert(1)>"))
  }

  @Test func constantsStandInTheNodesThatReadThem() throws {
    let contents = try read(
      graphSVG(model("input x: f32[2, 3]\nc = constant(2) : f32[]\noutput y = mul(x, c)")))
    #expect(contents.texts.contains("mul constant scalar"), "\(contents.texts)")
    // That of the whole, and one for each card.
    #expect(contents.elements["title"] == 4)
  }
}
