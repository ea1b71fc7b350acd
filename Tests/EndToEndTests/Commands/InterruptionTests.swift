import Foundation
import TestSupport
import Testing

/// `resin compile` that does not come to its end: signals, limits, places and tools that are missing.
/// Files are whole or not there, and nothing temporary stays.
@Suite struct InterruptionTests {
  /// A folder with a model that takes about a second to compile, and folders for what it becomes.
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    for name in ["out", "tmp"] { try folder.makeFolder(name) }
    try folder.write(
      "wide.resin",
      """
      model wide
      input x: f32[1, 64, 28, 28]
      a = relu(conv2d(x, 64, kernel: 3, padding: 1))
      b = relu(conv2d(a, 128, kernel: 3, padding: 1, stride: 2))
      c = relu(conv2d(b, 128, kernel: 3, padding: 1))
      y = linear(flatten(c), 640)
      output y
      """)
  }

  private static let arguments = ["compile", "wide.resin", "--random-weights", "1", "-o", "out/"]
  private static let whole = ["libwide.so", "wide.h"]

  private func names(_ subfolder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path(subfolder)).sorted()
  }

  private func expectNothing(_ what: String) throws {
    #expect(try names("out") == [], "\(what)")
    #expect(try names("tmp") == [], "\(what)")
  }

  /// Compiles under a shell's command, such as a limit.
  private func compile(after command: String, path: String? = nil) throws -> ProgramResult {
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    let line = "\(command); \"\(built)\" " + Self.arguments.joined(separator: " ")
    var environment = ["TMPDIR": folder.path("tmp")]
    if let path { environment["PATH"] = path }
    return try runProgram(["/bin/bash", "-c", line], in: folder.path, environment: environment)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalLeavesNothingOrEverything(signal: Int32) throws {
    var interrupted = 0
    for delay in stride(from: 0, to: 600_000, by: 60_000) {
      let process = Process()
      process.executableURL = Bundle.main.bundleURL.appendingPathComponent("resin")
      process.arguments = Self.arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["TMPDIR": folder.path("tmp")]) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(useconds_t(delay))
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal {
        #expect(process.terminationStatus == signal)
        interrupted += 1
      } else {
        #expect(process.terminationStatus == 0)
      }
      let files = try names("out")
      #expect(files.isEmpty || files == Self.whole, "after \(delay)")
      #expect(try names("tmp") == [], "after \(delay)")
      for file in files { try FileManager.default.removeItem(atPath: folder.path("out/\(file)")) }
    }
    #expect(interrupted > 0)
  }

  @Test func aFullDiskIsDiagnosed() throws {
    for blocks in [1, 100, 5_000] {
      let result = try compile(after: "ulimit -f \(blocks)")
      #expect(result.status == 2, "\(blocks): \(result.errors)")
      #expect(result.errors.contains("ulimit -f"), "\(blocks): \(result.errors)")
      try expectNothing("\(blocks) blocks")
    }
    // A file system of its own, where that may be made.
    let mount = "mount -t tmpfs -o size=1m none"
    let probe = try runProgram(
      ["unshare", "-m", "/bin/bash", "-c", "\(mount) out"], in: folder.path)
    guard probe.status == 0 else { return }
    for place in ["out", "tmp"] {
      let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
      let line =
        "\(mount) \(place); \"\(built)\" \(Self.arguments.joined(separator: " ")); "
        + "echo $? $(ls out tmp)"
      let result = try runProgram(
        ["unshare", "-m", "/bin/bash", "-c", line], in: folder.path,
        environment: ["TMPDIR": folder.path("tmp")])
      #expect(result.errors.contains("No space left on device"), "\(place): \(result.errors)")
      #expect(result.output == "2 out: tmp:\n", "\(place): \(result.output)")
    }
  }

  @Test func missingToolsAndFoldersAreDiagnosed() throws {
    for (command, path, message) in [
      ("true", "/nonexistent", "install a C compiler"),
      ("export TMPDIR=/nonexistent", nil, "set TMPDIR to a folder that can be written to"),
      ("rmdir out", nil, "make the folder first"),
    ] {
      let result = try compile(after: command, path: path)
      #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
      #expect(try names("tmp") == [])
    }
  }

  @Test func aFolderThatIsReadOnlyIsDiagnosed() throws {
    // Whoever may do everything is refused by a file system that is read-only.
    let mount = "mount --bind out out && mount -o remount,bind,ro out"
    let probe = try runProgram(["unshare", "-m", "/bin/bash", "-c", mount], in: folder.path)
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    let line = "\"\(built)\" " + Self.arguments.joined(separator: " ")
    let result =
      probe.status == 0
      ? try runProgram(
        ["unshare", "-m", "/bin/bash", "-c", "\(mount); \(line)"], in: folder.path)
      : try compile(after: "chmod a-w out")
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains("write to a folder that you may write to"), "\(result.errors)")
    try expectNothing("read-only")
  }

  /// From limits that hardly let the program start to one that is enough.
  @Test func littleMemoryIsAMessageOrEnough() throws {
    var succeeded = 0
    for megabytes in [260, 280, 300, 320, 360, 400, 500, 800, 4000] {
      let result = try compile(after: "ulimit -v \(megabytes * 1024)")
      switch result.status {
      case 0:
        succeeded += 1
        #expect(try names("out") == Self.whole)
        for file in Self.whole {
          try FileManager.default.removeItem(atPath: folder.path("out/\(file)"))
        }
      case 127:
        // The system's loader has no room for the program, and says so in words of its own.
        #expect(!result.errors.isEmpty, "\(megabytes) MB")
      default:
        #expect(
          result.status == 2, "\(megabytes) MB: \(result.status) \(result.errors.prefix(800))")
        #expect(result.errors.contains("error: "), "\(megabytes) MB")
      }
      try expectNothing("\(megabytes) MB")
    }
    #expect(succeeded > 0)
  }

  @Test func progressIsForTerminalsOnly() throws {
    let plain = try compile(after: "true")
    #expect(plain.status == 0)
    #expect(!plain.errors.contains("[1/6]") && !plain.errors.contains("\u{1b}"))
    guard hasProgram("script") else { return }
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    let line = "\(built) " + Self.arguments.joined(separator: " ")
    let shown = try runProgram(
      ["script", "-qec", line, "/dev/null"], in: folder.path, environment: ["TERM": "xterm"])
    #expect(shown.status == 0)
    for stage in ["[1/6] reading the model", "[4/6] generating code", "[6/6] linking"] {
      #expect(shown.output.contains("\r\(stage)\u{1b}[K"), "\(shown.output)")
    }
    #expect(shown.output.contains("\r\u{1b}[Kout/libwide.so"))
    let dumb = try runProgram(
      ["script", "-qec", line, "/dev/null"], in: folder.path, environment: ["TERM": "dumb"])
    #expect(!dumb.output.contains("[1/6]"))
  }
}
