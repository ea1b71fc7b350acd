import Foundation
import GraphIR

/// Pictures that a thread of its own reads before they are asked for, so that reading some overlaps with running
/// others; it waits where a few are ready, so that memory does not grow with their number.
public final class PicturesAhead {
  /// A picture as an image of the input, or why it is none.
  public typealias Entry = (path: String, image: Result<Tensor, any Error>)

  private let queue: Queue

  /// Begins to read.
  ///
  /// - Parameters:
  ///   - paths: the pictures, in the order in which they are asked for.
  ///   - limit: how many may wait to be asked for.
  ///   - reader: reads them.
  /// - Precondition: `limit` is at least 1.
  public init(_ paths: [String], limit: Int, reader: PictureReader) {
    let queue = Queue(limit: limit)
    self.queue = queue
    Thread.detachNewThread {
      for path in paths {
        guard queue.append((path, Result { try reader.read(path) })) else { return }
      }
      queue.end()
    }
  }

  deinit { queue.end() }

  /// The next picture, or nil behind the last one; waits until it is read.
  public func next() -> Entry? { queue.popFirst() }
}

/// What one thread gives and another one takes, so many at most in between.
private final class Queue: @unchecked Sendable {
  private let limit: Int
  /// Guards everything below; signalled when that changes.
  private let condition = NSCondition()
  private var entries: [PicturesAhead.Entry] = []
  /// Nothing more is given, or nothing more is taken.
  private var hasEnded = false

  init(limit: Int) { self.limit = limit }

  /// Waits until there is room.
  ///
  /// - Returns: whether anybody takes it.
  func append(_ entry: PicturesAhead.Entry) -> Bool {
    condition.withLock {
      while entries.count >= limit, !hasEnded { condition.wait() }
      guard !hasEnded else { return false }
      entries.append(entry)
      condition.signal()
      return true
    }
  }

  /// Waits until there is one.
  func popFirst() -> PicturesAhead.Entry? {
    condition.withLock {
      while entries.isEmpty, !hasEnded { condition.wait() }
      guard !entries.isEmpty else { return nil }
      condition.signal()
      return entries.removeFirst()
    }
  }

  func end() {
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }
}
