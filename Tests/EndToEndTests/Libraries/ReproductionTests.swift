import Artifacts
import Foundation
import TensorFiles
import TestSupport
import Testing

/// The same bytes from the same input, in processes of their own, and what a library says of how it
/// was made.
@Suite struct ReproductionTests {
  @Test(arguments: [
    [], ["--batch", "1,3", "--cpu", "x86-64,x86-64-v3"], ["--weights-mode", "separate"],
    ["--emit", "object"], ["--emit", "archive", "--plan-threads", "2"], ["--emit", "llvm-ir"],
    ["--optimize", "size", "--cpu", "x86-64-v4"],
  ])
  func twoCompilationsGiveTheSameBytes(options: [String]) throws {
    let folders = [try tinyModel(), try tinyModel()]
    for (folder, other) in zip(folders, ["out", "elsewhere"]) {
      try folder.makeFolder(other)
      let result = try resin(["compile", "tiny.resin", "-o", "\(other)/"] + options, in: folder)
      try #require(result.status == 0, "\(result.errors)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folders[0].path("out")).sorted()
    #expect(names.count >= (options.contains("llvm-ir") ? 1 : 2))
    for name in names {
      #expect(
        try folders[0].read("out/\(name)") == folders[1].read("elsewhere/\(name)"), "\(name)")
    }
  }

  /// What `native` was on one machine, its caches too, can be compiled on another.
  @Test(arguments: ["native", "x86-64-v3@48K/1024K"])
  func theOptionsGiveTheSameBytes(cpu: String) throws {
    let folder = try tinyModel()
    func compile(_ options: [String], to other: String) throws {
      try folder.makeFolder(other)
      let result = try resin(["compile", "tiny.resin", "-o", "\(other)/"] + options, in: folder)
      try #require(result.status == 0, "\(result.errors)")
    }
    try compile(["--cpu", cpu], to: "out")
    let printed = try resin(["inspect", "out/libtiny.so"], in: folder).output
    let row = try #require(printed.split(separator: "\n").first { $0.hasPrefix("options") })
    let options = row.split(separator: " ").dropFirst().map(String.init)
    #expect(cpu == "native" || options.contains(cpu))
    try compile(options, to: "elsewhere")
    for name in ["libtiny.so", "tiny.h"] {
      #expect(try folder.read("out/\(name)") == folder.read("elsewhere/\(name)"), "\(name)")
    }
  }

  @Test func theManifestSaysWhatWasCompiled() throws {
    let folder = try tinyModel()
    let options = ["--cpu", "x86-64,x86-64-v3", "--batch", "2,1", "--algorithm", "sum=direct"]
    let compiled = try resin(["compile", "tiny.resin"] + options, in: folder)
    try #require(compiled.status == 0, "\(compiled.errors)")
    let printed = try resin(["inspect", "libtiny.so"], in: folder)
    try #require(printed.status == 0, "\(printed.errors)")
    var rows: [String: String] = [:]
    for line in printed.output.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      let count = line.hasPrefix("model sha256") || line.hasPrefix("weights sha256") ? 2 : 1
      rows[words[..<count].joined(separator: " ")] = words[count...].joined(separator: " ")
    }
    #expect(rows["level"] == "x86-64-v3, x86-64")
    #expect(rows["batches"] == "2, 1")
    #expect(
      rows["options"] == "--cpu x86-64-v3,x86-64 --batch 2,1 --plan-threads 1 --optimize speed "
        + "--weights-mode embedded --algorithm sum=direct")
    let version = try resin(["--version"], in: folder).output.split(separator: "\n")[0]
    #expect("resin \(rows["resin"] ?? "")" == version)
    #expect(rows["llvm"]?.hasPrefix("19.") == true)

    // As docs/library.md says.
    let graph = try resin(
      ["inspect", "tiny.resin", "--stage", "imported", "--batch", "2"], in: folder)
    var sum = SHA256()
    sum.add(graph.output)
    #expect(rows["model sha256"] == sum.hexadecimal)
    let file = try SafetensorsFile(path: folder.path("tiny.safetensors"))
    var weights = SHA256()
    for name in file.names.sorted() {
      let tensor = try file.tensor(name)
      weights.add("\(name) f32\(tensor.shape)\n")
      tensor.floats.withUnsafeBytes { weights.add($0) }
    }
    #expect(rows["weights sha256"] == weights.hexadecimal)
  }
}
