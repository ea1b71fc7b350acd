import CResinRuntime
import Glibc
import TensorFiles

/// Makes this process leave nothing behind when it is interrupted, and lets it say what is wrong
/// where it would be ended: for programs, at their beginning.
///
/// SIGINT, SIGTERM and SIGHUP end the tools that are running and remove unfinished files; then the
/// process ends by the signal. A file that passes the limit on sizes is an error of the write; a
/// crash for want of memory, under a limit on it, becomes words.
public func endCleanlyWhenInterrupted() {
  signal(SIGXFSZ, SIG_IGN)
  // Where there is no thread for this, signals do what they always do.
  _ = resin_on_interrupt { number in UnfinishedFiles.removeAll { resin_die(number) } }
  resin_on_memory_limit()
}
