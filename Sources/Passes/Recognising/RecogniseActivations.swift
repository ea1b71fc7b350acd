import GraphIR

extension Pass {
  /// Writes activations that exporters take apart as one function, which is accurate where their parts
  /// cancel or overflow.
  ///
  ///     before   a = div(x, root)                          root = constant(1.4142135)
  ///              b = erf(a)
  ///              c = add(b, one)                           one = constant(1)
  ///              d = mul(x, c)
  ///              y = mul(d, half)                          half = constant(0.5)
  ///     after    y = gelu(x)
  ///
  ///     before   a = exp(x)
  ///              b = add(a, one)                           one = constant(1)
  ///              y = log(b)
  ///     after    y = softplus(x)
  ///
  ///     before   a = softplus(x)
  ///              b = tanh(a)
  ///              y = mul(x, b)
  ///     after    y = mish(x)
  ///
  ///     before   a = sigmoid(x)
  ///              y = log(a)
  ///     after    a = negate(x)
  ///              b = softplus(a)
  ///              y = negate(b)
  static let recogniseActivations = Pass(
    name: "recognise-activations", summary: "turns the pieces of gelu, mish and softplus into one"
  ) { graph, id in
    switch graph[id].operation {
    case .unary(.log): graph.logarithmOfPower(id)
    case .binary(.multiply, nil), .binary(.divide, nil): graph.gatedValue(id)
    default: nil
    }
  }
}

extension Graph {
  /// What log(1 + eˣ) and log(sigmoid(x)) become.
  fileprivate func logarithmOfPower(_ id: NodeID) -> Replacement? {
    let argument = self[id].inputs[0]
    guard hasSingleUse(argument) else { return nil }
    if case .unary(.sigmoid) = self[argument].operation {
      let name = self[id].name
      let minus = Operand.computed(
        .unary(.negate), [.node(self[argument].inputs[0])], name: "\(name).negate")
      return .fused(
        Fusion(
          operation: .unary(.negate),
          operands: [.computed(.unary(.softplus), [minus], name: "\(name).softplus")],
          absorbed: [argument]))
    }
    guard case .binary(.add, nil) = self[argument].operation,
      case (let power, 1)? = operandAndScalar(argument), case .unary(.exp) = self[power].operation,
      hasSingleUse(power)
    else { return nil }
    return fusion(.softplus, of: self[power].inputs[0], absorbing: [power, argument])
  }

  /// What x · tanh(softplus(x)) and x / 2 · (1 + curve(x)) become.
  fileprivate func gatedValue(_ id: NodeID) -> Replacement? {
    let product = factors(of: id)
    guard product.values.count == 2 else { return nil }
    for (x, gate) in [(0, 1), (1, 0)].map({ (product.values[$0], product.values[$1]) }) {
      guard self[x].type == self[id].type, hasSingleUse(gate) else { continue }
      if product.scale == 1, case .unary(.tanh) = self[gate].operation,
        case .unary(.softplus) = self[self[gate].inputs[0]].operation,
        self[self[gate].inputs[0]].inputs == [x], hasSingleUse(self[gate].inputs[0])
      {
        return fusion(.mish, of: x, absorbing: [self[gate].inputs[0], gate] + product.nodes)
      }
      guard isNear(product.scale, 0.5), case .binary(.add, nil) = self[gate].operation,
        case (let curve, 1)? = operandAndScalar(gate), hasSingleUse(curve),
        case .unary(let function) = self[curve].operation
      else { continue }
      let inner = self[curve].inputs[0]
      guard hasSingleUse(inner) else { continue }
      let absorbed = [inner, curve, gate] + product.nodes
      if function == .erf, isLine(inner, of: x) { return fusion(.gelu, of: x, absorbing: absorbed) }
      if function == .tanh, let nodes = cubicNodes(inner, of: x) {
        return fusion(.geluTanh, of: x, absorbing: nodes + absorbed)
      }
    }
    return nil
  }

  private func fusion(
    _ function: UnaryFunction, of x: NodeID, absorbing nodes: [NodeID]
  ) -> Replacement {
    .fused(Fusion(operation: .unary(function), operands: [.node(x)], absorbed: nodes))
  }

  private func isNear(_ value: Float, _ wanted: Float) -> Bool {
    (value - wanted).magnitude <= 1e-5 * wanted
  }

  /// Whether a node is x / √2.
  private func isLine(_ id: NodeID, of x: NodeID) -> Bool {
    let line = factors(of: id)
    return line.values == [x] && isNear(line.scale, Float(0.5).squareRoot())
  }

  /// The nodes but the last of √(2/π) · (x + 0.044715 · x³), or of √(2/π) · x · (1 + 0.044715 · x²); nil
  /// where a node is neither.
  private func cubicNodes(_ id: NodeID, of x: NodeID) -> [NodeID]? {
    let outer = factors(of: id)
    guard isNear(outer.scale, 0.797_884_56) else { return nil }
    let others = outer.values.filter { $0 != x }
    guard others.count == 1, let sum = others.first, hasSingleUse(sum),
      case .binary(.add, nil) = self[sum].operation
    else { return nil }
    let isSquare = outer.values.count == 2
    for (line, power) in [(0, 1), (1, 0)].map({ (self[sum].inputs[$0], self[sum].inputs[$1]) }) {
      guard isSquare ? scalarConstant(line) == 1 : outer.values.count == 1 && line == x,
        hasSingleUse(power)
      else { continue }
      let term = factors(of: power)
      guard isNear(term.scale, 0.044_715),
        degree(of: term.values, in: x) == (isSquare ? 2 : 3)
      else { continue }
      return term.nodes + [power, sum] + outer.nodes
    }
    return nil
  }

  /// The power of x that factors are together; nil where there is another among them.
  private func degree(of factors: [NodeID], in x: NodeID) -> Float? {
    var degree: Float = 0
    for factor in factors {
      if factor == x {
        degree += 1
      } else if case .binary(.power, nil) = self[factor].operation, self[factor].inputs[0] == x,
        let exponent = scalarConstant(self[factor].inputs[1])
      {
        degree += exponent
      } else {
        return nil
      }
    }
    return degree
  }

  /// A product taken apart as far as nothing else reads its parts: the factors that are no numbers, the
  /// product of those that are, and the nodes below the last, in order.
  private func factors(of id: NodeID) -> (values: [NodeID], scale: Float, nodes: [NodeID]) {
    var (values, scale, nodes): ([NodeID], Float, [NodeID]) = ([], 1, [])
    func add(_ node: NodeID, isFirst: Bool) {
      if let number = scalarConstant(node) {
        scale *= number
        return
      }
      let isOwn = isFirst || hasSingleUse(node) && self[node].type == self[id].type
      switch self[node].operation {
      case .binary(.multiply, nil) where isOwn:
        for input in self[node].inputs { add(input, isFirst: false) }
      case .binary(.divide, nil) where isOwn && scalarConstant(self[node].inputs[1]) != nil:
        add(self[node].inputs[0], isFirst: false)
        scale /= scalarConstant(self[node].inputs[1])!
      default:
        values.append(node)
        return
      }
      if !isFirst { nodes.append(node) }
    }
    add(id, isFirst: true)
    return (values, scale, nodes)
  }
}
