import Planning

extension Plan {
  /// What is wrong with the places of buffers, found without the planner's own bookkeeping; nil where
  /// nothing is: buffers alive at the same step share no byte, every operand lies in a buffer that is
  /// alive, and what a buffer is used for first is to be written.
  public func memoryMistake() -> String? {
    for (index, a) in buffers.enumerated() {
      if a.offset < 0 || a.offset + a.bytes > arenaBytes { return "'\(a.name)' leaves the arena" }
      for b in buffers[(index + 1)...]
      where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep
        && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes
      {
        return "'\(a.name)' and '\(b.name)' share memory"
      }
    }
    for (number, step) in steps.enumerated() {
      for (position, argument) in step.arguments.enumerated() where argument.base == .workspace {
        let holders = buffers.filter {
          $0.firstStep <= number && number <= $0.lastStep && $0.offset <= argument.offset
            && argument.offset < $0.offset + $0.bytes
        }
        guard let buffer = holders.first else { return "step \(number) uses memory of no buffer" }
        if buffer.firstStep == number, !step.writes(position),
          !step.arguments.indices.contains(where: {
            step.writes($0) && step.arguments[$0] == argument
          })
        {
          return "step \(number) reads '\(buffer.name)', which nothing has written"
        }
      }
    }
    return nil
  }
}

extension Step {
  /// Whether the step writes an operand.
  fileprivate func writes(_ position: Int) -> Bool {
    let roles = kernel.operands
    return roles.indices.contains(position) && roles[position].isWritten
  }
}
