import CResinRuntime
import Glibc

/// Makes this process end with an error where what it prints is lost, as on a full disk: for programs, at their beginning.
///
/// - Parameter report: says on standard error why.
public func endWithErrorWhereOutputIsLost(report: @escaping @Sendable (String) -> Void) {
  resin_open_streams()
  reportLoss = report
  atexit {
    let code = resin_close_output()
    guard code != 0 else { return }
    reportLoss?(String(cString: strerror(code)))
    _exit(2)
  }
}

/// Written before there are other threads.
nonisolated(unsafe) private var reportLoss: (@Sendable (String) -> Void)?
