import Artifacts
import CResinRuntime
import Foundation
import Synchronization
import TestSupport
import Testing

extension UnsafePointer<resin_parallel> {
  /// Runs shares; the field `self`, the structure's first, cannot be named in Swift.
  fileprivate func run(_ task: resin_task, _ context: UnsafeRawPointer?, _ count: Int32) {
    let pool = UnsafeRawPointer(self).load(as: UnsafeMutableRawPointer?.self)
    pointee.run(pool, task, context, count)
  }
}

/// Counts how often each share was run.
private func runShares(_ parallel: UnsafePointer<resin_parallel>, _ count: Int) -> [UInt8] {
  var counts = [UInt8](repeating: 0, count: count)
  counts.withUnsafeMutableBytes { bytes in
    parallel.run(
      { $0!.advanced(by: Int($1)).increment() }, bytes.baseAddress,
      Int32(count))
  }
  return counts
}

extension UnsafeRawPointer {
  fileprivate func increment() {
    UnsafeMutableRawPointer(mutating: self).assumingMemoryBound(to: UInt8.self).pointee += 1
  }
}

/// What tasks share that wait for each other.
private final class Meeting: Sendable {
  let done = Atomic(0)
  let waited = Atomic(false)
}

@Suite struct ThreadPoolTests {
  @Test(arguments: 1...8) func everyShareRunsOnce(threads: Int) throws {
    let pool = try #require(resin_pool_create(Int32(threads)))
    defer { resin_pool_destroy(pool) }
    let parallel = try #require(resin_pool_parallel(pool))
    for round in 0..<300 {
      let count = [0, 1, 2, 3, 7, 8, 64, 1000][round % 8]
      #expect(runShares(parallel, count) == [UInt8](repeating: 1, count: count))
    }
  }

  @Test func concurrentCallersShareOnePool() throws {
    let pool = try ThreadPool(threads: 3)
    let failures = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      guard let parallel = pool.parallel else { return }
      for _ in 0..<500 where runShares(parallel, 37).contains(where: { $0 != 1 }) {
        failures.add(1, ordering: .relaxed)
      }
    }
    let failureCount = failures.load(ordering: .relaxed)
    #expect(failureCount == 0)
  }

  @Test func otherThreadsTakeOverTheShareOfAThreadThatIsHeldUp() throws {
    let pool = try ThreadPool(threads: 2)
    let parallel = try #require(pool.parallel)
    let meeting = Meeting()
    // Share 0 is the calling thread's first; it ends only when all others are done, half of which
    // were the calling thread's too.
    parallel.run(
      { context, index in
        let meeting = Unmanaged<Meeting>.fromOpaque(context!).takeUnretainedValue()
        let deadline = ContinuousClock.now + .seconds(20)
        if index == 0 {
          while meeting.done.load(ordering: .acquiring) < 15, ContinuousClock.now < deadline {}
          meeting.waited.store(
            meeting.done.load(ordering: .acquiring) == 15, ordering: .releasing)
        } else {
          meeting.done.add(1, ordering: .releasing)
        }
      }, Unmanaged.passUnretained(meeting).toOpaque(), 16)
    let allOthersWereDone = meeting.waited.load(ordering: .acquiring)
    #expect(allOthersWereDone)
  }

  @Test func nestedRunsWorkAlone() throws {
    let pool = try ThreadPool(threads: 4)
    let parallel = try #require(pool.parallel)
    parallel.run(
      { context, _ in
        let parallel = context!.assumingMemoryBound(to: resin_parallel.self)
        #expect(runShares(parallel, 20) == [UInt8](repeating: 1, count: 20))
      }, parallel, 8)
  }

  @Test(arguments: [Int32.min, -1, 257, Int32.max])
  func absurdNumbersOfThreadsAreRefused(threads: Int32) {
    #expect(resin_pool_create(threads) == nil)
    #expect(throws: (any Error).self) { try ThreadPool(threads: Int(threads)) }
    #expect(throws: (any Error).self) { try ThreadPool(threads: 0) }
  }

  @Test func theLargestPoolWorks() throws {
    let pool = try ThreadPool(threads: 256)
    let parallel = try #require(pool.parallel)
    #expect(runShares(parallel, 999) == [UInt8](repeating: 1, count: 999))
  }

  @Test func aPoolThatIsNoneIsIgnored() {
    resin_pool_destroy(nil)
    #expect(resin_pool_parallel(nil) == nil)
  }

  @Test func idleThreadsUseNoTimeAndAForkedChildMayDestroyThePool() throws {
    let program = """
      #include <stdio.h>
      #include <sys/resource.h>
      #include <sys/wait.h>
      #include <time.h>
      #include <unistd.h>
      #include "resin_support.h"
      static void nothing(const void *context, int32_t index) { (void)context; (void)index; }
      static double used(void) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
               1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
      }
      int main(void) {
        resin_pool *pool = resin_pool_create(4);
        const resin_parallel *parallel = resin_pool_parallel(pool);
        for (int i = 0; i < 100; i++) parallel->run(parallel->self, nothing, NULL, 16);
        usleep(20000);
        double before = used();
        usleep(300000);
        if (used() - before > 0.1) return 1;
        pid_t child = fork();
        if (child == 0) {
          resin_pool_destroy(pool);
          resin_pool *own = resin_pool_create(2);
          resin_pool_parallel(own)->run(resin_pool_parallel(own)->self, nothing, NULL, 4);
          resin_pool_destroy(own);
          _exit(3);
        }
        int status = 0;
        waitpid(child, &status, 0);
        resin_pool_destroy(pool);
        return WEXITSTATUS(status) == 3 ? 0 : 2;
      }
      """
    let folder = try ScratchFolder()
    let runtime = packagePath("Sources/CResinRuntime")
    let result = try runC(
      program, in: folder,
      linking: ["-I\(runtime)/include"] + ["pool", "pools", "cpus"].map { "\(runtime)/\($0).c" })
    #expect(result.status == 0)
  }
}
