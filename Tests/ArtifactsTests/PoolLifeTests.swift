import CResinRuntime
import TestSupport
import Testing

/// Pools and what happens to their process: fork(), exit(), the CPUs it may use.
@Suite struct PoolLifeTests {
  /// Runs a program with the pool's sources; its `check` ends it with the number of a line.
  private func run(_ main: String) throws -> ProgramResult {
    let folder = try ScratchFolder()
    let runtime = packagePath("Sources/CResinRuntime")
    let program = """
      #define _GNU_SOURCE
      #include <dirent.h>
      #include <pthread.h>
      #include <sched.h>
      #include <stdatomic.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/wait.h>
      #include <unistd.h>
      #include "resin_support.h"
      #define CHECK(condition) if (!(condition)) { printf("line %d\\n", __LINE__); exit(1); }
      static inline int threads_of_process(void) {
        int count = -2;
        DIR *folder = opendir("/proc/self/task");
        while (readdir(folder) != NULL) count++;
        closedir(folder);
        return count;
      }
      static atomic_int shares;
      static inline void count_share(const void *context, int32_t index) {
        (void)context; (void)index;
        atomic_fetch_add(&shares, 1);
      }
      static inline int shares_of_run(resin_pool *pool, int count) {
        const resin_parallel *parallel = resin_pool_parallel(pool);
        atomic_store(&shares, 0);
        parallel->run(parallel->self, count_share, NULL, count);
        return atomic_load(&shares);
      }
      static inline int status_of(pid_t child) {
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      }
      \(main)
      """
    return try runC(
      program, in: folder,
      linking: ["-I\(runtime)/include"] + ["pool", "pools", "cpus"].map { "\(runtime)/\($0).c" })
  }

  @Test func aChildHasThreadsOfItsOwnInAPoolThatItInherits() throws {
    let result = try run(
      """
      static resin_pool *pool, *second;
      static atomic_int stopping;
      static void *keep_running(void *nothing) {
        while (!atomic_load(&stopping)) shares_of_run(second, 64);
        return nothing;
      }
      int main(void) {
        pool = resin_pool_create(4);
        second = resin_pool_create(3);
        for (int used = 0; used < 2; used++) {
          pid_t child = fork();
          if (child == 0) {
            CHECK(threads_of_process() == 1);
            CHECK(shares_of_run(pool, 100) == 100);
            CHECK(threads_of_process() == 4);
            resin_pool_destroy(second);
            resin_pool *own = resin_pool_create(2);
            CHECK(shares_of_run(own, 10) == 10 && threads_of_process() == 5);
            resin_pool_destroy(own);
            resin_pool_destroy(pool);
            CHECK(threads_of_process() == 1);
            exit(0);
          }
          CHECK(status_of(child) == 0);
          CHECK(shares_of_run(pool, 100) == 100 && shares_of_run(second, 100) == 100);
        }
        // Children made while another thread's run is at any place.
        pthread_t runner;
        pthread_create(&runner, NULL, keep_running, NULL);
        for (int round = 0; round < 50; round++) {
          pid_t child = fork();
          if (child == 0) {
            CHECK(shares_of_run(second, 100) == 100);
            resin_pool_destroy(second);
            exit(0);
          }
          CHECK(status_of(child) == 0);
        }
        atomic_store(&stopping, 1);
        pthread_join(runner, NULL);
        return 0;
      }
      """)
    #expect(result.status == 0, "\(result.output)")
  }

  @Test func exitDoesNotWaitForPoolsThatAreInUseOrWereNotDestroyed() throws {
    let result = try run(
      """
      static void leave(const void *context, int32_t index) {
        (void)context;
        if (index == 1) exit(7);
        for (;;) usleep(1000);
      }
      int main(void) {
        pid_t child = fork();
        if (child == 0) {
          CHECK(shares_of_run(resin_pool_create(3), 10) == 10);
          exit(5);
        }
        CHECK(status_of(child) == 5);
        child = fork();
        if (child == 0) {
          const resin_parallel *parallel = resin_pool_parallel(resin_pool_create(2));
          parallel->run(parallel->self, leave, NULL, 2);
        }
        CHECK(status_of(child) == 7);
        return 0;
      }
      """)
    #expect(result.status == 0, "\(result.output)")
  }

  @Test func aPoolOfNoGivenSizeHasTheCPUsOfTheProcess() throws {
    let result = try run(
      """
      static void look(const void *context, int32_t index) {
        (void)context; (void)index;
        cpu_set_t mask;
        sched_getaffinity(0, sizeof mask, &mask);
        if (CPU_COUNT(&mask) == 1) atomic_fetch_add(&shares, 1);
      }
      int main(void) {
        cpu_set_t all, one;
        CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
        int cpus = resin_usable_cpus();
        CHECK(cpus >= 1 && cpus <= CPU_COUNT(&all));
        resin_pool *pool = resin_pool_create(0);
        CHECK(threads_of_process() == cpus);
        resin_pool_destroy(pool);
        int first = 0;
        while (!CPU_ISSET(first, &all)) first++;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
        CHECK(resin_usable_cpus() == 1);
        pool = resin_pool_create(0);
        CHECK(threads_of_process() == 1);
        resin_pool_destroy(pool);
        // Threads of a pool that is larger stay where the process may run.
        pool = resin_pool_create(3);
        const resin_parallel *parallel = resin_pool_parallel(pool);
        parallel->run(parallel->self, look, NULL, 30);
        CHECK(atomic_load(&shares) == 30);
        resin_pool_destroy(pool);
        return 0;
      }
      """)
    #expect(result.status == 0, "\(result.output)")
  }

  /// Files of control groups, by path below a root, and the CPUs that they grant.
  struct Groups: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let files: [String: String]
    let cpus: Int32
  }

  private static let v2 = "0::/a/b\n"
  private static let v1 = "5:cpuset:/x\n4:cpu,cpuacct:/docker/c1\n1:name=systemd:/y\n0::/\n"

  @Test(arguments: [
    Groups(testDescription: "no groups", files: [:], cpus: .max),
    Groups(
      testDescription: "version 2, the group's own",
      files: ["proc/self/cgroup": v2, "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n"], cpus: 3),
    Groups(
      testDescription: "version 2, without a limit",
      files: ["proc/self/cgroup": v2, "sys/fs/cgroup/a/b/cpu.max": "max 100000\n"], cpus: .max),
    Groups(
      testDescription: "version 2, the least of those above",
      files: [
        "proc/self/cgroup": v2, "sys/fs/cgroup/a/b/cpu.max": "800000 100000\n",
        "sys/fs/cgroup/a/cpu.max": "250000 100000\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
      ], cpus: 2),
    Groups(
      testDescription: "version 2, in a container that sees only its own group",
      files: ["proc/self/cgroup": v2, "sys/fs/cgroup/cpu.max": "50000 100000\n"], cpus: 1),
    Groups(
      testDescription: "version 1",
      files: [
        "proc/self/cgroup": v1,
        "sys/fs/cgroup/cpu,cpuacct/docker/c1/cpu.cfs_quota_us": "400000\n",
        "sys/fs/cgroup/cpu,cpuacct/docker/c1/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], cpus: 4),
    Groups(
      testDescription: "version 1, without a limit",
      files: [
        "proc/self/cgroup": v1, "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      ], cpus: .max),
    Groups(
      testDescription: "nonsense",
      files: [
        "proc/self/cgroup": "::::\n\n7\n0::/a/b:c\n" + v2, "sys/fs/cgroup/a/b/cpu.max": "many 0",
        "sys/fs/cgroup/a/cpu.max": "5 0\n", "sys/fs/cgroup/cpu.max": "-7 -1",
      ], cpus: .max),
  ])
  func limitsOfControlGroups(groups: Groups) throws {
    let folder = try ScratchFolder()
    for (path, text) in groups.files.sorted(by: { $0.key < $1.key }) {
      let parent = path.split(separator: "/").dropLast().joined(separator: "/")
      try folder.makeFolder(parent)
      try folder.write(path, text)
    }
    #expect(resin_cpus_of_groups(folder.path) == groups.cpus)
  }
}
