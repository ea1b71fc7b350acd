import GraphIR

/// Recurrent layers over the channels of images, or over their images.
extension RandomNetwork {
  mutating func addRecurrence() {
    let x = image()
    let shape = shape(x)
    let features = shape[2] * shape[3]
    guard features <= 400, let flat = add(.reshape([shape[0], shape[1], features]), [x]) else {
      return
    }
    let cell: Recurrence.Cell = pick([.lstm, .gru, .rnn])
    let results: [Recurrence.Result] = cell == .lstm ? [.hidden, .cell] : [.hidden]
    var layer = Recurrence(
      cell, direction: pick([.forward, .reverse]), batchFirst: chance(60),
      clip: chance(20) ? 0.8 : .infinity, resetsFirst: cell == .gru && chance(50),
      couplesGates: cell == .lstm && chance(20), hasBias: chance(70))
    let (steps, batch) = layer.extents(of: shape)
    guard steps <= 20 else { return }
    if chance(30) { layer.lengths = (0..<batch).map { _ in integer(1...steps) } }
    layer.hasInitialHidden = chance(40)
    layer.hasInitialCell = cell == .lstm && chance(40)
    layer.hasPeepholes = cell == .lstm && chance(30)
    let units = pick([1, 3, 8, 13, 16, 20])
    let rows = cell.gates * units
    var operands = [
      flat, weights([rows, features], terms: features), weights([rows, units], terms: 2 * units),
    ]
    for operand in layer.optionalOperands {
      switch operand {
      case "bias_ih", "bias_hh": operands.append(constant([rows]))
      case "peepholes": operands.append(constant([3 * units]))
      default: operands.append(constant([batch, units]))
      }
    }
    if chance(60), let y = add(.recurrent(layer), operands) {
      add(.reshape(self.shape(y) + [1]), [y])
    }
    if chance(50) {
      layer.result = pick(results)
      add(.recurrent(layer), operands)
    }
  }
}
