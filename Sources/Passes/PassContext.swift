/// One rewrite that happened.
public struct RewriteRecord: Sendable, Equatable, CustomStringConvertible {
  /// The pass's name.
  public let pass: String
  /// The nodes that were there before, by name, in order of execution.
  public let consumed: [String]
  /// The nodes that do their work now; empty where they were only removed.
  public let produced: [String]

  /// `fold-batch-norm: conv1, bn1 → conv1`
  public var description: String {
    "\(pass): \(consumed.joined(separator: ", ")) → \(produced.joined(separator: ", "))"
  }
}

/// What passes are told and what they report: one per compilation.
public final class PassContext {
  /// Whether the graph's invariants are checked after every pass: in tests and in debugging.
  public let verifies: Bool
  /// No rewrite happens after so many: a wrong result is found by bisection over this number.
  public let rewriteLimit: Int
  /// The rewrites so far.
  public private(set) var log: [RewriteRecord] = []

  /// How often a pass has run, all of them together.
  public internal(set) var runs = 0

  var currentPass = ""

  /// Creates a context without a limit unless one is given.
  public init(verifies: Bool = false, rewriteLimit: Int = .max) {
    self.verifies = verifies
    self.rewriteLimit = rewriteLimit
  }

  /// Logs a rewrite that is about to happen; false where the limit is reached and it must not.
  func permits(_ consumed: [String], giving produced: [String]) -> Bool {
    guard log.count < rewriteLimit else { return false }
    log.append(RewriteRecord(pass: currentPass, consumed: consumed, produced: produced))
    return true
  }
}
