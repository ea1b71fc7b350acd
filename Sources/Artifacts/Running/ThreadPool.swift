import CResinRuntime
import Diagnostics

/// Threads that steps of a model are spread over: the pool that libraries are bundled with.
public final class ThreadPool: @unchecked Sendable {
  /// The number of threads, the calling one included.
  public let threads: Int
  private let pool: OpaquePointer?

  /// The numbers of threads that a pool may have.
  public static let allowedThreads = 1...Int(RESIN_MAXIMUM_THREADS)

  /// Creates a pool; with one thread there is nothing to create.
  ///
  /// - Throws: where `threads` is not allowed or the system gives no threads.
  public init(threads: Int) throws {
    guard Self.allowedThreads.contains(threads) else {
      throw DiagnosticError(
        "cannot use \(threads) threads", hint: "give a number from 1 to \(RESIN_MAXIMUM_THREADS)")
    }
    self.threads = threads
    guard threads > 1 else {
      pool = nil
      return
    }
    pool = resin_pool_create(Int32(threads))
    guard pool != nil else { throw DiagnosticError("the system refuses \(threads) threads") }
  }

  deinit { resin_pool_destroy(pool) }

  /// The pool as compiled code takes it; nil for one thread.
  public var parallel: UnsafePointer<resin_parallel>? {
    pool.flatMap { resin_pool_parallel($0) }
  }
}
