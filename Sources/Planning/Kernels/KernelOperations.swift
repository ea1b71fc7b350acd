extension Step {
  /// Floating-point operations that the kernel does, a multiply-add counted as two, full vectors
  /// where channels do not fill them: what the time is to be held against. `flops` says what the
  /// definition asks for, which is more with Winograd's algorithm.
  public var operations: Int {
    guard case .imageSteps(let whole) = kernel else { return kernel.spec.operations ?? flops }
    return whole.images * parts.reduce(0) { $0 + $1.operations }
  }
}

extension Plan {
  /// Bytes of packed weights that a step reads, biases included, each counted once.
  public func weightBytes(of step: Step) -> Int {
    func bytes(_ arguments: [Location], from start: Int) -> Int {
      arguments.reduce(0) { sum, argument in
        guard argument.base == .weights,
          let section = weights.first(where: { $0.offset == start + argument.offset })
        else { return sum }
        return sum + section.bytes
      }
    }
    guard !step.parts.isEmpty else { return bytes(step.arguments, from: 0) }
    let start = step.arguments.first { $0.base == .weights }?.offset ?? 0
    return step.parts.reduce(0) { $0 + bytes($1.arguments, from: start) }
  }
}
