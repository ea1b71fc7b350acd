import GraphIR

/// The first layers of a batch run image by image: their activations are large and their weights
/// small, so that one image at a time stays in the caches and weights are read again at little cost.
/// The last layers run on the whole batch: their weights are large, and are read once.
extension Planner {
  /// Plans the nodes that run image by image, if that pays, as one step.
  ///
  /// - Returns: how many nodes of the order that is.
  mutating func planImageByImage() throws -> Int {
    guard let batch = graph.batch, batch > 1, !graph.hasOtherElements else { return 0 }
    let separable = graph.imageSeparablePrefix
    guard separable > 0 else { return 0 }
    let count =
      try options.imageByImageNodes.map { min($0, separable) }
      ?? bestPrefix(
        separable, batch: batch,
        imageCosts: try nodeCosts(graph.imageGraph(first: separable), images: batch),
        batchCosts: try nodeCosts(graph, images: 1))
    guard count > 0 else { return 0 }
    try addImageSteps(graph.imageGraph(first: count), batch: batch)
    return count
  }

  /// The prefix of least estimated time. Every thread takes whole images, so the last round may
  /// leave threads without one.
  private func bestPrefix(
    _ separable: Int, batch: Int, imageCosts: [String: Double], batchCosts: [String: Double]
  ) -> Int {
    let threads = options.threads
    let rounds = Double((batch + threads - 1) / threads)
    func names(_ range: Range<Int>) -> [String] { graph.order[range].map { graph[$0].name } }
    var time = names(0..<graph.order.count).reduce(0) { $0 + batchCosts[$1, default: 0] }
    var best = (count: 0, time: time)
    let copied = concatenatedBytesAcross()
    for count in 1...separable {
      let name = graph[graph.order[count - 1]].name
      time += rounds * imageCosts[name, default: 0] - batchCosts[name, default: 0]
      // Read and written once to leave the arenas of images, and once more to be concatenated.
      let whole =
        time
        + machine.activationCycles(4 * copied[count], threads: threads, together: 1)
      if whole < best.time { best = (count, whole) }
    }
    return best.count
  }

  /// For every count of first nodes, the bytes of their values that a later node reads and that are
  /// part of a concatenation, whose memory cannot begin in one plan and go on in the other.
  private func concatenatedBytesAcross() -> [Int] {
    let order = graph.order
    let position = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
    var change = [Int](repeating: 0, count: order.count + 2)
    let slices = graph.channelSlices(order[...], lanes: lanes)
    for id in order where slices[id] != nil {
      guard let last = graph.users(of: id).compactMap({ position[$0] }).max() else { continue }
      change[position[id]! + 1] += graph[id].type.byteCount
      change[last + 1] -= graph[id].type.byteCount
    }
    return change.reduce(into: []) { $0.append(($0.last ?? 0) + $1) }
  }

  /// Estimated cycles of every node of a graph, by name: of all threads together for a batch, of
  /// one thread among others at the same work for an image.
  private func nodeCosts(_ graph: Graph, images: Int) throws -> [String: Double] {
    var planner = Planner(graph: graph, machine: machine.estimating, options: options)
    try planner.planNodes(graph.order[...])
    let together = min(images, options.threads)
    var costs: [String: Double] = [:]
    for step in planner.steps {
      costs[step.name, default: 0] += cycles(
        step, threads: images > 1 ? 1 : options.threads, together: together)
    }
    return costs
  }

  /// Estimated cycles of a step, with what its activations cost where they do not stay in the
  /// caches.
  private func cycles(_ step: DraftStep, threads: Int, together: Int) -> Double {
    let time = step.kernel.spec.time(on: machine, threads: threads, together: together)
    let bytes = step.bytesRead + step.bytesWritten - (time?.weightBytes ?? 0)
    return (time?.cycles ?? 0)
      + machine.activationCycles(bytes, threads: threads, together: together)
  }

  /// One step for all images: the plan of one image, with its buffers in an arena per image.
  private mutating func addImageSteps(_ image: Graph, batch: Int) throws {
    var planner = Planner(graph: image, machine: machine, options: options)
    planner.isPartOfPlan = true
    try planner.planNodes(image.order[...])
    let areBlocked = planner.pinOutputs()
    let plan = planner.finish()

    let weightStart = weightBytes
    for var section in plan.weights {
      section.offset += weightStart
      weights.append(section)
    }
    weightBytes = roundUp(weightStart + plan.weightBytes, to: ModelInterface.alignment)

    // The operands of the whole: weights, the arenas, inputs, then the results.
    var places = [Place(base: .fixed(.weights), offset: weightStart)]
    var strides = [0, plan.arenaBytes]
    places.append(newBuffer("\(batch) images", bytes: max(batch * plan.arenaBytes, 4)))
    for input in image.inputs {
      places.append(plainPlace(of: input.node))
      strides.append(image[input.node].type.byteCount)
    }
    for (output, isBlocked) in zip(image.outputs, areBlocked) {
      let shape = image[output.node].type.shape
      let view =
        isBlocked ? ImageView.blocked([batch] + shape.dropFirst(), lanes: lanes) : nil
      let bytes =
        view.map { $0.byteCount(lanes: lanes) / batch } ?? image[output.node].type.byteCount
      let place = newBuffer(output.name, bytes: batch * bytes)
      forms[output.node] =
        view.map { Forms(blocked: PlacedImage(place: place, view: $0)) } ?? Forms(plain: place)
      places.append(place)
      strides.append(bytes)
    }
    let parts = plan.steps.map { step in
      ImageStepsKernel.Part(
        kernel: step.kernel,
        operands: step.arguments.map { argument in
          let index = argument.base.baseIndex(inputs: image.inputs.count)
          return .init(index: index, offset: argument.offset, imageStride: strides[index])
        })
    }
    let first = plan.steps.first?.name ?? ""
    let last = plan.steps.last?.name ?? ""
    addStep(
      .imageSteps(ImageStepsKernel(images: batch, parts: parts)), places,
      name: first == last ? first : "\(first) … \(last)", nodes: plan.steps.flatMap(\.nodes),
      flops: batch * plan.flops,
      read: plan.weightBytes + batch * plan.steps.reduce(0) { $0 + $1.bytesRead },
      written: batch * plan.steps.reduce(0) { $0 + $1.bytesWritten }, parts: plan.steps)
  }
}
