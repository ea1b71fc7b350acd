import GraphIR

/// A graph as a picture in one SVG file that needs nothing else: operations as boxes with the parts
/// that were fused into them, values as lines with their shapes, blocks that repeat drawn once. It
/// follows the reader's choice of light or dark. Equal graphs give equal bytes.
///
/// - Throws: where the graph is so large that nobody could look at it.
public func graphSVG(_ graph: Graph) throws(TooLargeToDraw) -> String {
  let drawing = try GraphDrawing(graph)
  return """
    <svg xmlns="http://www.w3.org/2000/svg" class="graph" width="\(drawing.width)" \
    height="\(drawing.height)" viewBox="0 0 \(drawing.width) \(drawing.height)" role="img">
    <title>\(escaped(graph.name))</title>
    <style>
    \(GraphDrawing.style)
    </style>
    <rect class="ground" width="100%" height="100%"/>
    \(drawing.elements)</svg>

    """
}

/// The parts of a picture of a graph, for pages that frame it themselves.
public struct GraphDrawing: Sendable {
  /// Size in pixels.
  public let width: Int
  public let height: Int
  /// SVG elements, which `style` gives their look.
  public let elements: String

  /// Draws a graph.
  ///
  /// - Throws: where the graph is so large that nobody could look at it.
  public init(_ graph: Graph) throws(TooLargeToDraw) {
    let picture = try Picture(Scene(graph))
    width = picture.layout.width + 2 * Measures.margin
    height = picture.layout.height + 2 * Measures.margin
    var writer = SVGWriter()
    writer.write(picture, at: Point(x: Measures.margin, y: Measures.margin))
    elements = writer.text
  }

  /// Rules for the classes that the elements use, below the class `graph`.
  public static let style = """
    .graph{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;\
    text-anchor:middle}
    .graph .ground{fill:#fff}
    .graph .n{font-size:11px;font-weight:600;fill:#1c2128}
    .graph .o{font-size:10px;fill:#424a53}
    .graph .p{font-size:9px;fill:#1c2128}
    .graph .s{font-size:9px;fill:#656d76;text-anchor:start;stroke:#fff;stroke-width:3px;\
    paint-order:stroke}
    .graph .l{text-anchor:end}
    .graph .b{text-anchor:start}
    .graph .e{fill:none;stroke:#8c959f;stroke-width:1.3}
    .graph .k{stroke:#bc4c00}
    .graph .a{fill:#8c959f}
    .graph .d{fill:#57606a}
    .graph .g{fill:#f6f8fa;stroke:#afb8c1;stroke-dasharray:5 3}
    .graph .x{fill:#fff;fill-opacity:.75;stroke:none}
    .graph .end{fill:#fff;stroke:#57606a}
    .graph .convolution{fill:#ddf4ff;stroke:#218bff}
    .graph .dense{fill:#fbefff;stroke:#a475f9}
    .graph .reduction{fill:#d5f5f0;stroke:#1b9e8a}
    .graph .normalization{fill:#fff8c5;stroke:#bf8700}
    .graph .elementwise{fill:#dafbe1;stroke:#2da44e}
    .graph .movement{fill:#eaeef2;stroke:#8c959f}
    @media (prefers-color-scheme:dark){
    .graph .ground{fill:#0d1117}
    .graph .n,.graph .p{fill:#f0f6fc}
    .graph .o{fill:#c9d1d9}
    .graph .s{fill:#9198a1;stroke:#0d1117}
    .graph .e{stroke:#6e7681}
    .graph .k{stroke:#f0883e}
    .graph .a{fill:#6e7681}
    .graph .d{fill:#9198a1}
    .graph .g{fill:#151b23;stroke:#484f58}
    .graph .x{fill:#0d1117;fill-opacity:.6}
    .graph .end{fill:#0d1117;stroke:#9198a1}
    .graph .convolution{fill:#0c2d4d;stroke:#388bfd}
    .graph .dense{fill:#2e1d50;stroke:#a371f7}
    .graph .reduction{fill:#08332d;stroke:#2bbfa7}
    .graph .normalization{fill:#3a2c05;stroke:#d29922}
    .graph .elementwise{fill:#0f3019;stroke:#3fb950}
    .graph .movement{fill:#21262d;stroke:#6e7681}
    }
    """
}
