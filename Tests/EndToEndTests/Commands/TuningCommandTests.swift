import Foundation
import TestSupport
import Testing

/// `--tune` of the built program.
@Suite struct TuningCommandTests {
  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(
      "small.resin",
      """
      model small
      input x: f32[N, 16, 8, 8]
      a = conv2d(x, 16, kernel: 3, padding: 1)
      b = conv2d(a, 32, kernel: 3, padding: 1)
      output b
      """)
    return folder
  }

  private let weights = ["--random-weights", "1"]
  private let tune = ["--tune", "--tuning-cache", "times/small.json"]

  @Test func aSecondCompilationMeasuresNothingAndGivesTheSameBytes() throws {
    let folder = try folder()
    var errors: [String] = []
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: true)
      let result = try resin(
        ["compile", "small.resin", "-o", "\(name)/libsmall.so"] + weights + tune, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      errors.append(result.errors)
    }
    #expect(errors[0].hasPrefix("tuning: round 1 of 4, 2 layers\n"), "\(errors[0])")
    #expect(errors[0].contains("tuning: done in"))
    #expect(errors[1].hasPrefix("tuning: all times are known from times/small.json\n"))
    #expect(try folder.read("a/libsmall.so") == folder.read("b/libsmall.so"))
    #expect(try folder.names() == ["a", "b", "small.resin", "times"])
  }

  @Test func thePlanShowsWhatWasMeasuredAndThePick() throws {
    let folder = try folder()
    let before = try resin(
      ["inspect", "small.resin", "--plan", "--tuning-cache", "times/small.json"] + weights,
      in: folder)
    #expect(before.status == 0 && !before.output.contains(" ms"), "\(before.errors)")
    let bench = try resin(["bench", "small.resin"] + weights + tune, in: folder)
    #expect(bench.status == 0, "\(bench.errors)")
    for arguments in [tune, Array(tune.dropFirst())] {
      let result = try resin(["inspect", "small.resin", "--plan"] + arguments, in: folder)
      let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("a: ") })
      let candidates = line.dropFirst(3).split(separator: ",")
      #expect(candidates.count == 5)
      #expect(candidates.allSatisfy { $0.contains(" kcycles ") && $0.contains(" ms") })
      let marked = candidates.filter { $0.contains("◀") }
      #expect(marked.count == 1)
      guard arguments == tune else { continue }
      func time(_ text: Substring) -> Double? {
        text.split(separator: " ").dropLast(text.contains("◀") ? 2 : 1).last.flatMap { Double($0) }
      }
      #expect(time(try #require(marked.first)) == candidates.compactMap(time).min())
    }
  }

  @Test func withoutTimeNothingIsMeasured() throws {
    let folder = try folder()
    let result = try resin(
      ["compile", "small.resin", "--tune-seconds", "0"] + weights + tune, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "libsmall.so\nsmall.h\n")
  }

  @Test func aFolderThatCannotBeMadeIsSaidBeforeTheWork() throws {
    let folder = try folder()
    let result = try resin(
      ["compile", "small.resin", "--tune", "--tuning-cache", "small.resin/times.json"] + weights,
      in: folder)
    #expect(result.status == 2)
    #expect(result.errors.contains("error: "), "\(result.errors)")
    #expect(try folder.names() == ["small.resin"])
  }

  @Test func candidatesAreShownBesideTheirEstimates() throws {
    let folder = try folder()
    let cache = ["--tuning-cache", "times/small.json"]
    let table = try resin(["bench", "small.resin", "--candidates"] + weights + cache, in: folder)
    #expect(table.status == 0, "\(table.errors)")
    let lines = table.output.split(separator: "\n").map(String.init)
    #expect(
      lines[0].split(separator: " ").joined(separator: " ")
        == "nodes estimated ms measured ms ratio algorithm layer")
    #expect(lines.count { $0.contains(" ◀") } == 2)
    #expect(lines.count { $0.contains("direct") } == 2)
    #expect(lines.contains { $0.hasPrefix("the pick (◀) is within 5 % of the fastest in ") })
    #expect(lines.last?.hasSuffix(" % of the convolutions' time") == true)

    // The second time all is known.
    let object = try resin(
      ["bench", "small.resin", "--candidates", "--json"] + weights + cache, in: folder)
    #expect(object.errors.hasPrefix("tuning: all times are known from times/small.json\n"))
    let fields = try #require(
      try JSONSerialization.jsonObject(with: Data(object.output.utf8)) as? [String: Any])
    let layers = try #require(fields["layers"] as? [[String: Any]])
    #expect(layers.map { $0["nodes"] as? [String] } == [["a"], ["b"]])
    for layer in layers {
      let candidates = try #require(layer["candidates"] as? [[String: Any]])
      #expect(candidates.count == 5)
      #expect(candidates.allSatisfy { ($0["measured_ms"] as? Double ?? 0) > 0 })
      #expect(candidates[0]["algorithm"] as? String == layer["pick"] as? String)
    }
  }

  @Test func candidatesGoWithNothingThatTimesRuns() throws {
    let folder = try folder()
    let start = "error: --candidates times algorithms of layers, not runs, and does not go with "
    for (option, hint) in [
      (
        ["--threads", "2"],
        "--plan-threads says for how many threads algorithms are chosen and measured"
      ),
      (["--seconds", "2"], "--tune-seconds ends measuring"), (["--profile"], "leave --profile out"),
      (["--throughput"], "leave --throughput out"), (["--tune"], "leave --tune out"),
    ] {
      let result = try resin(
        ["bench", "small.resin", "--candidates"] + weights + option, in: folder)
      #expect(result.status == 2)
      #expect(result.errors.hasPrefix(start + option[0]), "\(result.errors)")
      #expect(result.errors.contains(hint), "\(result.errors)")
    }
  }
}
