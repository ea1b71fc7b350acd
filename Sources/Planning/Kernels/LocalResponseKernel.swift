import Diagnostics
import GraphIR

/// Local response normalisation of a blocked image: every vector of channels meets those before and
/// after it.
public struct LocalResponseKernel: Hashable, Sendable {
  public var lanes: Int
  public var input: ImageView
  public var output: ImageView
  public var attributes: LocalResponse
  /// Channels before and after that a sum reaches, no more than there are.
  public var before: Int
  public var after: Int
  public var rowsPerTask: Int

  /// Groups of rows that tasks are split by.
  public var rowGroups: Int { (output.height + rowsPerTask - 1) / rowsPerTask }

  /// Independent shares: groups of rows of every image.
  public var tasks: Int { input.batch * rowGroups }
}

extension LocalResponseKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .localResponse(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String {
    "local-response of \(attributes.size) \(output.channels) "
      + "@\(output.height)×\(output.width)"
  }
  package var printedLayout: String { blockedLayout(lanes) + "→" + blockedLayout(lanes) }
}

extension Planner {
  mutating func planLocalResponse(_ id: NodeID, _ attributes: LocalResponse) throws {
    let node = graph[id]
    let shape = node.type.shape
    let (before, after) = (
      min(attributes.before, shape[1] - 1), min(attributes.after, shape[1] - 1)
    )
    guard before + after < 64 else {
      throw PlanningError(
        message:
          "\(node.operation.mnemonic) over \(quantity(attributes.size, "channel")) has no kernel",
        hint: "at most 64 channels")
    }
    let (input, inputView) = blockedInput(of: id)
    let (output, view) = newBlockedImage(id)
    let kernel = LocalResponseKernel(
      lanes: lanes, input: inputView, output: view, attributes: attributes, before: before,
      after: after, rowsPerTask: (view.height + 15) / 16)
    addStep(
      .localResponse(kernel), [input, output], name: node.name, nodes: sources(of: id),
      flops: node.type.elementCount * (before + after + 12), read: view.byteCount(lanes: lanes),
      written: view.byteCount(lanes: lanes))
  }
}
