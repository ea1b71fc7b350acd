import Artifacts
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
      let report = try benchmark(ready, threads: 2, profile: profiled)
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
