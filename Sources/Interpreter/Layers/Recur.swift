import Foundation
import GraphIR

/// See `Recurrence`: step by step, in Double throughout.
func recur(_ layer: Recurrence, _ operands: [Tensor]) -> Tensor {
  let (steps, batch) = layer.extents(of: operands[0].shape)
  let network = RecurrentCell(layer, operands)
  let units = network.units
  var sequence = [Float](repeating: 0, count: steps * batch * units)
  var (hidden, cell) = ([Float](), [Float]())
  for n in 0..<batch {
    var state = network.firstState(of: n)
    let length = layer.lengths.isEmpty ? steps : layer.lengths[n]
    for position in 0..<length {
      let t = layer.direction == .forward ? position : length - 1 - position
      let row = layer.batchFirst ? n * steps + t : t * batch + n
      network.advance(&state, row: row)
      for j in 0..<units { sequence[row * units + j] = Float(state.hidden[j]) }
    }
    hidden += state.hidden.map { Float($0) }
    cell += state.cell.map { Float($0) }
  }
  switch layer.result {
  case .sequence:
    let shape = layer.batchFirst ? [batch, steps, units] : [steps, batch, units]
    return Tensor(shape, floats: sequence)
  case .hidden: return Tensor([batch, units], floats: hidden)
  case .cell: return Tensor([batch, units], floats: cell)
  }
}

/// The numbers of a layer, and what one step makes of the state of one sequence.
private struct RecurrentCell {
  struct State {
    var hidden: [Double]
    /// That of an LSTM; else it stays 0.
    var cell: [Double]
  }

  let layer: Recurrence
  let units: Int
  private let inputs: Int
  private let x: [Float]
  private let inputWeight: [Float]
  private let stateWeight: [Float]
  private let optional: [String: [Float]]

  init(_ layer: Recurrence, _ operands: [Tensor]) {
    self.layer = layer
    (inputs, units) = (operands[1].shape[1], operands[2].shape[1])
    (x, inputWeight, stateWeight) = (operands[0].floats, operands[1].floats, operands[2].floats)
    optional = Dictionary(
      uniqueKeysWithValues: zip(layer.optionalOperands, operands.dropFirst(3).map(\.floats)))
  }

  func firstState(of sequence: Int) -> State {
    func row(_ name: String) -> [Double] {
      (0..<units).map { number(name, sequence * units + $0) }
    }
    return State(hidden: row("initial_hidden"), cell: row("initial_cell"))
  }

  /// One step with row `row` of x.
  func advance(_ state: inout State, row: Int) {
    let fromInput = product(inputWeight, "bias_ih") { Double(x[row * inputs + $0]) }
    switch layer.cell {
    case .lstm: advanceLSTM(&state, fromInput)
    case .gru: advanceGRU(&state, fromInput)
    case .rnn:
      let fromState = product(stateWeight, "bias_hh") { state.hidden[$0] }
      state.hidden = zip(fromInput, fromState).map { activate(0, $0 + $1) }
    }
  }

  private func advanceLSTM(_ state: inout State, _ fromInput: [Double]) {
    let fromState = product(stateWeight, "bias_hh") { state.hidden[$0] }
    for j in 0..<units {
      func sum(_ gate: Int) -> Double { fromInput[gate * units + j] + fromState[gate * units + j] }
      func peephole(_ gate: Int) -> Double { number("peepholes", gate * units + j) }
      let old = state.cell[j]
      let input = activate(0, sum(0) + peephole(0) * old)
      let forget = layer.couplesGates ? 1 - input : activate(0, sum(1) + peephole(1) * old)
      let cell = forget * old + input * activate(1, sum(2))
      let output = activate(0, sum(3) + peephole(2) * cell)
      state.cell[j] = cell
      state.hidden[j] = output * layer.activations[2](cell)
    }
  }

  private func advanceGRU(_ state: inout State, _ fromInput: [Double]) {
    let old = state.hidden
    let fromState = product(stateWeight, "bias_hh") { old[$0] }
    func gate(_ gate: Int, _ j: Int) -> Double {
      activate(0, fromInput[gate * units + j] + fromState[gate * units + j])
    }
    let reset = (0..<units).map { gate(0, $0) }
    // With the state reset first, the sums of the third gate are others.
    let fromReset =
      layer.resetsFirst ? product(stateWeight, "bias_hh") { reset[$0] * old[$0] } : []
    for j in 0..<units {
      let k = 2 * units + j
      let addend = layer.resetsFirst ? fromReset[k] : reset[j] * fromState[k]
      let (z, new) = (gate(1, j), activate(1, fromInput[k] + addend))
      state.hidden[j] = (1 - z) * new + z * old[j]
    }
  }

  /// A weight `[rows, columns]` times a vector, plus the bias.
  private func product(
    _ weight: [Float], _ bias: String, _ element: (Int) -> Double
  ) -> [Double] {
    let rows = layer.cell.gates * units
    let columns = weight.count / rows
    let vector = (0..<columns).map(element)
    return weight.withUnsafeBufferPointer { weight in
      (0..<rows).map { row in
        var sum = number(bias, row)
        for column in 0..<columns { sum += Double(weight[row * columns + column]) * vector[column] }
        return sum
      }
    }
  }

  /// An element of an operand; 0 where it is not there.
  private func number(_ name: String, _ index: Int) -> Double {
    optional[name].map { Double($0[index]) } ?? 0
  }

  private func activate(_ index: Int, _ x: Double) -> Double {
    let clip = Double(layer.clip)
    let raised = x < -clip ? -clip : x
    return layer.activations[index](raised > clip ? clip : raised)
  }
}

extension GateFunction {
  /// The function of one element; NaN gives NaN throughout.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .sigmoid: return 1 / (1 + exp(-x))
    case .tanh: return Foundation.tanh(x)
    case .relu: return x < 0 ? 0 : x
    case .softsign: return x / (1 + x.magnitude)
    case .softplus: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
    case .affine(let alpha, let beta): return Double(alpha) * x + Double(beta)
    case .leakyRelu(let alpha): return x < 0 ? Double(alpha) * x : x
    case .thresholdedRelu(let alpha): return x <= Double(alpha) ? 0 : x
    case .scaledTanh(let alpha, let beta):
      return Double(alpha) * Foundation.tanh(Double(beta) * x)
    case .hardSigmoid(let alpha, let beta):
      let line = Double(alpha) * x + Double(beta)
      let raised = line < 0 ? 0 : line
      return raised > 1 ? 1 : raised
    case .elu(let alpha): return x < 0 ? Double(alpha) * expm1(x) : x
    }
  }
}
