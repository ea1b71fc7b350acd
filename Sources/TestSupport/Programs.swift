import Foundation

/// What a program that has ended left behind.
public struct ProgramResult: Sendable {
  /// The exit status; 128 plus the signal's number where a signal ended it.
  public var status: Int32
  /// Standard output.
  public var output: String
  /// Standard error.
  public var errors: String
}

/// Runs a program, found along `PATH`, and waits for its end.
///
/// - Parameters:
///   - folder: the working folder; that of the tests where nil.
///   - environment: variables beside those of the tests.
/// - Throws: where it cannot be started.
public func runProgram(
  _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
) throws -> ProgramResult {
  // Files, not pipes: a program may write more than a pipe holds before anybody reads.
  let scratch = try ScratchFolder()
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = arguments
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let paths = ["output", "errors"].map { scratch.path($0) }
  let files = try paths.map { path in
    try Data().write(to: URL(fileURLWithPath: path))
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = files[0]
  process.standardError = files[1]
  try process.run()
  process.waitUntilExit()
  let texts = paths.map { path in
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
  let signalled = process.terminationReason == .uncaughtSignal
  return ProgramResult(
    status: process.terminationStatus + (signalled ? 128 : 0), output: texts[0], errors: texts[1])
}

/// Whether a program is found along `PATH`.
public func hasProgram(_ name: String) -> Bool {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
}

/// A folder for the files of one test, removed with its contents.
public final class ScratchFolder: Sendable {
  /// The folder itself.
  public let path: String

  /// Creates an empty folder.
  public init() throws {
    path = NSTemporaryDirectory() + "/resin-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file and gives its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  /// Writes a text file and gives its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Makes a folder in the folder, with those above it.
  public func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
  }

  /// The bytes of a file.
  public func read(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// The names of all files, sorted.
  public func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
