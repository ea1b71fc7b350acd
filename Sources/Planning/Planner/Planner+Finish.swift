/// The end of planning: buffers get their places, and drafts become steps.
extension Planner {
  mutating func finish() -> Plan {
    fusePools()
    placeScratch()
    var drafts = buffers
    for (index, step) in steps.enumerated() {
      for argument in step.arguments {
        if case .buffer(let buffer) = argument.base { drafts[buffer].use(at: index) }
      }
    }
    let owner = mergeInPlace(&drafts)
    let live = drafts.indices.filter { owner[$0] == $0 && drafts[$0].lastStep >= 0 }
    let (offsets, arena) = assignOffsets(
      live.map { drafts[$0] }, alignment: ModelInterface.alignment)
    var offsetOf = [Int](repeating: 0, count: drafts.count)
    for (position, buffer) in live.enumerated() { offsetOf[buffer] = offsets[position] }

    func location(_ place: Place) -> Location {
      switch place.base {
      case .buffer(let buffer): Location(.workspace, offsetOf[owner[buffer]] + place.offset)
      case .fixed(let base): Location(base, place.offset)
      }
    }
    let final = steps.map { step in
      Step(
        name: step.name, nodes: step.nodes, kernel: step.kernel,
        arguments: step.arguments.map(location), flops: step.flops, bytesRead: step.bytesRead,
        bytesWritten: step.bytesWritten, choice: step.choice, parts: step.parts)
    }
    let interface = ModelInterface(
      name: graph.name, inputs: graph.inputPorts, outputs: graph.outputPorts, workspaceBytes: arena,
      weightsBytes: weightBytes, instructionSet: machine.instructionSet, stepCount: final.count)
    return Plan(
      interface: interface, machine: machine, steps: final,
      buffers: live.map { index in
        Buffer(
          name: drafts[index].name, bytes: drafts[index].bytes, firstStep: drafts[index].firstStep,
          lastStep: drafts[index].lastStep, offset: offsetOf[index])
      }, weights: weights, livenessBytes: livenessBound(live.map { drafts[$0] }))
  }

  /// Lets a result take the place of an operand that is read for the last time, element by element:
  /// residuals in place. Returns, for every buffer, the buffer whose memory it uses.
  private func mergeInPlace(_ drafts: inout [BufferDraft]) -> [Int] {
    var owner = Array(drafts.indices)
    for (index, step) in steps.enumerated() {
      guard case .buffer(let result)? = step.arguments.last?.base, owner[result] == result else {
        continue
      }
      for (position, role) in step.kernel.operands.enumerated() where role == .readInPlace {
        guard case .buffer(let raw) = step.arguments[position].base else { continue }
        let operand = owner[raw]
        let reads = step.arguments.filter {
          if case .buffer(let buffer) = $0.base { owner[buffer] == operand } else { false }
        }
        guard operand != result, reads.count == 1, step.arguments[position].offset == 0,
          step.arguments.last!.offset == 0, drafts[operand].lastStep == index,
          drafts[result].firstStep == index, drafts[operand].bytes == drafts[result].bytes
        else { continue }
        drafts[operand].lastStep = drafts[result].lastStep
        for buffer in owner.indices where owner[buffer] == result { owner[buffer] = operand }
        break
      }
    }
    return owner
  }
}
