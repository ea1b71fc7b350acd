import Diagnostics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which files a command has read and written, so that none of its outputs takes the place of one.
///
/// Files are known by device and number, so that links and other spellings of a path are the same
/// file. Whoever opens a file tells it here; a program that uses this package as a library keeps no
/// such list, unless it calls `watch()`.
public enum FileUses {
  /// What a command does with a file.
  public enum Use: Sendable {
    /// It reads it.
    case input
    /// It writes it.
    case output
    /// It reads it and writes it anew, as it does with what it keeps from run to run.
    case cache
  }

  private struct Identity: Hashable {
    var device: UInt64
    var number: UInt64

    init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      number = UInt64(truncatingIfNeeded: status.st_ino)
    }
  }

  /// Nil where nobody watches.
  private static let uses = Mutex<[Identity: Use]?>(nil)

  /// From now on, outputs in the place of files that were read or written are refused.
  public static func watch() { uses.withLock { $0 = $0 ?? [:] } }

  /// Notes what a file is used for; the first use counts.
  public static func note(_ status: stat, as use: Use) {
    uses.withLock { uses in
      let identity = Identity(status)
      if let known = uses?[identity], known != .cache { return }
      uses?[identity] = use
    }
  }

  /// Notes that the file at a path was read; nothing where there is none.
  public static func noteInput(_ path: String) {
    var status = stat()
    if stat(path, &status) == 0 { note(status, as: .input) }
  }

  /// Throws where a file may not be written in the place of one that is there.
  static func check(_ status: stat, _ path: String, as use: Use) throws {
    switch uses.withLock({ $0?[Identity(status)] }) {
    case nil: return
    case .cache? where use == .cache: return
    case .input?:
      throw DiagnosticError(
        "this file is read here, and writing it would destroy it", at: .subject(path),
        hint: "write to another file")
    case .output?, .cache?: throw sameOutput(path)
    }
  }

  /// The error where a command would write a file twice.
  static func sameOutput(_ path: String) -> DiagnosticError {
    DiagnosticError(
      "two files that are written here would be this one", at: .subject(path),
      hint: "write to another file")
  }
}
