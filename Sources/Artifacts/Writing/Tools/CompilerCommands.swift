import Diagnostics
import Glibc
import Planning

/// How the C compiler and the archiver of a platform are called.
struct CompilerCommands {
  let platform: Platform
  /// The compiler with its first arguments.
  let compiler: [String]

  /// Takes the command that the user gives, or else looks for one.
  ///
  /// - Throws: where there is none.
  init(for platform: Platform, given command: String?) throws {
    self.platform = platform
    if let command {
      compiler = command.split(separator: " ").map(String.init)
      guard !compiler.isEmpty else {
        throw DiagnosticError("--cc gives no command", hint: "give one such as gcc or clang")
      }
      return
    }
    guard let found = Self.compilers(of: platform).first(where: { isThere($0[0]) }) else {
      throw DiagnosticError(
        "there is no C compiler for \(platform.rawValue)", hint: Self.remedy(platform))
    }
    compiler = found
  }

  /// Takes LLVM's linker in place of a compiler, for a platform whose libraries have no C.
  ///
  /// - Throws: where there is none.
  init(linkerOf platform: Platform) throws {
    self.platform = platform
    let names = ["wasm-ld-19", "wasm-ld"]
    guard let name = names.first(where: isThere) else {
      throw DiagnosticError(
        "there is no linker for \(platform.rawValue): \(names.joined(separator: ", "))",
        hint: "install the package lld-19, or lld, or add its folder to PATH")
    }
    compiler = [name]
  }

  /// The archiver that knows objects of the platform.
  ///
  /// - Throws: where there is none.
  func archiver() throws -> [String] {
    if platform == .host { return ["ar"] }
    let names = [Self.prefix(platform) + "ar", "llvm-ar", "llvm-ar-19"]
    guard let name = names.first(where: isThere) else {
      throw DiagnosticError(
        "there is no archiver for \(platform.rawValue): \(names.joined(separator: ", "))",
        hint: "install the package binutils-\(Self.prefix(platform).dropLast()) or llvm")
    }
    return [name]
  }

  /// What to look for, in this order; this system's own is called in any case.
  private static func compilers(of platform: Platform) -> [[String]] {
    if platform == .host { return [["cc"]] }
    let system = String(prefix(platform).dropLast())
    return [
      [prefix(platform) + "gcc"], ["clang", "--target=\(system)", "-fuse-ld=lld"],
      ["clang-19", "--target=\(system)", "-fuse-ld=lld"],
    ]
  }

  /// What names of tools for the platform begin with.
  private static func prefix(_ platform: Platform) -> String {
    platform.architecture == .aarch64 ? "aarch64-linux-gnu-" : "x86_64-linux-gnu-"
  }

  private static func remedy(_ platform: Platform) -> String {
    let system = String(prefix(platform).dropLast()).replacing("_", with: "-")
    let libc = platform.architecture == .aarch64 ? "arm64" : "amd64"
    return platform == .host
      ? "install a C compiler, the package gcc or clang, or add its folder to PATH"
      : "install the packages gcc-\(system) and libc6-dev-\(libc)-cross, or name another with --cc, as "
        + "in --cc \"clang --target=\(system) --sysroot=FOLDER -fuse-ld=lld\""
  }
}

/// Whether there is a program of this name along PATH.
func isThere(_ program: String) -> Bool {
  let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
  return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
}
