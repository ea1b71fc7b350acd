import Diagnostics
import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite struct HostileCheckpointTests {
  @Test(arguments: hostileCheckpoints.map(\.name))
  func aHostilePickleMakesNothing(_ name: String) throws {
    let file = try #require(hostileCheckpoints.first { $0.name == name })
    try expectDiagnostic(file.bytes, [file.message]) { try CheckpointFile(path: $0) }
    #expect(!FileManager.default.fileExists(atPath: "/tmp/resin-was-here"))
  }

  /// Private memory of the whole program is limited to 200 MB, with what the system's loader takes.
  @Test(arguments: hostileCheckpoints.filter { $0.bytes.count > 100_000 }.map(\.name))
  func aHostilePickleTakesLittleMemory(_ name: String) throws {
    let file = try #require(hostileCheckpoints.first { $0.name == name })
    let folder = try ScratchFolder()
    try folder.write("file.pth", file.bytes)
    try folder.write(
      "m.resin", "model m\ninput x: f32[1, 3]\ny = linear(x, 2)\noutput y\n")
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    let result = try runProgram(
      [
        "sh", "-c", "ulimit -d 200000 && exec \"$0\" inspect m.resin --weights file.pth", built,
      ], in: folder.path)
    #expect(result.status == 2)
    #expect(result.errors.contains(file.message))
  }

  static let honest = Pickle.dictionary { $0.tensor(count: 2, shape: [2]) }
  static let entry = ZipEntry(name: "a/data.pkl", data: honest.bytes)
  static let zeros = ZipEntry(name: "a/data/0", data: [UInt8](repeating: 0, count: 8))

  static let nine = ZipEntry(name: "a/data/9", data: [UInt8](repeating: 0, count: 8))

  static let badArchives: [(bytes: [UInt8], message: String)] = [
    (zip([]), "no checkpoint of torch.save"),
    (zip([zeros]), "no data.pkl"),
    (zip([entry, ZipEntry(name: "b/data.pkl", data: honest.bytes)]), "several data.pkl"),
    (zip([entry, ZipEntry(name: "a/constants.pkl", data: [])]), "a TorchScript program"),
    (zip([entry, zeros, zeros]), "'a/data/0' stands twice"),
    // A zip bomb is compressed, or has several entries of the same bytes.
    (zip([entry, changed { $0.method = 8 }]), "'a/data/0' is compressed"),
    (
      zip([changed { $0.data = zip([nine]) }, changed(nine) { $0.claimedOffset = 38 }]),
      "entries of the archive overlap"
    ),
    (zip([zeros, changed(nine) { $0.claimedOffset = 0 }]), "'a/data/9' is another one"),
    (zip([entry, changed { $0.flags = 1 }]), "'a/data/0' is encrypted"),
    (zip([entry, changed { $0.name = "a/../../../etc/passwd" }]), "no path inside it"),
    (zip([entry, changed { $0.name = "/etc/passwd" }]), "no path inside it"),
    (zip([entry, changed { $0.name = "a\\..\\b" }]), "no path inside it"),
    (zip([entry, changed { $0.name = "" }]), "no path inside it"),
    (zip([entry, changed { $0.name = "a/data/\u{0}" }]), "no path inside it"),
    (zip([entry, changed { $0.localName = "a/data/1" }]), "'a/data/0' is another one"),
    (zip([entry, changed { $0.claimedSize = 1 << 20 }]), "passes the archive's end"),
    (zip([entry, changed { $0.claimedSize = 1 << 20 }], large: true), "passes the archive's end"),
    (zip([entry, changed { $0.claimedSize = .max }], large: true), "passes the archive's end"),
    (zip([entry, changed { $0.claimedSize = -1 }], large: true), "too large"),
    (
      zip([entry, changed { $0.claimedOffset = .max }], large: true), "not where the directory says"
    ),
    (zip([entry, changed { $0.claimedOffset = 3 }]), "not where the directory says"),
    (zip([entry, zeros]).dropLast(30).map { $0 }, "the file is truncated"),
    (zip([entry, changed { $0.data = [] }]), "the file has 0 bytes of it"),
    (zip([entry, zeros, ZipEntry(name: "a/byteorder", data: Array("middle".utf8))]), "byteorder"),
    ([], "the file is empty"),
    (Array("PK".utf8), "no checkpoint"),
    ([0x50, 0x4b, 3, 4], "the file is truncated"),
    ([UInt8](repeating: 0, count: 600), "no checkpoint"),
    ([UInt8](repeating: 0, count: 257) + Array("ustar\0".utf8), "before 0.1.10"),
    (honest.bytes, "a pickle, but none that torch.save has written"),
    (legacyCheckpoint(honest), "the file lacks storages"),
    (legacyCheckpoint(honest, keys: ["0"]), "storages are missing"),
    (legacyCheckpoint(honest, keys: ["0"], storages: little(2)), "may be truncated"),
    (legacyCheckpoint(honest, keys: ["0"], storages: little(-1)), "may be truncated"),
    (legacyCheckpoint(honest, keys: ["0"], storages: little(Int.max)), "may be truncated"),
    (
      legacyCheckpoint(honest, keys: ["0", "0"], storages: zerosOf(2) + zerosOf(2)), "stands twice"
    ),
    (legacyCheckpoint(honest, keys: ["1"]), "unknown"),
  ]

  private static func zerosOf(_ count: Int) -> [UInt8] {
    little(count) + [UInt8](repeating: 0, count: 4 * count)
  }

  private static func changed(
    _ start: ZipEntry = zeros, _ change: (inout ZipEntry) -> Void
  ) -> ZipEntry {
    var entry = start
    change(&entry)
    return entry
  }

  @Test(arguments: badArchives.indices)
  func aBadArchiveIsDiagnosed(_ index: Int) throws {
    let (bytes, message) = Self.badArchives[index]
    try expectDiagnostic(bytes, [message], name: "file.pth") { try CheckpointFile(path: $0) }
  }

  @Test func theArchiveThatIsMadeBadIsGood() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.pth"
      for bytes in [
        zip([Self.entry, Self.zeros]),
        legacyCheckpoint(Self.honest, keys: ["0"], storages: Self.zerosOf(2)),
      ] {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try CheckpointFile(path: path).tensor("a").floats == [0, 0])
      }
    }
  }

  @Test func aWholeModuleIsRefusedWithAdvice() {
    expectDiagnostic([
      "an object of 'torch.nn.modules.container.Sequential'",
      "torch.save(model.state_dict(), FILE)",
    ]) { _ = try CheckpointFile(path: "\(goldens)/whole_module.pth") }
  }

  @Test(arguments: ["zip", "legacy"])
  func everyTruncationIsDiagnosed(_ format: String) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(goldens)/checkpoint_\(format).pth"))
    for count in stride(from: 0, to: whole.count, by: 13) {
      try expectDiagnostic(Array(whole[..<count]), [], name: "file.pth") {
        try CheckpointFile(path: $0)
      }
    }
  }

  /// Damaged files give a diagnostic or tensors, and never end the process.
  @Test(arguments: [
    "checkpoint_zip", "checkpoint_zip_protocol4", "checkpoint_legacy", "checkpoint_training",
    "checkpoint_unsigned", "training_state_containers",
  ])
  func damagedFilesGiveDiagnostics(_ name: String) throws {
    let valid = try Array(Data(contentsOf: URL(fileURLWithPath: "\(goldens)/\(name).pth")))
    var generator = SeededGenerator(seed: UInt64(valid.count))
    try withTemporaryFolder { folder in
      let path = "\(folder)/damaged.pth"
      var refused = 0
      for _ in 0..<1000 {
        try Data(damaged(valid, &generator)).write(to: URL(fileURLWithPath: path))
        do {
          let file = try CheckpointFile(path: path)
          for name in file.names {
            #expect(try file.tensor(name).type == file.type(of: name))
          }
        } catch is DiagnosticError {
          refused += 1
        }
      }
      #expect((200..<1000).contains(refused))
    }
  }

  private func damaged(_ valid: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = valid
    if Int.random(in: 0..<8, using: &generator) == 0 {
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      bytes.removeSubrange(
        start..<min(bytes.count, start + Int.random(in: 1...16, using: &generator)))
      return bytes
    }
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let position = Int.random(in: 0..<bytes.count, using: &generator)
      // Small numbers, set high bits and instructions make more sense of a file than noise does.
      bytes[position] =
        Bool.random(using: &generator)
        ? UInt8.random(in: 0...255, using: &generator)
        : [0, 1, 2, 0x28, 0x52, 0x68, 0x74, 0x7F, 0x80, 0x85, 0xFF].randomElement(using: &generator)
          ?? 0
    }
    return bytes
  }
}
