import GraphIR

/// Networks with pre-activation: a convolution's sum, a pool or an element-wise sum goes on as the
/// next shortcut, and normalised and activated into the next branch. One step writes both.
extension Planner {
  /// Where a second result of a step goes, and the numbers per channel that it takes.
  struct ScaledPlaces {
    var result: ConvolutionKernel.ScaledResult
    var factors: Place
    var terms: Place
    var output: Place
    var view: ImageView
    /// The nodes that are computed with the step's own.
    var nodes: [String]

    /// The operands of the step before its first result.
    var arguments: [Place] { [factors, terms, output] }
  }

  /// Takes over the first batch normalisation, with the function behind it, that reads a value
  /// whose step is planned now; nil where none does.
  mutating func takeScaledResult(of id: NodeID) throws -> ScaledPlaces? {
    for reader in graph.users(of: id) where graph[reader].operation.isBatchNormalization {
      for root in [reader] + graph.users(of: reader) {
        guard let tree = trees[root],
          tree.leaves == [.value(id), .factors(reader), .terms(reader)],
          let then = tree.expression.functionOfScaled
        else { continue }
        trees[root] = nil
        let (factors, terms) = try normalization(reader)
        let (output, view) = newBlockedImage(root)
        return ScaledPlaces(
          result: .init(output: machine.steps(view), then: then),
          factors: addChannels(factors), terms: addChannels(terms), output: output,
          view: view, nodes: names(of: tree))
      }
    }
    return nil
  }
}

extension ElementwiseExpression {
  /// An operand times another plus a third, and a function of that.
  static func scaled(
    _ operand: Int, by factor: Int, plus term: Int, then: UnaryFunction?
  ) -> ElementwiseExpression {
    .multiplyAdd(.operand(operand), .operand(factor), .operand(term)).then(then)
  }

  /// The function, if any, of the first operand times the second plus the third; nil where the
  /// expression is something else.
  fileprivate var functionOfScaled: UnaryFunction?? {
    let scaled = ElementwiseExpression.scaled(0, by: 1, plus: 2, then: nil)
    switch self {
    case scaled: return .some(nil)
    case .unary(let function, scaled): return .some(function)
    default: return nil
    }
  }
}

extension Operation {
  fileprivate var isBatchNormalization: Bool {
    if case .batchNormalization = self { true } else { false }
  }
}
