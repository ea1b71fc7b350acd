import Diagnostics
import GraphIR
import Interpreter
import ModelLanguage
import Passes
import Planning
import TensorFiles

/// The model language, with imports and options.
///
/// The input is texts, apart by lines `%%`: the model, then a line of options for each `N=2`, `set
/// NAME=3` and `dim NAME=4`, then the files `1`, `2`, … that it may import. What it accepts must be
/// sound, and come back equal from its own print.
let modelTarget = FuzzTarget("model") { bytes in
  reading {
    let graph = try ModelInput(bytes).graph()
    precondition(graph.firstBrokenInvariant() == nil, "a broken graph")
    guard graph.order.count <= 200 else { return }
    let text = printModel(graph)
    let again: Graph
    do {
      again = try parseModel(text: text)
    } catch {
      preconditionFailure("its print is refused: \(error)\n\(text)")
    }
    precondition(again.firstDifference(from: graph) == nil, "its print reads as another graph")
  }
}

/// Passes, planner and packing of weights on what the model language accepts, if it is small.
let planTarget = FuzzTarget("plan") { bytes in
  reading {
    var graph = try ModelInput(bytes).graph()
    let isSmall = { (id: NodeID) in graph[id].type.elementCount <= 1 << 16 }
    guard graph.order.count <= 60, graph.order.allSatisfy(isSmall),
      graph.constants.allSatisfy(isSmall)
    else { return }
    randomWeights(for: &graph, seed: 1)
    optimize(&graph, context: PassContext(verifies: true))
    for set in [InstructionSet.avx2, .avx512] {
      let plan = try plan(graph, for: Machine(set), options: PlanningOptions(threads: 2))
      precondition(!plan.printed().isEmpty, "a plan without words")
      guard plan.weightBytes <= 1 << 20 else { continue }
      var weights = [UInt8](repeating: 0, count: plan.weightBytes)
      weights.withUnsafeMutableBytes { plan.packWeights(into: $0) }
    }
  }
}

/// The parts of an input for the model language.
private struct ModelInput {
  private let texts: [String]

  init(_ bytes: UnsafeRawBufferPointer) {
    texts = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n%%\n", omittingEmptySubsequences: false).map(String.init)
  }

  func graph() throws(DiagnosticError) -> Graph {
    let files = texts.dropFirst(2)
    return try parseModel(
      text: texts[0], path: "model.resin", options: options
    ) { path throws(DiagnosticError) in
      guard let number = Int(path.suffix(1)), files.indices.contains(number + 1) else {
        throw DiagnosticError("there is no file '\(path)'")
      }
      return files[number + 1]
    }
  }

  private var options: ModelOptions {
    var options = ModelOptions()
    guard texts.count > 1 else { return options }
    for line in texts[1].split(separator: "\n") {
      let sides = line.split(separator: "=", maxSplits: 1)
      guard sides.count == 2, let number = Int(sides[1]) else { continue }
      let words = sides[0].split(separator: " ")
      switch words.first {
      case "N": options.batch = max(1, min(number, 65536))
      case "set" where words.count == 2: options.parameters[String(words[1])] = number
      case "dim" where words.count == 2: options.dimensions[String(words[1])] = number
      default: break
      }
    }
    return options
  }
}
