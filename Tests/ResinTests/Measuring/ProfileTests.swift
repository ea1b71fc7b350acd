import Artifacts
import Diagnostics
import Foundation
import Resin
import TestSupport
import Testing

@Suite struct ProfileTests {
  /// 100 GFLOP/s; 100, 50 and 10 GB/s; caches of 1 and 8 MB.
  private static let roofline = Roofline(
    peak: 100e9, level2Rate: 100e9, level3Rate: 50e9, memoryRate: 10e9, level2Bytes: 1 << 20,
    level3Bytes: 8 << 20)

  private func step(
    flops: Int = 0, operations: Int = 0, weights: Int = 0, read: Int = 0, written: Int = 0
  ) -> StepSummary {
    StepSummary(
      name: "a", kernel: "direct", flops: flops, operations: operations, weightBytes: weights,
      readBytes: read, writtenBytes: written)
  }

  @Test func theLargestLimitIsTheBound() {
    let roofline = Self.roofline
    func bound(_ step: StepSummary, _ footprint: Int) -> (Bound, Double) {
      let (bound, seconds) = roofline.bound(of: step, footprint: footprint)
      return (bound, (seconds * 1e9).rounded() / 1e9)
    }
    // The work of the kernel counts, not that of the definition.
    let compute = step(flops: 400_000_000, operations: 100_000_000, weights: 1_000_000)
    #expect(bound(compute, 1 << 20) == (.compute, 1e-3))
    // Weights come from where all weights are.
    let weights = step(operations: 1000, weights: 1_000_000)
    #expect(bound(weights, 1 << 20) == (.level2, 10e-6))
    #expect(bound(weights, 4 << 20) == (.level3, 20e-6))
    #expect(bound(weights, 16 << 20) == (.memory, 100e-6))
    // Activations from where those of the step fit.
    let activations = step(operations: 1, read: 3_000_000, written: 1_000_000)
    #expect(bound(activations, 16 << 20) == (.level3, 80e-6))
    let many = step(operations: 1, read: 9_000_000, written: 1_000_000)
    #expect(bound(many, 16 << 20) == (.memory, 1e-3))
    #expect(bound(step(), 0) == (.compute, 0))
  }

  @Test func rowsAndTotalAddUp() throws {
    let steps = [
      step(flops: 2_000_000, operations: 1_000_000, weights: 4096, read: 64, written: 128),
      step(read: 128, written: 64),
    ]
    let profile = Profile(
      steps, seconds: [30e-6, 10e-6], roofline: Self.roofline, footprint: 1 << 20)
    #expect(profile.rows.map(\.share) == [0.75, 0.25])
    let lines = profile.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 + 1 + 2 + 1)
    #expect(lines[0].hasPrefix("limits "))
    let words = lines[3].split(separator: " ").map(String.init)
    #expect(
      words == [
        "0.0300", "75.0", "%", "66.7", "67", "%", "0.004", "MB", "0.000", "MB", "0.000", "MB", "33",
        "%", "compute", "direct", "a",
      ])
    #expect(lines[5].hasPrefix("0.0400  100.0 %     50.0"))
    #expect(lines[5].hasSuffix("total of 2 steps"))
  }

  private func times(_ microseconds: [Int]) -> RunTimes {
    RunTimes(microseconds.map { .microseconds($0) })
  }

  @Test func percentilesAreTimesOfRuns() {
    let hundred = times((1...100).reversed())
    #expect(hundred.percentile(90) == .microseconds(90))
    #expect(hundred.percentile(99) == .microseconds(99))
    #expect(hundred.percentile(100) == .microseconds(100))
    #expect(hundred.median == .microseconds(51))
    #expect(hundred.minimum == .microseconds(1))
    for percent in [1, 50, 99, 100] {
      #expect(times([7]).percentile(percent) == .microseconds(7))
    }
    #expect(times([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).percentile(99) == .microseconds(10))
  }

  /// Ten million operations take 100 µs at the peak.
  @Test func aBusyMachineIsNoticed() {
    var direct = step(flops: 10_000_000, operations: 10_000_000)
    direct.kernel = "direct 3×3 16→32 @8×8"
    var winograd = direct
    winograd.kernel = "winograd F(2,3)"
    func doubts(
      _ times: [Int], _ step: StepSummary, seconds: Double? = nil
    ) -> String {
      let profile = seconds.map {
        Profile([step], seconds: [$0], roofline: Self.roofline, footprint: 1 << 20)
      }
      return machineDoubts(
        times: self.times(times), steps: [step], profile: profile, peak: Self.roofline.peak
      ).joined(separator: "; ")
    }
    let calm = Array(repeating: 120, count: 20)
    #expect(doubts(calm, direct) == "")
    #expect(doubts(calm, direct, seconds: 99.9e-6) == "")
    #expect(doubts(calm, direct, seconds: 80e-6).contains("'a' reaches 125 % of the peak"))
    #expect(doubts(calm, winograd, seconds: 80e-6) == "")
    #expect(doubts(calm.map { $0 / 2 }, direct).contains("reach 167 % of the peak"))
    #expect(doubts(calm.map { $0 / 2 }, winograd) == "")
    #expect(doubts(calm + [240, 240, 240], direct).contains("2.0 times the median"))
    #expect(doubts(calm + [240], direct) == "")
    #expect(doubts(calm.map { $0 * 2 } + [150], direct).contains("1.6 times the least time"))
  }

  @Test func asManyRunsAsThreadsGoOnAtOnce() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin", "model m\ninput x: f32[N, 16, 8, 8]\noutput y = conv2d(x, 32, kernel: 3)")
    let ready = try compileInProcess(
      ModelFile(path: path, batch: 2, weights: .random(seed: 1)))
    let report = try benchmark(ready, threads: 3, seconds: 0.05, throughput: true)
    let images = try #require(report.imagesPerSecond)
    #expect(images > 0 && report.times.count >= 30)
    #expect(report.arenaBytes == 3 * ready.model.interface.workspaceBytes)
    #expect(report.text.contains("batch 2, 3 threads, 3 runs at once"))
    #expect(report.text.contains("\nimages   "))
    #expect(abs(report.rate / (images / 2 * Double(report.flops)) - 1) < 1e-9)
    for seconds in [0, -1, .nan, .infinity] {
      #expect(throws: DiagnosticError.self) { try benchmark(ready, seconds: seconds) }
    }
    #expect(throws: DiagnosticError.self) {
      try benchmark(ready, seconds: 0.05, profile: true, throughput: true)
    }
  }

  @Test func aReportIsWholeWithAndWithoutAProfile() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin",
      """
      model m
      input x: f32[1, 16, 8, 8]
      a = conv2d(x, 32, kernel: 3, padding: 1)
      y = max_pool(a, kernel: 2)
      output y
      """)
    let ready = try compileInProcess(ModelFile(path: path, weights: .random(seed: 1)))
    for profiled in [false, true] {
      let report = try benchmark(ready, threads: 2, seconds: 0.1, profile: profiled)
      #expect((report.profile != nil) == profiled)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
      let steps = try #require(object["steps"] as? [[String: Any]])
      #expect(steps.count == ready.model.steps.count)
      for step in steps {
        #expect(
          step.keys.sorted() == [
            "bound", "bytes", "gflop", "gflops", "kernel", "limits_ms", "median_ms", "name",
            "peak_share", "read_bytes", "share", "weight_bytes", "written_bytes",
          ])
        let parts = try ["weight_bytes", "read_bytes", "written_bytes"].map {
          try #require(step[$0] as? Int)
        }
        #expect(step["bytes"] as? Int == parts.reduce(0, +))
        #expect((step["median_ms"] is NSNull) != profiled)
        #expect((step["bound"] is String) == profiled)
        #expect((step["limits_ms"] as? [String: Double])?.count == (profiled ? 4 : nil))
      }
      let shares = steps.compactMap { $0["share"] as? Double }
      #expect(!profiled || abs(shares.reduce(0, +) - 1) < 1e-6)
      #expect(steps.contains { ($0["kernel"] as? String)?.contains("16→32 @8×8") == true })
    }
  }
}
