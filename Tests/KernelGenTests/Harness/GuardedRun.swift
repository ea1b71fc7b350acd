import Glibc
import GraphIR
import Planning

extension CompiledGraph {
  /// Runs all steps in a process of their own, with every input, output, the weights and the
  /// workspace between forbidden pages: once up against the page behind, once against the page in
  /// front.
  ///
  /// - Returns: the first step that touched one; nil where none did.
  func fault() -> String? {
    for side in GuardedMemory.Side.allCases {
      let alignment = ModelInterface.alignment
      let packed = GuardedMemory(bytes: plan.weightBytes, alignment: alignment, against: side)
      packed.pointer.copyMemory(from: weights.pointer, byteCount: plan.weightBytes)
      let workspace = GuardedMemory(bytes: plan.arenaBytes, alignment: alignment, against: side)
      let interface = plan.interface
      let ports = (interface.inputs + interface.outputs).map {
        GuardedMemory(bytes: $0.type.byteCount, against: side)
      }
      let bases = ([packed, workspace] + ports).map { UnsafeRawPointer($0.pointer) as Optional }
      let outcome = withExtendedLifetime((packed, workspace, ports)) {
        inProcessOfItsOwn(count: plan.steps.count) { step in
          code.steps(bases, nil, Int32(step), Int32(step + 1))
        }
      }
      if let (step, signal) = outcome {
        return "step \(step), \(plan.steps[step].name), leaves its memory at the \(side) "
          + "(signal \(signal)): \(plan.steps[step].kernel.printedName)"
      }
    }
    return nil
  }
}

/// Calls `body` with 0, 1, … in a child process, which must not allocate: other threads may have
/// held the allocator's locks.
///
/// - Returns: the number at which a signal ended it, and the signal; nil where it came to its end.
func inProcessOfItsOwn(
  count: Int, _ body: (Int) -> Void
) -> (number: Int, signal: Int32)? {
  let shared = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)!
  precondition(shared != MAP_FAILED, "no memory for a test")
  defer { munmap(shared, 4096) }
  let progress = shared.bindMemory(to: Int.self, capacity: 1)
  // Swift hides `fork` because little may be done behind it; little is.
  typealias Fork = @convention(c) () -> pid_t
  let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
  let child = fork()
  precondition(child >= 0, "no process for a test")
  if child == 0 {
    for fatal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE] { signal(fatal, SIG_DFL) }
    for number in 0..<count {
      progress.pointee = number
      body(number)
    }
    _exit(0)
  }
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0 { precondition(errno == EINTR, "the child is lost") }
  let signal = status & 0x7f
  return signal == 0 ? nil : (progress.pointee, signal)
}
