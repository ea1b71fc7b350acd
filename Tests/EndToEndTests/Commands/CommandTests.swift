import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// The subcommands on input that is right; `BadInputTests` has the rest.
@Suite struct CommandTests {
  @Test(arguments: ["embedded", "separate"]) func compileThenRunTheLibrary(mode: String) throws {
    let folder = try tinyModel()
    let compiled = try resin(
      ["compile", "tiny.resin", "--batch", "2", "--weights-mode", mode], in: folder)
    #expect(compiled.status == 0, "\(compiled.errors)")
    let weights = mode == "separate" ? "tiny.weights\n" : ""
    #expect(compiled.output == "libtiny.so\ntiny.h\n" + weights)
    #expect(compiled.errors.hasPrefix("libtiny.so: ") && compiled.errors.contains(", plan "))
    let inspected = try resin(["inspect", "libtiny.so"], in: folder)
    #expect(inspected.output.hasPrefix("model           tiny\n"), "\(inspected.errors)")

    // Three images through a library for two: the second chunk is half empty.
    let run = try resin(
      ["run", "libtiny.so", "--input", "images.npy", "--output", "out.npy", "--top", "1"],
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let expected = try readNumpy(path: folder.path("logits.npy"))
    #expect(try readNumpy(path: folder.path("out.npy")) == expected)
    let names = ["red", "green", "blue"]
    let winners = (0..<3).map { image in
      let row = expected.floats[image * 3..<image * 3 + 3]
      return names[row.firstIndex(of: row.max()!)! - image * 3]
    }
    let printed = run.output.split(separator: "\n").filter { !$0.hasPrefix("image") }
    #expect(printed.map { String($0.split(separator: " ").last!) } == winners)
  }

  @Test func runCompilesInProcessAndGivesTheSameBitsAtAnyNumberOfThreads() throws {
    let folder = try tinyModel()
    for threads in 1...3 {
      let run = try resin(
        ["run", "tiny.resin", "--input", "images.npy", "--output", "o\(threads).npy", "--threads"]
          + ["\(threads)"], in: folder)
      #expect(run.status == 0 && run.output == "", "\(run.errors)")
      #expect(try folder.read("o\(threads).npy") == folder.read("o1.npy"))
    }
    #expect(
      try readNumpy(path: folder.path("o1.npy")) == readNumpy(path: folder.path("logits.npy")))
  }

  @Test func severalInputsBecomeOneBatch() throws {
    let folder = try tinyModel()
    let run = try resin(
      ["run", "tiny.resin", "--input", "images.npy", "--input", "images.npy", "--top", "1"],
      in: folder)
    #expect(run.output.split(separator: "\n").count == 12, "\(run.errors)")
  }

  @Test func picturesBecomeInputsAsTheModelOrTheUserSays() throws {
    let folder = try tinyModel()
    let run = try resin(
      ["run", "tiny.resin", "--input", "picture.png", "--output", "raw.npy", "--top", "1"],
      in: folder)
    #expect(run.output.hasPrefix("image 0  picture.png  "), "\(run.errors)")
    #expect(run.output.hasSuffix(" ms\n      1  1.0000  green\n"))
    #expect(try readNumpy(path: folder.path("raw.npy")).floats == [160, 3200, 480])
    let none = try resin(
      ["run", "tiny.resin", "--input", "picture.png", "--preprocess", "none", "--labels"]
        + ["classes.txt"], in: folder)
    #expect(none.output.contains("green"), "\(none.errors)")
  }

  @Test(arguments: [
    ("object", ["tiny.h", "tiny.o"]), ("archive", ["libtiny.a", "tiny.h"]),
    ("llvm-ir", ["tiny.ll"]), ("assembly", ["tiny.s"]),
  ])
  func otherKindsOfOutput(kind: String, files: [String]) throws {
    let folder = try tinyModel()
    let before = try folder.names()
    let result = try resin(["compile", "tiny.resin", "--emit", kind], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try folder.names() == (before + files).sorted())
    #expect(result.output.split(separator: "\n").sorted().map(String.init) == files)
  }

  @Test(arguments: ["x86-64", "x86-64-v3", "x86-64-v4", "native"])
  func everyCPUCompilesAndTheSameTwice(cpu: String) throws {
    let folder = try tinyModel()
    for name in ["a.so", "b/a.so"] {
      try FileManager.default.createDirectory(
        atPath: folder.path("b"), withIntermediateDirectories: true)
      let result = try resin(["compile", "tiny.resin", "--cpu", cpu, "-o", name], in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try folder.read("a.so") == folder.read("b/a.so"))
    #expect(try folder.read("a.h") == folder.read("b/a.h"))
  }

  @Test func timingsNameEveryPhase() throws {
    let folder = try tinyModel()
    let result = try resin(["compile", "tiny.resin", "--timings"], in: folder)
    let line = try #require(result.errors.split(separator: "\n").last)
    #expect(line.hasPrefix("libtiny.so: ") && line.contains(", packing "), "\(result.errors)")
    #expect(try resin(["compile", "tiny.resin"], in: folder).errors.contains("passes ") == false)
  }

  @Test func aFolderAsOutputKeepsTheUsualName() throws {
    let folder = try tinyModel()
    let result = try resin(["compile", "tiny.resin", "-o", "."], in: folder)
    #expect(result.output == "./libtiny.so\n./tiny.h\n", "\(result.errors)")
  }

  @Test func benchHasExactlyTheKeysOfItsContract() throws {
    let folder = try tinyModel()
    _ = try resin(["compile", "tiny.resin"], in: folder)
    for model in ["tiny.resin", "libtiny.so"] {
      let result = try resin(["bench", model, "--json", "--profile", "--threads", "2"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      let object = try #require(json as? [String: Any])
      #expect(
        object.keys.sorted() == [
          "arena_bytes", "batch", "compile_phases_s", "compile_s", "doubts", "gflop", "gflops",
          "images_per_second", "load_ms", "median_ms", "min_ms", "model", "p90_ms", "p99_ms",
          "peak_gflops", "runs", "steps", "threads",
        ])
      #expect(object["model"] as? String == "tiny")
      #expect(object["threads"] as? Int == 2)
      #expect(try #require(object["median_ms"] as? Double) > 0)
      #expect(try #require(object["peak_gflops"] as? Double) > 1)
      #expect(object["images_per_second"] is NSNull && object["doubts"] is [String])
      let steps = try #require(object["steps"] as? [[String: Any]])
      let sum = try #require(steps.first { $0["name"] as? String == "sum" })
      #expect((sum["kernel"] as? String)?.hasPrefix("direct 4×4 3→3") == true)
      #expect(["compute", "L2", "L3", "DRAM"].contains(sum["bound"] as? String))
    }
    let text = try resin(["bench", "tiny.resin", "--profile"], in: folder).output
    #expect(text.contains("ms median") && text.contains("  sum\n"))
    #expect(text.contains("  total of "), "\(text)")
  }

  @Test func verifyPassesAndFails() throws {
    let folder = try tinyModel()
    for arguments in [[], ["--layers"], ["--input", "images.npy", "--expect", "logits.npy"]] {
      let result = try resin(["verify", "tiny.resin"] + arguments, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("passed"))
    }
    var wrong = try readNumpy(path: folder.path("logits.npy")).floats
    wrong[4] += 1
    try writeNumpy(Tensor([3, 3], floats: wrong), to: folder.path("wrong.npy"))
    let failed = try resin(
      ["verify", "tiny.resin", "--input", "images.npy", "--expect", "wrong.npy"], in: folder)
    #expect(failed.status == 1)
    #expect(failed.output.contains("FAILED"))
  }

  @Test func valuesAreDumpedAndCompared() throws {
    let folder = try tinyModel()
    let written = try resin(
      ["run", "tiny.resin", "--input", "images.npy", "--dump", "values"], in: folder)
    #expect(written.status == 0, "\(written.errors)")
    let files = written.output.split(separator: "\n").map(String.init)
    #expect(files.contains("values/image.npy") && files.contains("values/sum.npy"), "\(files)")
    let sum = try readNumpy(path: folder.path("values/sum.npy"))

    let verify = ["verify", "tiny.resin", "--input", "images.npy", "--expect", "values"]
    let same = try resin(verify, in: folder)
    #expect(same.status == 0 && same.output.contains("passed: compared with values"))
    var wrong = sum.floats
    wrong[0] += 1
    try writeNumpy(Tensor(sum.shape, floats: wrong), to: folder.path("values/sum.npy"))
    let failed = try resin(verify, in: folder)
    #expect(failed.status == 1)
    #expect(failed.output.contains("first step that diverges: sum"), "\(failed.output)")

    let one = try resin(
      ["run", "tiny.resin", "--input", "images.npy", "--dump", "one", "--nodes", "sum"], in: folder)
    #expect(one.output == "one/sum.npy\n", "\(one.errors)")
    #expect(try readNumpy(path: folder.path("one/sum.npy")) == sum)
  }

  @Test func inspectPrintsEveryStage() throws {
    let folder = try tinyModel()
    let imported = try resin(["inspect", "tiny.resin", "--stage", "imported"], in: folder).output
    #expect(imported.contains("sum = conv2d("))
    let optimised = try resin(["inspect", "tiny.resin"], in: folder)
    #expect(optimised.output.hasPrefix("model tiny\n"))
    #expect(
      try resin(["inspect", "tiny.resin", "--stage", "optimised"], in: folder).output
        == optimised.output)
    let folded = try resin(
      ["inspect", "tiny.resin", "--passes", "remove-identities,fold-constants"], in: folder)
    #expect(folded.status == 0 && folded.output.hasPrefix("model tiny\n"), "\(folded.errors)")
    let plan = try resin(["inspect", "tiny.resin", "--plan"], in: folder).output
    #expect(plan.contains("arena") && plan.contains("sum"))
  }

  @Test func inspectDrawsEveryStage() throws {
    let folder = try tinyModel()
    for arguments in [[], ["--stage", "imported"], ["--passes", "fold-constants"]] {
      let result = try resin(["inspect", "tiny.resin", "--svg", "g.svg"] + arguments, in: folder)
      #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
      let svg = String(decoding: try folder.read("g.svg"), as: UTF8.self)
      #expect(svg.hasPrefix("<svg ") && svg.contains(">conv 4×4 3→3</text>"))
    }
  }

  @Test func inspectWritesAPage() throws {
    let folder = try tinyModel()
    for arguments in [["--no-measure"], ["--plan-threads", "2"]] {
      let result = try resin(["inspect", "tiny.resin", "--html", "p.html"] + arguments, in: folder)
      #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
      let page = String(decoding: try folder.read("p.html"), as: UTF8.self)
      #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
      #expect(page.contains("class=\"roof ") == (arguments.count == 2))
    }
    let both = try resin(["inspect", "tiny.resin", "--html", "q.html", "--plan"], in: folder)
    #expect(both.status == 2 && both.errors.contains("--html writes a page with all stages"))
  }

  /// Code compiled in process is listed for `perf` where that is asked for.
  @Test func functionsAreListedForPerf() throws {
    let folder = try tinyModel()
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    func map(_ setting: String) throws -> [[Substring]]? {
      let result = try runProgram(
        [
          "bash", "-c",
          "RESIN_PERF_MAP=\(setting) \"$0\" run tiny.resin --input images.npy >out.txt & wait $! && echo $!",
          built,
        ], in: folder.path)
      #expect(result.status == 0, "\(result.errors)")
      let process = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
      let path = "/tmp/perf-\(process).map"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      try FileManager.default.removeItem(atPath: path)
      return text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2) }
    }
    #expect(try map("") == nil)
    let lines = try #require(try map("1"))
    #expect(lines.contains { $0[2] == "sum" } && lines.contains { $0[2] == "tiny_steps" })
    var places: [(start: Int, end: Int)] = []
    for line in lines {
      let start = try #require(Int(line[0], radix: 16))
      let size = try #require(Int(line[1], radix: 16))
      #expect(line.count == 3 && start > 0 && size > 0, "\(line)")
      places.append((start, start + size))
    }
    places.sort { $0.start < $1.start }
    for (one, other) in zip(places, places.dropFirst()) { #expect(one.end <= other.start) }
  }

  @Test func helpAndVersionSucceed() throws {
    let folder = try ScratchFolder()
    for arguments in [["--help"], ["--version"], ["help", "compile"], ["run", "--help"]] {
      #expect(try resin(arguments, in: folder).status == 0)
    }
  }

  /// A model goes out as ONNX and comes back as text, its weights through a checkpoint, and gives
  /// the same bits all the way.
  @Test func exportImportAndConvert() throws {
    let folder = try tinyModel()
    let exported = try resin(["export", "tiny.resin"], in: folder)
    #expect(exported.status == 0 && exported.output == "tiny.onnx\n", "\(exported.errors)")
    let imported = try resin(["import", "tiny.onnx", "-o", "again.resin"], in: folder)
    #expect(imported.output == "again.resin\nagain.safetensors\n", "\(imported.errors)")
    let converted = try resin(["convert", "again.safetensors", "-o", "again.pth"], in: folder)
    #expect(converted.output == "again.pth\n", "\(converted.errors)")
    for (index, arguments) in [
      ["tiny.onnx"], ["again.resin"], ["again.resin", "--weights", "again.pth"],
      ["tiny.resin", "--weights", "tiny.onnx"],
    ].enumerated() {
      let run = try resin(
        ["run"] + arguments + ["--input", "images.npy", "--output", "\(index).npy"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        try readNumpy(path: folder.path("\(index).npy"))
          == readNumpy(path: folder.path("logits.npy")))
    }
  }
}
