import Foundation

/// Work that threads of its own do before it is asked for, with results in the order in which it was begun.
///
/// The threads wait where enough is begun or ready, so that memory does not grow with the amount of work. What it works on
/// may come from other work ahead.
final class WorkAhead<Item, Value> {
  private let state: State<Item, Value>

  /// Begins to work.
  ///
  /// - Parameters:
  ///   - threads: how many work at once.
  ///   - limit: how many results may be begun or ready.
  ///   - take: gives what is worked on next, or nil where nothing is left, then at every call; one call at a time.
  ///   - work: makes a result of it, on the thread of the number that it is given.
  /// - Precondition: `threads` and `limit` are at least 1.
  init(
    threads: Int, limit: Int, take: @escaping () -> Item?, work: @escaping (Int, Item) -> Value
  ) {
    let state = State(limit: limit, take: take, work: work)
    self.state = state
    for thread in 0..<threads { Thread.detachNewThread { state.work(on: thread) } }
  }

  deinit { state.end() }

  /// The next result, or nil behind the last one; waits until it is there.
  func next() -> Value? { state.next() }
}

/// What the threads share; they keep it after nobody asks for results any more.
private final class State<Item, Value>: @unchecked Sendable {
  private let limit: Int
  private let takeNext: () -> Item?
  private let make: (Int, Item) -> Value
  /// Held while something is taken, so that numbers follow the order in which that was.
  private let taking = NSLock()
  /// Guards everything below; signalled when that changes.
  private let condition = NSCondition()
  /// How many results were begun, and how many given.
  private var begun = 0
  private var given = 0
  /// Results that were not given yet, by their number.
  private var ready: [Int: Value] = [:]
  /// Nothing is left to take.
  private var isEmpty = false
  /// Nobody asks any more.
  private var hasEnded = false

  init(limit: Int, take: @escaping () -> Item?, work: @escaping (Int, Item) -> Value) {
    (self.limit, takeNext, make) = (limit, take, work)
  }

  func work(on thread: Int) {
    while let (number, item) = begin() {
      let value = make(thread, item)
      condition.withLock {
        ready[number] = value
        condition.broadcast()
      }
    }
  }

  /// Waits until there is room.
  private func begin() -> (Int, Item)? {
    taking.withLock {
      let hasRoom = condition.withLock {
        while begun - given >= limit, !hasEnded { condition.wait() }
        return !hasEnded && !isEmpty
      }
      let item = hasRoom ? takeNext() : nil
      return condition.withLock {
        guard let item else {
          isEmpty = true
          condition.broadcast()
          return nil
        }
        begun += 1
        return (begun - 1, item)
      }
    }
  }

  func next() -> Value? {
    condition.withLock {
      while true {
        if let value = ready.removeValue(forKey: given) {
          given += 1
          condition.broadcast()
          return value
        }
        if given == begun, isEmpty { return nil }
        condition.wait()
      }
    }
  }

  func end() {
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }
}
