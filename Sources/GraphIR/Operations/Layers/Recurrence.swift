import Diagnostics

/// One recurrent layer in one direction: a state of H numbers goes from step to step of a sequence.
/// Layers in both directions are two of these and a concatenation; several layers follow each other.
///
/// Operands: x `[T, N, I]` (`[N, T, I]` if `batchFirst`), the input's weight `[G · H, I]` and the
/// state's `[G · H, H]` with G gates one below the other, then if they are there the biases `[G · H]` of
/// both, the first state `[N, H]`, the first cell state `[N, H]`, and the peepholes `[3 · H]` of the gates
/// i, f and o. Missing ones count as 0. Gates are in PyTorch's order. `docs/operators.md` has the
/// formulas.
public struct Recurrence: Hashable, Sendable {
  /// What happens in a step.
  public enum Cell: String, Hashable, Sendable, CaseIterable {
    /// Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), with forget gates: i, f, g, o.
    case lstm
    /// Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014): r, z, n.
    case gru
    /// Elman, "Finding Structure in Time" (1990): one function of a sum.
    case rnn

    /// Gates, each of H rows of the weights.
    public var gates: Int {
      switch self {
      case .lstm: 4
      case .gru: 3
      case .rnn: 1
      }
    }

    /// The usual functions: of the gates, of what enters the state, and, for LSTM, of the cell state.
    public var usualActivations: [GateFunction] {
      switch self {
      case .lstm: [.sigmoid, .tanh, .tanh]
      case .gru: [.sigmoid, .tanh]
      case .rnn: [.tanh]
      }
    }
  }

  public enum Direction: String, Hashable, Sendable, CaseIterable {
    case forward
    /// From the last step of each sequence to its first; results stand where the steps are.
    case reverse
  }

  /// What the operation gives.
  public enum Result: String, Hashable, Sendable, CaseIterable {
    /// The states of all steps, `[T, N, H]`, or `[N, T, H]` if `batchFirst`.
    case sequence
    /// The state after the last step, `[N, H]`.
    case hidden
    /// The cell state of an LSTM after the last step, `[N, H]`.
    case cell
  }

  public var cell: Cell
  public var direction: Direction
  public var result: Result
  public var batchFirst: Bool
  /// As many as the cell has usual ones.
  public var activations: [GateFunction]
  /// Sums are limited to -clip … clip before a function is applied to them; infinite for no limit. A
  /// cell state is not.
  public var clip: Float
  /// GRU: whether the reset gate multiplies the state, as first published, not the state's product
  /// with its weight, as PyTorch has it.
  public var resetsFirst: Bool
  /// LSTM: whether 1 - i is the forget gate.
  public var couplesGates: Bool
  /// The number of steps of each sequence of the batch; what is behind them gives 0. Empty where all
  /// have T.
  public var lengths: [Int]
  public var hasBias: Bool
  public var hasInitialHidden: Bool
  public var hasInitialCell: Bool
  public var hasPeepholes: Bool

  /// Creates the attributes of a layer; PyTorch's without biases where nothing is given.
  public init(
    _ cell: Cell, direction: Direction = .forward, result: Result = .sequence,
    batchFirst: Bool = false, activations: [GateFunction]? = nil, clip: Float = .infinity,
    resetsFirst: Bool = false, couplesGates: Bool = false, lengths: [Int] = [],
    hasBias: Bool = false, hasInitialHidden: Bool = false, hasInitialCell: Bool = false,
    hasPeepholes: Bool = false
  ) {
    self.cell = cell
    self.direction = direction
    self.result = result
    self.batchFirst = batchFirst
    self.activations = activations ?? cell.usualActivations
    self.clip = clip
    self.resetsFirst = resetsFirst
    self.couplesGates = couplesGates
    self.lengths = lengths
    self.hasBias = hasBias
    self.hasInitialHidden = hasInitialHidden
    self.hasInitialCell = hasInitialCell
    self.hasPeepholes = hasPeepholes
  }

  /// What the operands after x and the weights are called, in their order.
  public var optionalOperands: [String] {
    (hasBias ? ["bias_ih", "bias_hh"] : []) + (hasInitialHidden ? ["initial_hidden"] : [])
      + (hasInitialCell ? ["initial_cell"] : []) + (hasPeepholes ? ["peepholes"] : [])
  }

  /// The index of an optional operand among the inputs, if it is there.
  public func operandIndex(_ name: String) -> Int? {
    optionalOperands.firstIndex(of: name).map { 3 + $0 }
  }

  /// The steps T and the sequences N of a batch of x.
  public func extents(of x: [Int]) -> (steps: Int, batch: Int) {
    batchFirst ? (x[1], x[0]) : (x[0], x[1])
  }

  /// The most steps: each is compiled as steps of its own.
  public static let maximumSteps = 1 << 14
}

extension Operation {
  func recurrentType(
    _ layer: Recurrence, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(3 + layer.optionalOperands.count, operands)
    let (x, weight, state) = (operands[0], operands[1], operands[2])
    try check(float: x, "operand")
    guard x.rank == 3 else {
      let order = layer.batchFirst ? "[batch, steps, features]" : "[steps, batch, features]"
      throw ShapeError("\(mnemonic) takes sequences \(order), not \(x)")
    }
    let gates = layer.cell.gates
    guard state.rank == 2, state.element == .float32, state.shape[1] > 0,
      state.shape[0] == gates * state.shape[1]
    else {
      throw ShapeError(
        "\(mnemonic) needs a weight_hh [\(gates == 1 ? "" : "\(gates) · ")H, H], not \(state)")
    }
    let units = state.shape[1]
    try check(weight, is: [gates * units, x.shape[2]], "weight_ih")
    let (steps, batch) = layer.extents(of: x.shape)
    guard (1...Recurrence.maximumSteps).contains(steps) else {
      throw ShapeError("\(mnemonic) takes 1 to \(Recurrence.maximumSteps) steps, not \(steps)")
    }
    for (name, type) in zip(layer.optionalOperands, operands.dropFirst(3)) {
      switch name {
      case "bias_ih", "bias_hh": try check(type, is: [gates * units], name)
      case "peepholes": try check(type, is: [3 * units], name)
      default: try check(type, is: [batch, units], name)
      }
    }
    try checkAttributes(layer, steps: steps, batch: batch)
    guard layer.result == .sequence else { return TensorType([batch, units]) }
    return TensorType(layer.batchFirst ? [batch, steps, units] : [steps, batch, units])
  }

  private func checkAttributes(
    _ layer: Recurrence, steps: Int, batch: Int
  ) throws(ShapeError) {
    let isLSTM = layer.cell == .lstm
    for (isThere, what) in [
      (layer.result == .cell, "cell state to give"), (layer.hasInitialCell, "initial_cell"),
      (layer.hasPeepholes, "peepholes"), (layer.couplesGates, "gates to couple"),
    ] where isThere && !isLSTM {
      throw ShapeError("\(mnemonic) has no \(what); lstm has")
    }
    guard !layer.resetsFirst || layer.cell == .gru else {
      throw ShapeError("\(mnemonic) has no reset gate; gru has")
    }
    let count = layer.cell.usualActivations.count
    guard layer.activations.count == count else {
      throw ShapeError(
        "\(mnemonic) takes \(quantity(count, "activation")), not \(layer.activations.count)"
      )
    }
    guard layer.clip > 0 else { throw ShapeError("\(mnemonic) needs clip > 0, not \(layer.clip)") }
    guard !layer.lengths.isEmpty else { return }
    guard layer.lengths.count == batch else {
      throw ShapeError(
        "\(mnemonic) needs a length for each of the \(batch) sequences, not \(layer.lengths.count)")
    }
    for length in layer.lengths where !(1...steps).contains(length) {
      throw ShapeError("\(mnemonic) needs lengths from 1 to its \(steps) steps, not \(length)")
    }
  }
}
