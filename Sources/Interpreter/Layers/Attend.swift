import Foundation
import GraphIR

/// softmax(q · kᵀ · scale + mask) · v; operands q `[…, Q, D]`, k `[…, K, D]`, v `[…, K, E]`, maybe a
/// mask that broadcasts to `[…, Q, K]`. A query that sees no key gives NaN,
/// or 0 where the attributes say so.
func attend(_ attributes: Attention, _ operands: [Tensor]) -> Tensor {
  let (q, k, v) = (operands[0], operands[1], operands[2])
  guard let type = try? Operation.attention(attributes).resultType(operands.map(\.type)) else {
    preconditionFailure("\(q.type), \(k.type) and \(v.type) do not fit")
  }
  let batch = Array(type.shape.dropLast(2))
  let (rows, features) = (q.shape[q.shape.count - 2], q.shape[q.shape.count - 1])
  let (keys, results) = (v.shape[v.shape.count - 2], v.shape[v.shape.count - 1])
  func starts(_ operand: Tensor) -> [Int] {
    let matrix = operand.shape.suffix(2).reduce(1, *)
    return offsets(broadcastTables(of: Array(operand.shape.dropLast(2)), to: batch))
      .map { $0 * matrix }
  }
  let bias = attributes.hasMask ? addedToScores(operands[3]) : []
  let biasPlaces =
    attributes.hasMask
    ? offsets(broadcastTables(of: operands[3].shape, to: batch + [rows, keys])) : []
  let (queries, keyFeatures, values) = (q.floats, k.floats, v.floats)
  var result: [Float] = []
  result.reserveCapacity(type.elementCount)
  for (matrix, start) in zip(zip(starts(q), starts(k)), starts(v)).enumerated() {
    let ((qStart, kStart), vStart) = start
    for row in 0..<rows {
      let scores = (0..<keys).map { key -> Double in
        if attributes.isCausal, key > row { return -.infinity }
        var sum = 0.0
        for i in 0..<features {
          sum +=
            Double(queries[qStart + row * features + i])
            * Double(keyFeatures[kStart + key * features + i])
        }
        sum *= Double(attributes.scale)
        guard attributes.hasMask else { return sum }
        return sum + Double(bias[biasPlaces[(matrix * rows + row) * keys + key]])
      }
      let largest = scores.max() ?? 0
      let powers = scores.map { exp($0 - largest) }
      let total = powers.reduce(0, +)
      if attributes.givesZero, !(total > 0) {
        result += [Float](repeating: 0, count: results)
        continue
      }
      for column in 0..<results {
        var sum = 0.0
        for key in 0..<keys {
          sum += powers[key] / total * Double(values[vStart + key * results + column])
        }
        result.append(Float(sum))
      }
    }
  }
  return Tensor(type.shape, floats: result)
}

/// The numbers that a mask adds: 0 or -∞ for truth values.
private func addedToScores(_ mask: Tensor) -> [Float] {
  guard case .bool(let sees) = mask.storage else { return mask.floats }
  return sees.map { $0 ? 0 : -.infinity }
}
