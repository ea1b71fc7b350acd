/// A family of CPUs that understand one another's code.
public enum Architecture: String, Sendable, CaseIterable {
  case x86 = "x86-64"
  case aarch64 = "AArch64"
  case wasm32 = "WebAssembly"

  /// That of this process.
  public static var host: Architecture {
    #if arch(arm64)
      .aarch64
    #else
      .x86
    #endif
  }

  /// The number that ELF files have for it; nil where there are none.
  public var elfMachine: UInt16? {
    switch self {
    case .x86: 62
    case .aarch64: 183
    case .wasm32: nil
    }
  }
}

/// What a library is for: an architecture, and the system that loads it.
public enum Platform: String, Sendable, CaseIterable {
  case x86Linux = "x86_64-linux"
  case aarch64Linux = "aarch64-linux"
  /// Browsers, and programs with an engine as theirs.
  case wasm32
  /// macOS on Apple's chips, for which this compiler makes objects that a Mac links.
  case arm64MacOS = "arm64-apple-macos"

  /// That of this process.
  public static var host: Platform { Architecture.host == .aarch64 ? .aarch64Linux : .x86Linux }

  public var architecture: Architecture {
    switch self {
    case .x86Linux: .x86
    case .aarch64Linux, .arm64MacOS: .aarch64
    case .wasm32: .wasm32
    }
  }

  /// Whether its objects are ELF files, which may be linked into programs without a system too.
  public var isELF: Bool { self == .x86Linux || self == .aarch64Linux }

  /// What plans for it are optimised for where nothing is said: a module is downloaded.
  public var usualGoal: OptimizationGoal { self == .wasm32 ? .size : .speed }

  /// LLVM's name of it.
  public var triple: String {
    switch self {
    case .x86Linux: "x86_64-unknown-linux-gnu"
    case .aarch64Linux: "aarch64-unknown-linux-gnu"
    case .wasm32: "wasm32-unknown-unknown"
    case .arm64MacOS: "arm64-apple-macosx11.0.0"
    }
  }

  /// LLVM's name of its architecture without a system, and so without functions that LLVM takes for
  /// granted there; nil where objects are no ELF files.
  public var freestandingTriple: String? {
    switch self {
    case .x86Linux: "x86_64-unknown-none-elf"
    case .aarch64Linux: "aarch64-unknown-none-elf"
    case .wasm32, .arm64MacOS: nil
    }
  }
}
