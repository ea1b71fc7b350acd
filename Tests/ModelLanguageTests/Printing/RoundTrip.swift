import Diagnostics
import GraphIR
import ModelLanguage
import Testing

/// Checks that the printed graph reads back to an equal one, and prints the same again.
func expectRoundTrip(_ graph: Graph, sourceLocation: SourceLocation = #_sourceLocation) {
  let text = printModel(graph)
  do {
    let again = try parseModel(text: text)
    #expect(graph.firstDifference(from: again) == nil, sourceLocation: sourceLocation)
    #expect(again == graph, sourceLocation: sourceLocation)
    #expect(again.firstBrokenInvariant() == nil, sourceLocation: sourceLocation)
    #expect(printModel(again) == text, sourceLocation: sourceLocation)
  } catch {
    Issue.record("\(error)\n\(text)", sourceLocation: sourceLocation)
  }
}

/// The mistakes in a text as they are shown, or "no error".
func mistakes(_ text: String, options: ModelOptions = ModelOptions()) -> String {
  do {
    _ = try parseModel(text: text, path: "m.resin", options: options)
    return "no error"
  } catch {
    return error.description
  }
}
