import GraphIR

/// Recurrent layers. The products of the inputs of all steps are one linear layer. Then there are, for
/// every step, the product with the state, which is added to that, and one element-wise step that
/// makes the new state of it. All steps share their kernels, and nothing is copied: gates are read,
/// and states written, where they lie in the whole.
extension Planner {
  mutating func planRecurrent(_ id: NodeID, _ layer: Recurrence) throws {
    // Planned already with a node that gives another result of the same steps.
    guard forms[id] == nil else { return }
    let results = graph.resultsOfSameSteps(as: id)
    let count = layer.extents(of: graph[graph[id].inputs[0]].type.shape).steps
    let most = Self.mostRecurrentSteps
    guard steps.count + 2 * count <= most else {
      throw PlanningError(
        message: "with its recurrent layers the model takes more than \(most) steps",
        hint: "cut sequences into shorter ones, and give the last state as the first of the next")
    }
    var recurrence = try RecurrentPlan(
      id, layer, wantsSequence: results.contains { $0.0 == .sequence }, &self)
    for position in 0..<count {
      recurrence.advance(to: layer.direction == .forward ? position : count - 1 - position, &self)
    }
    for (result, node) in results {
      let place = recurrence.place(of: result, &self)
      forms[node] = Forms(plain: place)
    }
    steps[steps.count - 1].nodes = results.flatMap { sources(of: $0.1) }
  }

  /// Steps of a plan with recurrent layers: every one is some hundred bytes of the compiler's memory.
  private static let mostRecurrentSteps = 1 << 18

  /// The products of all steps' inputs with the first weight, `[rows, G · H]`.
  fileprivate mutating func addInputProduct(_ id: NodeID, _ layer: Recurrence) throws -> Place {
    let node = graph[id]
    let (x, weight) = (graph[node.inputs[0]].type.shape, graph[node.inputs[1]].type.shape)
    let rows = x[0] * x[1]
    let problem = ConvolutionProblem(
      input: .matrix(rows: rows, channels: weight[1], lanes: lanes),
      output: .matrix(rows: rows, channels: weight[0], lanes: lanes), residual: nil,
      attributes: Convolution(), kernel: Pair(1), groups: 1)
    // A name of its own, by which another plan of the model packs this weight alike.
    let name = "\(node.name).input"
    let kernels: ConvolutionKernels
    var choice: ConvolutionChoice?
    if graph.constantValue(of: node.inputs[1]) == nil {
      kernels = .direct(machine.convolutionKernel(for: problem, threads: options.threads))
    } else {
      let chosen = try chooseAlgorithm(for: problem, node: name)
      (kernels, choice) = (chosen.kernels, chosen.choice)
    }
    let weights = addPacked(node.inputs[1], rows: 0..<weight[0], for: kernels, id)
    let biases = addBias(layer.operandIndex("bias_ih").map { node.inputs[$0] }, rows: 0..<weight[0])
    let result = newBuffer(node.name, bytes: ElementType.float32.bytes(rows * weight[0]))
    addConvolutionSteps(
      id, kernels, problem, weights: weights, weightTerms: weight[1], biases: biases,
      input: plainPlace(of: node.inputs[0]), residual: nil, output: result, nodes: [],
      choice: choice, name: name)
    return result
  }

  /// Rows of a weight `[O, I]`, known or not, as kernels read them.
  fileprivate mutating func addPacked(
    _ weight: NodeID, rows: Range<Int>, for kernels: ConvolutionKernels, _ id: NodeID
  ) -> Place {
    let inputs = graph[weight].type.shape[1]
    let shape = [rows.count, inputs, 1, 1]
    if let tensor = graph.constantValue(of: weight) {
      let values = tensor.floats[(rows.lowerBound * inputs)..<(rows.upperBound * inputs)]
      return addWeights(kernels.packing(Tensor(shape, floats: Array(values)), groups: 1))
    }
    guard case .direct(let kernel) = kernels else {
      preconditionFailure("a computed weight is packed for direct kernels only")
    }
    let source = plainPlace(of: weight).moved(by: rows.lowerBound * inputs, of: .float32)
    return pack(source, shape, for: kernel, id)
  }
}

extension Graph {
  /// The nodes that compute the same steps of a recurrent layer, with what they give of them.
  fileprivate func resultsOfSameSteps(as id: NodeID) -> [(Recurrence.Result, NodeID)] {
    guard case .recurrent(var layer) = self[id].operation else { return [] }
    var found = [(layer.result, id)]
    for user in users(of: self[id].inputs[0]) where self[user].inputs == self[id].inputs {
      guard case .recurrent(let other) = self[user].operation else { continue }
      layer.result = other.result
      if layer == other, !found.contains(where: { $0.1 == user }) {
        found.append((other.result, user))
      }
    }
    return found
  }
}

/// The memory of a recurrent layer while its steps are planned, and what they share.
private struct RecurrentPlan {
  /// A matrix with a row for each sequence of the batch.
  struct Rows {
    var place: Place
    /// In elements.
    var stride: Int

    /// The matrix from a row and a column on.
    func from(row: Int, column: Int = 0) -> Place {
      place.moved(by: row * stride + column, of: .float32)
    }
  }

  /// The product of a state with rows of the second weight.
  struct StateProduct {
    var problem: ConvolutionProblem
    var kernel: ConvolutionKernel
    var weights: Place
    var biases: Place
    /// The first of its columns among those of all gates.
    var column: Int
  }

  let id: NodeID
  let layer: Recurrence
  let steps: Int
  let batch: Int
  let units: Int
  /// Whether some sequences are shorter than others.
  let isRagged: Bool
  /// Products of the inputs, for all steps.
  let projected: Place
  var products: [StateProduct] = []
  /// What the product gives where it is kept apart from the input's, or the state times the reset gate.
  var scratch: Rows?
  var sequence: Place?
  /// States to write to in turn where nothing wants all of them.
  var pair: Place?
  var hidden: Rows
  var cell: Rows
  var peepholes: Place?

  private var width: Int { layer.cell.gates * units }

  init(
    _ id: NodeID, _ layer: Recurrence, wantsSequence: Bool, _ planner: inout Planner
  ) throws {
    let node = planner.graph[id]
    (self.id, self.layer) = (id, layer)
    (steps, batch) = layer.extents(of: planner.graph[node.inputs[0]].type.shape)
    units = planner.graph[node.inputs[2]].type.shape[1]
    let count = steps
    isRagged = layer.lengths.contains { $0 < count }
    projected = try planner.addInputProduct(id, layer)
    let stateBytes = ElementType.float32.bytes(batch * units)
    if wantsSequence {
      sequence = planner.newBuffer(node.name, bytes: steps * stateBytes)
    } else if !isRagged {
      pair = planner.newBuffer(node.name, bytes: 2 * stateBytes)
    }
    let isGated = layer.cell == .gru
    if isGated {
      let columns = layer.resetsFirst ? units : layer.cell.gates * units
      scratch = Rows(
        place: planner.newBuffer(node.name, bytes: ElementType.float32.bytes(batch * columns)),
        stride: columns)
    }
    peepholes = layer.operandIndex("peepholes").map { planner.plainPlace(of: node.inputs[$0]) }
    (hidden, cell) = Self.firstStates(layer, node, batch, units, isRagged: isRagged, &planner)
    if isRagged, let sequence {
      planner.fill(sequence, 0, count: steps * batch * units, name: node.name)
    }
    let split = layer.resetsFirst ? 2 * units : width
    for rows in [0..<split, split..<width] where !rows.isEmpty {
      products.append(stateProduct(rows, &planner))
    }
  }

  /// The states before the first step: what is given or zeros, in memory of the layer's own where steps
  /// change some rows only.
  private static func firstStates(
    _ layer: Recurrence, _ node: Node, _ batch: Int, _ units: Int, isRagged: Bool,
    _ planner: inout Planner
  ) -> (Rows, Rows) {
    var zeros: Place?
    func first(_ operand: String, _ planner: inout Planner) -> Rows {
      let given = layer.operandIndex(operand).map { planner.plainPlace(of: node.inputs[$0]) }
      if !isRagged, let place = given ?? zeros { return Rows(place: place, stride: units) }
      let place = planner.newBuffer(
        node.name, bytes: ElementType.float32.bytes(batch * units))
      if let given {
        planner.addElementwise(
          .copy, extents: [batch * units], strides: [[1], [1]], arguments: [given, place],
          name: node.name, nodes: [])
      } else {
        planner.fill(place, 0, count: batch * units, name: node.name)
        zeros = place
      }
      return Rows(place: place, stride: units)
    }
    let hidden = first("initial_hidden", &planner)
    return (hidden, layer.cell == .lstm ? first("initial_cell", &planner) : hidden)
  }

  private func stateProduct(_ rows: Range<Int>, _ planner: inout Planner) -> StateProduct {
    let node = planner.graph[id]
    let lanes = planner.lanes
    var output = ImageView.matrix(rows: batch, channels: rows.count, lanes: lanes)
    output.columnStride = sums(at: 0).stride
    let problem = ConvolutionProblem(
      input: .matrix(rows: batch, channels: units, lanes: lanes), output: output,
      residual: addsInput ? output : nil, attributes: Convolution(), kernel: Pair(1), groups: 1,
      panelVectors: planner.options.panelVectors[node.name],
      weightsFormat: planner.graph.constantValue(of: node.inputs[2]) == nil
        ? .float32 : planner.options.weightsFormat)
    let kernel = planner.machine.convolutionKernel(for: problem, threads: planner.options.threads)
    return StateProduct(
      problem: problem, kernel: kernel,
      weights: planner.addPacked(node.inputs[2], rows: rows, for: .direct(kernel), id),
      biases: planner.addBias(
        layer.operandIndex("bias_hh").map { node.inputs[$0] }, rows: rows),
      column: rows.lowerBound)
  }

  // MARK: Places

  /// Whether the product of the state is added to that of the input.
  private var addsInput: Bool { layer.cell != .gru || layer.resetsFirst }

  /// The input's products of a step.
  private func inputs(at step: Int) -> Rows {
    let place = projected.moved(
      by: step * (layer.batchFirst ? width : batch * width), of: .float32)
    return Rows(place: place, stride: layer.batchFirst && batch > 1 ? steps * width : width)
  }

  /// The sums of a step.
  private func sums(at step: Int) -> Rows {
    if !addsInput, let scratch { return scratch }
    return inputs(at: step)
  }

  /// The states of a step among those of all.
  private func states(at step: Int, in sequence: Place) -> Rows {
    let place = sequence.moved(
      by: step * (layer.batchFirst ? units : batch * units), of: .float32)
    return Rows(place: place, stride: layer.batchFirst && batch > 1 ? steps * units : units)
  }

  /// Where the state of a step is written to.
  private func newState(at step: Int) -> Rows {
    if isRagged { return hidden }
    if let sequence { return states(at: step, in: sequence) }
    guard let pair else { preconditionFailure("a layer without a result") }
    return Rows(place: pair.moved(by: step % 2 * batch * units, of: .float32), stride: units)
  }

  /// The rows whose sequences have a step, as runs.
  private func runs(at step: Int) -> [Range<Int>] {
    guard isRagged else { return [0..<batch] }
    var result: [Range<Int>] = []
    for row in 0..<batch where step < layer.lengths[row] {
      if let last = result.last, last.upperBound == row {
        result[result.count - 1] = last.lowerBound..<(row + 1)
      } else {
        result.append(row..<(row + 1))
      }
    }
    return result
  }

  // MARK: Steps

  /// Plans one step.
  mutating func advance(to step: Int, _ planner: inout Planner) {
    let target = newState(at: step)
    multiply(products[0], hidden, at: step, &planner)
    switch layer.cell {
    case .lstm:
      let newCell = cellTarget(&planner)
      let part = layer.longShortTermStep
      for rows in runs(at: step) { add(part, at: step, rows, to: [newCell, target], &planner) }
      cell = newCell
    case .gru where layer.resetsFirst:
      guard let scratch else { preconditionFailure("no memory for the state that is reset") }
      add(layer.resetStep, at: step, 0..<batch, to: [scratch], &planner)
      multiply(products[1], scratch, at: step, &planner)
      let part = layer.gatedStepAfterReset
      for rows in runs(at: step) { add(part, at: step, rows, to: [target], &planner) }
    case .gru:
      let part = layer.gatedStep
      for rows in runs(at: step) { add(part, at: step, rows, to: [target], &planner) }
    case .rnn:
      let part = layer.plainStep
      for rows in runs(at: step) { add(part, at: step, rows, to: [target], &planner) }
    }
    hidden = target
    guard isRagged, let sequence else { return }
    let states = states(at: step, in: sequence)
    for rows in runs(at: step) {
      planner.addElementwise(
        .copy, extents: [rows.count, units], strides: [[hidden.stride, 1], [states.stride, 1]],
        arguments: [hidden.from(row: rows.lowerBound), states.from(row: rows.lowerBound)],
        name: planner.graph[id].name, nodes: [])
    }
  }

  /// Where the cell state is written to: over the old one, unless that is somebody else's.
  private var ownsCell = false
  private mutating func cellTarget(_ planner: inout Planner) -> Rows {
    if isRagged || ownsCell { return cell }
    ownsCell = true
    let place = planner.newBuffer(
      planner.graph[id].name, bytes: ElementType.float32.bytes(batch * units))
    return Rows(place: place, stride: units)
  }

  private func multiply(
    _ product: StateProduct, _ state: Rows, at step: Int, _ planner: inout Planner
  ) {
    var kernel = product.kernel
    kernel.input.column = state.stride
    let output = sums(at: step).from(row: 0, column: product.column)
    planner.addConvolutionSteps(
      id, .direct(kernel), product.problem, weights: product.weights, weightTerms: units,
      biases: product.biases, input: state.place, residual: addsInput ? output : nil,
      output: output, nodes: [])
  }

  /// Adds an element-wise step over some rows.
  ///
  /// - Parameter targets: where the results go, the first one first.
  private func add(
    _ part: GateStep, at step: Int, _ rows: Range<Int>, to targets: [Rows],
    _ planner: inout Planner
  ) {
    let first = rows.lowerBound
    var arguments: [Place] = []
    var strides: [[Int]] = []
    func read(_ matrix: Rows, column: Int = 0) {
      arguments.append(matrix.from(row: first, column: column))
      strides.append([matrix.stride, 1])
    }
    for operand in part.operands {
      switch operand {
      case .sum(let gate): read(sums(at: step), column: gate * units)
      case .input(let gate): read(inputs(at: step), column: gate * units)
      case .hidden: read(hidden)
      case .cell: read(cell)
      case .peephole(let number):
        guard let peepholes else { preconditionFailure("no peepholes") }
        arguments.append(Rows(place: peepholes, stride: 0).from(row: 0, column: number * units))
        strides.append([0, 1])
      }
    }
    for target in targets.reversed() { read(target) }
    planner.addElementwise(
      part.result, and: part.second, extents: [rows.count, units], strides: strides,
      arguments: arguments, name: planner.graph[id].name, nodes: [])
  }

  /// Where a result of the layer is after the last step.
  func place(of result: Recurrence.Result, _ planner: inout Planner) -> Place {
    switch result {
    case .sequence:
      guard let sequence else { preconditionFailure("the states were not kept") }
      return sequence
    case .cell: return cell.place
    case .hidden:
      guard hidden.stride != units else { return hidden.place }
      let place = planner.newBuffer(
        planner.graph[id].name, bytes: ElementType.float32.bytes(batch * units))
      planner.addElementwise(
        .copy, extents: [batch, units], strides: [[hidden.stride, 1], [units, 1]],
        arguments: [hidden.place, place], name: planner.graph[id].name, nodes: [])
      return place
    }
  }
}
