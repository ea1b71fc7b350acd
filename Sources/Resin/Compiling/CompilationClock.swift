import Synchronization

/// What a compilation does, in this order.
public enum CompilationPhase: String, Sendable, CaseIterable {
  /// Model and weights are read, or weights made from a seed.
  case reading
  /// The passes rewrite the graph.
  case passes
  /// Kernels, layouts and places are chosen.
  case planning
  /// Machine code is made, in memory.
  case code
  /// Weights are brought into the order in which kernels read them.
  case packing
  /// Code and weights become files, or a part of this process.
  case linking
}

/// How long each phase of a compilation took.
public struct CompilationTimes: Sendable, Equatable {
  private var durations: [CompilationPhase: Duration] = [:]

  /// Times of nothing done yet.
  public init() {}

  /// The time of one phase, zero before it.
  public subscript(phase: CompilationPhase) -> Duration {
    get { durations[phase] ?? .zero }
    set { durations[phase] = newValue }
  }

  /// The time of all phases.
  public var total: Duration { CompilationPhase.allCases.reduce(.zero) { $0 + self[$1] } }
}

/// Measures the phases of one compilation: whatever works on it adds its time here.
public final class CompilationClock: Sendable {
  private let measured = Mutex(CompilationTimes())
  private let onStart: @Sendable (CompilationPhase) -> Void

  /// Creates a clock that has measured nothing.
  ///
  /// - Parameter onStart: is told of every part of a phase before it begins.
  public init(onStart: @escaping @Sendable (CompilationPhase) -> Void = { _ in }) {
    self.onStart = onStart
  }

  /// The times so far.
  public var times: CompilationTimes { measured.withLock { $0 } }

  /// Does a part of a phase and adds the time it took, whether it fails or not.
  public func measure<Result>(
    _ phase: CompilationPhase, _ body: () throws -> Result
  ) rethrows -> Result {
    onStart(phase)
    let start = ContinuousClock.now
    defer {
      let time = ContinuousClock.now - start
      measured.withLock { $0[phase] += time }
    }
    return try body()
  }
}
