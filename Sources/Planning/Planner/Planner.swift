import Diagnostics
import GraphIR

/// Plans a graph for a machine: kernels, layouts, packed weights, buffer offsets, splits.
///
/// - Throws: `DiagnosticError` naming every node that has no kernel, or every parameter without
///   weights.
public func plan(
  _ graph: Graph, for machine: Machine, options: PlanningOptions = PlanningOptions()
) throws -> Plan {
  var options = options
  options.drawsImages = graph.outputs.contains { output in
    let shape = graph[output.node].type.shape
    return shape.count == 4 && shape[2] * shape[3] > 1
  }
  let first = try planOnce(graph, for: machine, options: options)
  guard let options = first.optionsForLessGrowth(options) else { return first }
  return try planOnce(graph, for: machine, options: options)
}

private func planOnce(
  _ graph: Graph, for machine: Machine, options: PlanningOptions
) throws -> Plan {
  var planner = Planner(graph: graph, machine: machine, options: options)
  try planner.checkSources()
  try planner.checkOverrides()
  let done = try planner.planImageByImage()
  try planner.planNodes(graph.order[done...])
  planner.pinOutputs()
  return planner.finish()
}

/// Where a value is while planning: in a buffer that has no offset yet, among the weights, or at an
/// edge.
struct Place: Hashable {
  enum Base: Hashable {
    case buffer(Int)
    case fixed(Location.Base)
  }

  var base: Base
  /// In bytes.
  var offset = 0

  /// The place so many elements further.
  func moved(by elements: Int, of element: ElementType) -> Place {
    Place(base: base, offset: offset + element.bytes(elements))
  }
}

extension ElementType {
  /// What so many elements side by side take.
  func bytes(_ count: Int) -> Int { count * byteCount }
}

/// The state of planning: nodes turn into steps one by one, in the graph's order.
struct Planner {
  struct DraftStep {
    var name: String
    var nodes: [String]
    var kernel: Kernel
    var arguments: [Place]
    var flops: Int
    var bytesRead: Int
    var bytesWritten: Int
    var choice: ConvolutionChoice?
    var parts: [Step]
  }

  /// The forms in which a value exists so far.
  struct Forms {
    var plain: Place?
    var blocked: PlacedImage?
    /// Integers of 8 bits, one byte each.
    var pixels: PlacedImage?
  }

  let graph: Graph
  let machine: Machine
  let options: PlanningOptions
  var steps: [DraftStep] = []
  var buffers: [BufferDraft] = []
  /// By node; a node that is missing has no form yet.
  var forms: [NodeID: Forms] = [:]
  /// Values of other types than f32 in their own elements, as far as anything asked for them.
  var own: [NodeID: Place] = [:]
  /// The nodes that have such a form.
  let ownNodes: Set<NodeID>
  /// The nodes whose integers of 8 bits are pixels, the pools of these by what is quantised behind them, and what is not
  /// computed because of such a pool.
  let pixelNodes: Set<NodeID>
  let integerPools: [NodeID: IntegerPool]
  let skippedNodes: Set<NodeID>
  /// What is known of integers.
  let integers: [NodeID: HeldIntegers]
  /// Element-wise nodes that are computed together, by the last of them.
  var trees: [NodeID: ElementwiseTree] = [:]
  /// Values that attention reads in the memory of others.
  var views: [NodeID: StridedView] = [:]
  /// Known masks of attention, stored by key.
  var swappedMasks: [NodeID: Place] = [:]
  /// Values that lie among the channels of concatenations.
  var slices: [NodeID: ChannelSlice] = [:]
  /// The buffers of concatenations, as far as something has been written there.
  var concatenated: [NodeID: Place] = [:]
  var weights: [WeightSection] = []
  var weightBytes = 0
  /// Whether this is the plan of one image of a batch: images that are outputs stay in blocked layout,
  /// for steps of the whole plan to read, and all tasks run one after the other in one thread.
  var isPartOfPlan = false

  var lanes: Int { machine.lanes }

  init(graph: Graph, machine: Machine, options: PlanningOptions) {
    self.graph = graph
    // Integers of 8 bits as well: transformed, they grow as those of f32 do.
    self.machine = machine.holding(
      weights: graph.constants.reduce(0) { $0 + graph[$1].type.storedByteCount }
        * options.weightsFormat.byteCount / FloatFormat.float32.byteCount)
    self.options = options
    let hasOthers = graph.hasOtherElements
    pixelNodes = hasOthers ? graph.nodesWithPixels() : []
    integerPools = graph.integerPools(of: pixelNodes)
    skippedNodes = Set(integerPools.values.flatMap(\.skipped))
    ownNodes = hasOthers ? graph.nodesWithOwnElements(without: pixelNodes) : []
    integers = hasOthers ? graph.heldIntegers() : [:]
    for (index, input) in graph.inputs.enumerated()
    where graph[input.node].type.element == .float32 {
      forms[input.node] = Forms(plain: Place(base: .fixed(.input(index))))
    }
  }

  /// Plans nodes one after the other.
  ///
  /// - Throws: naming all of them that have no kernel.
  mutating func planNodes(_ nodes: ArraySlice<NodeID>) throws {
    trees = graph.elementwiseTrees(
      nodes, without: ownNodes.union(skippedNodes).union(integerPools.keys))
    slices = graph.channelSlices(nodes, lanes: lanes)
    views = graph.stridedViews(nodes)
    var problems: [Diagnostic] = []
    for id in nodes {
      do {
        try planNode(id)
      } catch let error as PlanningError {
        problems.append(
          Diagnostic(error.message, at: error.place ?? subject(of: id), hint: error.hint))
        // A value of the right shape lets the nodes behind it be checked too.
        forms[id] = Forms(plain: newBuffer(graph[id].name, bytes: graph[id].type.storedByteCount))
      }
    }
    if !problems.isEmpty { throw DiagnosticError(problems) }
  }

  /// Lets outputs be written where the caller wants them.
  ///
  /// - Returns: for every output whether it is in blocked layout.
  @discardableResult
  mutating func pinOutputs() -> [Bool] {
    graph.outputs.enumerated().map { index, output in
      guard graph[output.node].type.element == .float32 else {
        writeOutput(index, output.node)
        return false
      }
      let blocked = isPartOfPlan && isBlocked(output.node)
      let place = blocked ? blockedImage(of: output.node).place : plainPlace(of: output.node)
      pinOutput(index, place, graph[output.node], isBlocked: blocked)
      return blocked
    }
  }

  func checkSources() throws {
    let unbound = graph.constants.filter {
      if case .parameter = graph[$0].operation { return !graph.users(of: $0).isEmpty }
      return false
    }
    guard unbound.isEmpty else {
      let names = unbound.prefix(5).map { "'\(graph[$0].name)'" }.joined(separator: ", ")
      let more = unbound.count > 5 ? " and \(unbound.count - 5) more" : ""
      throw DiagnosticError(
        "model '\(graph.name)' has no weights for \(names)\(more)",
        hint: "give a file with --weights, or --random-weights SEED")
    }
    for output in graph.outputs {
      do {
        try checkOutput(output.node)
      } catch let error as PlanningError {
        throw DiagnosticError(error.message, at: subject(of: output.node), hint: error.hint)
      }
    }
  }

  func checkOverrides() throws {
    let names = graph.order.filter { graph[$0].operation.hasAlgorithms }.map { graph[$0].name }
    let wrong = options.overrides.keys.sorted().filter { !names.contains($0) }
    guard wrong.isEmpty else {
      throw DiagnosticError(
        wrong.map { name in
          Diagnostic(
            "model '\(graph.name)' has no convolution '\(name)' to choose an algorithm for",
            at: options.overrides[name]?.place ?? .none,
            hint: nearestNamesHint(for: name, in: names))
        })
    }
  }

  private func subject(of id: NodeID) -> Diagnostic.Place {
    if case .none = graph[id].place {
      return .subject("model '\(graph.name)': node '\(graph[id].name)'")
    }
    return graph[id].place
  }

  /// Lets the producer write straight into the caller's output, or copies where that cannot be.
  private mutating func pinOutput(
    _ index: Int, _ place: Place, _ node: Node, isBlocked: Bool
  ) {
    let output = Place(base: .fixed(.output(index)))
    let bytes =
      isBlocked
      ? ImageView.blocked(node.type.shape, lanes: lanes).byteCount(lanes: lanes)
      : node.type.byteCount
    if case .buffer(let buffer) = place.base, place.offset == 0, buffers[buffer].bytes == bytes {
      replace(buffer, by: output.base)
      return
    }
    addElementwise(
      .copy, extents: [bytes / node.type.element.byteCount], strides: [[1], [1]],
      arguments: [place, output],
      name: node.name, nodes: [])
  }

  /// Lets everything that is in a buffer be elsewhere.
  mutating func replace(_ buffer: Int, by base: Place.Base) {
    for step in steps.indices {
      for argument in steps[step].arguments.indices
      where steps[step].arguments[argument].base == .buffer(buffer) {
        steps[step].arguments[argument].base = base
      }
    }
    for id in graph.order + graph.inputs.map(\.node) {
      if forms[id]?.plain?.base == .buffer(buffer) { forms[id]!.plain!.base = base }
      if forms[id]?.blocked?.place.base == .buffer(buffer) {
        forms[id]!.blocked!.place.base = base
      }
      if forms[id]?.pixels?.place.base == .buffer(buffer) { forms[id]!.pixels!.place.base = base }
      if own[id]?.base == .buffer(buffer) { own[id]!.base = base }
    }
  }

  // MARK: Buffers, weights, steps

  mutating func newBuffer(_ name: String, bytes: Int) -> Place {
    buffers.append(BufferDraft(name: name, bytes: bytes))
    return Place(base: .buffer(buffers.count - 1))
  }

  mutating func addWeights(_ packing: Packing) -> Place {
    let offset = weightBytes
    let bytes = packing.byteCount
    weights.append(WeightSection(offset: offset, bytes: bytes, packing: packing))
    weightBytes = roundUp(offset + bytes, to: ModelInterface.alignment)
    return Place(base: .fixed(.weights), offset: offset)
  }

  mutating func addStep(
    _ kernel: Kernel, _ arguments: [Place], name: String, nodes: [String], flops: Int,
    read: Int, written: Int, choice: ConvolutionChoice? = nil, parts: [Step] = []
  ) {
    steps.append(
      DraftStep(
        name: name, nodes: nodes, kernel: kernel, arguments: arguments, flops: flops,
        bytesRead: read, bytesWritten: written, choice: choice, parts: parts))
  }

  /// The names of all nodes that `id` stands for.
  func sources(of id: NodeID) -> [String] { [graph[id].name] + graph[id].fused }
}

/// Why a node has no kernel.
struct PlanningError: Error {
  var message: String
  var hint: String?
  /// Where the mistake is; nil for the node's place.
  var place: Diagnostic.Place?
}
