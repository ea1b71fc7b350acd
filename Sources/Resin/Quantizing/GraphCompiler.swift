import Artifacts
import GraphIR
import KernelGen
import Passes
import Planning

/// Compiles graphs that belong to one model into this process, and runs them.
struct GraphCompiler {
  /// The model with the number of images that runs have.
  let source: ModelFile
  /// What code is made for: the machine that it runs on.
  let machine: Machine
  private let pool: ThreadPool
  /// Code of kernels that the graphs share.
  private let cache = KernelCache()

  /// - Throws: where there are no threads to run on.
  init(_ source: ModelFile, threads: Int) throws {
    self.source = source
    machine = try .native
    pool = try ThreadPool(threads: threads)
  }

  /// A graph ready to run.
  ///
  /// - Parameter graph: has the inputs of the model.
  /// - Throws: where a node has no kernel, or there is no memory.
  func session(_ graph: Graph) throws -> Session {
    var graph = graph
    optimize(&graph)
    let compilation = try Compilation(
      source, optimised: graph, for: machine, options: PlanningOptions())
    return try Session(try compilation.model(sharing: cache), pool: pool)
  }
}

extension Graph {
  /// The graph with values as its only outputs, in their order.
  func computing(_ values: [NodeID]) -> Graph {
    var graph = self
    graph.keepOutputs([])
    for (index, value) in values.enumerated() {
      graph.addOutput("\(index)", value)
    }
    graph.removeDeadNodes()
    return graph
  }
}
