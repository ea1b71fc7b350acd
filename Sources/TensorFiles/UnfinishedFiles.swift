import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files and folders of this process that nobody is to find: they get their names later, or go.
///
/// Who makes one makes it known here in the same step, so that a process which is interrupted knows
/// what to remove.
public enum UnfinishedFiles {
  private static let paths = Mutex<[String]>([])

  /// Makes, names or removes unfinished files while nobody else does.
  ///
  /// - Parameter body: changes the files and the list of their paths alike.
  public static func change<Result: Sendable>(
    _ body: (inout [String]) throws -> Result
  ) rethrows -> Result {
    try paths.withLock { try body(&$0) }
  }

  /// Removes all of them and ends the process; no more are made meanwhile.
  public static func removeAll(thenEnd end: () -> Never) -> Never {
    paths.withLock { paths -> Never in
      for path in paths where unlink(path) != 0 { removeFolder(path) }
      end()
    }
  }

  /// Removes a folder with the files in it, as far as the system lets it.
  public static func removeFolder(_ path: String) {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
