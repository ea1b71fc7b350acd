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

/// What is worth more where speed and size exclude each other.
public enum OptimizationGoal: String, Sendable, CaseIterable {
  /// Weights may be stored in a larger form that computes faster.
  case speed
  /// Weights are stored in the smallest form, about as many bytes as their file.
  case size
}

/// What a user may decide about a plan.
public struct PlanningOptions: Sendable, Equatable {
  /// The algorithms to choose from; the direct one serves where none of them fits a convolution.
  public var algorithms: [ConvolutionAlgorithm]
  /// Algorithms by the name of the convolution's node; a name that is not there is a mistake, and so
  /// is an algorithm that does not fit.
  public var overrides: [String: AlgorithmOverride]
  /// The number of threads to choose for: more threads compute faster, but share one memory. Code
  /// runs, with the same bits, on any number.
  public var threads: Int
  public var goal: OptimizationGoal
  /// How weights of convolutions, linear and recurrent layers are stored. They have been rounded to it
  /// before.
  public var weightsFormat: FloatFormat
  /// Vectors of output channels per panel by the name of the convolution's node, where they fit it:
  /// plans that agree in them and in the algorithms pack weights alike.
  public var panelVectors: [String: Int] = [:]
  /// How many of the graph's first nodes run image by image, as far as it allows it; nil where estimates decide. Plans
  /// that are timed against one another have one border.
  public var imageByImageNodes: Int?
  /// Whether an output is an image of several pixels, each of which can be compared with another
  /// runtime's.
  var drawsImages = false

  /// Creates options; every algorithm is allowed, for speed on one thread, unless said.
  public init(
    algorithms: [ConvolutionAlgorithm] = ConvolutionAlgorithm.allCases,
    overrides: [String: AlgorithmOverride] = [:], threads: Int = 1, goal: OptimizationGoal = .speed,
    weightsFormat: FloatFormat = .float32
  ) {
    self.algorithms = algorithms
    self.overrides = overrides
    self.threads = max(1, threads)
    self.goal = goal
    self.weightsFormat = weightsFormat
  }
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
      weights: graph.constants.reduce(0) { $0 + 4 * graph[$1].type.elementCount }
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
      .copy, extents: [bytes / 4], strides: [[1], [1]], arguments: [place, output],
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

  // MARK: Forms of values

  /// A value in row-major order; converts it if it is blocked so far.
  mutating func plainPlace(of id: NodeID) -> Place {
    if let place = forms[id]?.plain { return place }
    let node = graph[id]
    if let tensor = graph.constantValue(of: id) {
      let place = addWeights(.plain(tensor))
      forms[id] = Forms(plain: place)
      return place
    }
    if let view = views[id] { return carriedOut(view, id) }
    if graph.isRename(id) {
      let place = plainPlace(of: node.inputs[0])
      forms[id, default: Forms()].plain = place
      return place
    }
    if let place = convertedPlace(of: id) {
      forms[id, default: Forms()].plain = place
      return place
    }
    guard let blocked = forms[id]?.blocked ?? forms[id]?.pixels else {
      preconditionFailure("\(node.name) has no value")
    }
    let place = newBuffer(node.name, bytes: node.type.storedByteCount)
    let plain = PlacedImage(place: place, view: .plain(node.type.shape, lanes: lanes))
    addReorder(from: blocked, to: plain, name: node.name)
    forms[id]!.plain = place
    return place
  }

  /// An image in blocked layout; converts it if it is row-major so far.
  mutating func blockedImage(of id: NodeID) -> PlacedImage {
    if let image = forms[id]?.blocked { return image }
    let node = graph[id]
    let shape = node.type.shape
    let image: PlacedImage
    if let tensor = graph.constantValue(of: id) {
      image = PlacedImage(
        place: addWeights(.blocked(tensor, lanes: lanes)), view: .blocked(shape, lanes: lanes))
    } else if let pixels = pixels(behind: id) {
      image = newImage(id)
      addElementwise(
        .copy, extents: blockedExtents(shape),
        strides: [pixels.view.boxStrides, image.view.boxStrides],
        elements: [.uint8, .float32], arguments: [pixels.place, image.place], name: node.name,
        nodes: [])
    } else {
      let plain = plainPlace(of: id)
      if shape[2] == 1, shape[3] == 1, shape[1] % lanes == 0 {
        // One pixel: both layouts are a dense vector of channels.
        image = PlacedImage(place: plain, view: .blocked(shape, lanes: lanes))
      } else {
        image = newImage(id)
        addReorder(
          from: PlacedImage(place: plain, view: .plain(shape, lanes: lanes)), to: image,
          name: node.name)
      }
    }
    forms[id, default: Forms()].blocked = image
    return image
  }

  mutating func addReorder(from: PlacedImage, to: PlacedImage, name: String) {
    let kernel = ReorderKernel(lanes: lanes, input: from.view, output: to.view)
    addStep(
      .reorder(kernel), [from.place, to.place], name: name, nodes: [], flops: 0,
      read: from.view.byteCount(lanes: lanes), written: to.view.byteCount(lanes: lanes))
  }

  /// Whether a value is an image that exists in blocked layout.
  func isBlocked(_ id: NodeID) -> Bool { forms[id]?.blocked != nil && forms[id]?.plain == nil }

  // MARK: The end

  mutating func finish() -> Plan {
    fusePools()
    placeScratch()
    var drafts = buffers
    for (index, step) in steps.enumerated() {
      for argument in step.arguments {
        if case .buffer(let buffer) = argument.base { drafts[buffer].use(at: index) }
      }
    }
    let owner = mergeInPlace(&drafts)
    let live = drafts.indices.filter { owner[$0] == $0 && drafts[$0].lastStep >= 0 }
    let (offsets, arena) = assignOffsets(
      live.map { drafts[$0] }, alignment: ModelInterface.alignment)
    var offsetOf = [Int](repeating: 0, count: drafts.count)
    for (position, buffer) in live.enumerated() { offsetOf[buffer] = offsets[position] }

    func location(_ place: Place) -> Location {
      switch place.base {
      case .buffer(let buffer): Location(.workspace, offsetOf[owner[buffer]] + place.offset)
      case .fixed(let base): Location(base, place.offset)
      }
    }
    let final = steps.map { step in
      Step(
        name: step.name, nodes: step.nodes, kernel: step.kernel,
        arguments: step.arguments.map(location), flops: step.flops, bytesRead: step.bytesRead,
        bytesWritten: step.bytesWritten, choice: step.choice, parts: step.parts)
    }
    let interface = ModelInterface(
      name: graph.name, inputs: graph.inputPorts, outputs: graph.outputPorts, workspaceBytes: arena,
      weightsBytes: weightBytes, instructionSet: machine.instructionSet, stepCount: final.count)
    return Plan(
      interface: interface, machine: machine, steps: final,
      buffers: live.map { index in
        Buffer(
          name: drafts[index].name, bytes: drafts[index].bytes, firstStep: drafts[index].firstStep,
          lastStep: drafts[index].lastStep, offset: offsetOf[index])
      }, weights: weights, livenessBytes: livenessBound(live.map { drafts[$0] }))
  }

  /// Lets a result take the place of an operand that is read for the last time, element by element:
  /// residuals in place. Returns, for every buffer, the buffer whose memory it uses.
  private func mergeInPlace(_ drafts: inout [BufferDraft]) -> [Int] {
    var owner = Array(drafts.indices)
    for (index, step) in steps.enumerated() {
      guard case .buffer(let result)? = step.arguments.last?.base, owner[result] == result else {
        continue
      }
      for position in step.kernel.inPlaceOperands {
        guard case .buffer(let raw) = step.arguments[position].base else { continue }
        let operand = owner[raw]
        let reads = step.arguments.filter {
          if case .buffer(let buffer) = $0.base { owner[buffer] == operand } else { false }
        }
        guard operand != result, reads.count == 1, step.arguments[position].offset == 0,
          step.arguments.last!.offset == 0, drafts[operand].lastStep == index,
          drafts[result].firstStep == index, drafts[operand].bytes == drafts[result].bytes
        else { continue }
        drafts[operand].lastStep = drafts[result].lastStep
        for buffer in owner.indices where owner[buffer] == result { owner[buffer] = operand }
        break
      }
    }
    return owner
  }
}

/// Why a node has no kernel.
struct PlanningError: Error {
  var message: String
  var hint: String?
  /// Where the mistake is; nil for the node's place.
  var place: Diagnostic.Place?
}

extension Kernel {
  /// Operands that may share memory with the result: every element is read before, and only for,
  /// the same element.
  var inPlaceOperands: [Int] {
    switch self {
    case .convolution(let kernel): kernel.residual == kernel.output ? [3] : []
    case .winogradProduct(let kernel): kernel.residual == kernel.output ? [3] : []
    case .winogradBlocks(let kernel):
      kernel.product.residual == kernel.product.output ? [3] : []
    case .strassen(let kernel): kernel.product.residual == kernel.product.output ? [3] : []
    case .elementwise(let kernel):
      (0..<kernel.inputCount).filter { kernel.strides[$0] == kernel.strides.last }
    default: []
    }
  }
}
