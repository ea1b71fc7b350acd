import GraphIR

extension GateFunction {
  /// The function of an expression's value.
  func expression(_ x: ElementwiseExpression) -> ElementwiseExpression {
    switch self {
    case .sigmoid: .unary(.sigmoid, x)
    case .tanh: .unary(.tanh, x)
    case .relu: .unary(.relu, x)
    case .softsign: .binary(.divide, x, .binary(.add, .constant(1), .unary(.absolute, x)))
    case .softplus:
      .binary(
        .add, .unary(.relu, x),
        .unary(
          .log,
          .binary(.add, .constant(1), .unary(.exp, .unary(.negate, .unary(.absolute, x))))))
    case .affine(let alpha, let beta): .multiplyAdd(x, .constant(alpha), .constant(beta))
    case .leakyRelu(let alpha): .unary(.leakyRelu(slope: alpha), x)
    case .thresholdedRelu(let alpha):
      .select(.compare(.lessOrEqual, x, .constant(alpha)), .constant(0), x)
    case .scaledTanh(let alpha, let beta):
      .binary(
        .multiply, .constant(alpha), .unary(.tanh, .binary(.multiply, .constant(beta), x)))
    case .hardSigmoid(let alpha, let beta): .unary(.hardSigmoid(alpha: alpha, beta: beta), x)
    case .elu(let alpha):
      .select(
        .compare(.less, x, .constant(0)),
        .binary(
          .multiply, .constant(alpha), .binary(.subtract, .unary(.exp, x), .constant(1))), x)
    }
  }
}

/// What is computed for each element of a recurrent layer's state, and from what.
struct GateStep {
  /// What an operand is.
  enum Operand: Hashable {
    /// What the product with the state gave for a gate; with the input's share unless that is read apart.
    case sum(gate: Int)
    /// The input's share of a gate.
    case input(gate: Int)
    /// The state before the step.
    case hidden
    /// The cell state before the step.
    case cell
    case peephole(Int)
  }

  var operands: [Operand]
  var result: ElementwiseExpression
  /// See `ElementwiseKernel`.
  var second: ElementwiseExpression?

  fileprivate init(
    _ operands: [Operand], second: ((Reader) -> ElementwiseExpression)? = nil,
    result: (Reader) -> ElementwiseExpression
  ) {
    self.operands = operands
    self.result = result(Reader(operands: operands))
    self.second = second?(Reader(operands: operands))
  }

  /// The operands as expressions.
  fileprivate struct Reader {
    let operands: [Operand]

    func callAsFunction(_ operand: Operand) -> ElementwiseExpression {
      .operand(operands.firstIndex(of: operand)!)
    }

    /// The first result, for the second.
    var result: ElementwiseExpression { .operand(operands.count) }
  }
}

extension Recurrence {
  private func activate(_ index: Int, _ x: ElementwiseExpression) -> ElementwiseExpression {
    let limited =
      clip.isInfinite ? x : ElementwiseExpression.unary(.clip(low: -clip, high: clip), x)
    return activations[index].expression(limited)
  }

  /// LSTM: the cell state, and as the second result the state.
  var longShortTermStep: GateStep {
    let gates = couplesGates ? [0, 2, 3] : [0, 1, 2, 3]
    let peepholes = !hasPeepholes ? [] : couplesGates ? [0, 2] : [0, 1, 2]
    func sum(
      _ gate: Int, _ peephole: Int, _ cell: ElementwiseExpression, _ read: GateStep.Reader
    ) -> ElementwiseExpression {
      let sum = read(.sum(gate: gate))
      return hasPeepholes ? .multiplyAdd(read(.peephole(peephole)), cell, sum) : sum
    }
    return GateStep(
      [.cell] + gates.map { .sum(gate: $0) } + peepholes.map { .peephole($0) },
      second: { read in
        let output = activate(0, sum(3, 2, read.result, read))
        return .binary(.multiply, output, activations[2].expression(read.result))
      },
      result: { read in
        let old = read(.cell)
        let input = activate(0, sum(0, 0, old, read))
        let forget =
          couplesGates
          ? .binary(.subtract, .constant(1), input) : activate(0, sum(1, 1, old, read))
        let new = activate(1, read(.sum(gate: 2)))
        return .multiplyAdd(forget, old, .binary(.multiply, input, new))
      })
  }

  /// GRU whose reset gate multiplies the state's product.
  var gatedStep: GateStep {
    let gates = 0..<3
    return GateStep(
      gates.map { .input(gate: $0) } + gates.map { .sum(gate: $0) } + [.hidden]
    ) { read in
      func sum(_ gate: Int) -> ElementwiseExpression {
        .binary(.add, read(.input(gate: gate)), read(.sum(gate: gate)))
      }
      let reset = activate(0, sum(0))
      let new = activate(1, .multiplyAdd(reset, read(.sum(gate: 2)), read(.input(gate: 2))))
      return between(new, activate(0, sum(1)), read)
    }
  }

  /// GRU that resets the state first: the state times the reset gate.
  var resetStep: GateStep {
    GateStep([.sum(gate: 0), .hidden]) { read in
      .binary(.multiply, activate(0, read(.sum(gate: 0))), read(.hidden))
    }
  }

  /// GRU that resets the state first: the new state.
  var gatedStepAfterReset: GateStep {
    GateStep([.sum(gate: 1), .sum(gate: 2), .hidden]) { read in
      between(activate(1, read(.sum(gate: 2))), activate(0, read(.sum(gate: 1))), read)
    }
  }

  /// (1 - update) · new + update · old.
  private func between(
    _ new: ElementwiseExpression, _ update: ElementwiseExpression, _ read: GateStep.Reader
  ) -> ElementwiseExpression {
    .multiplyAdd(
      .binary(.subtract, .constant(1), update), new,
      .binary(.multiply, update, read(.hidden)))
  }

  /// A layer without gates.
  var plainStep: GateStep {
    GateStep([.sum(gate: 0)]) { read in activate(0, read(.sum(gate: 0))) }
  }
}
