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

  /// That of this process.
  public static var host: Platform { Architecture.host == .aarch64 ? .aarch64Linux : .x86Linux }

  public var architecture: Architecture {
    switch self {
    case .x86Linux: .x86
    case .aarch64Linux: .aarch64
    case .wasm32: .wasm32
    }
  }

  /// What plans for it are optimised for where nothing is said: a module is downloaded.
  public var usualGoal: OptimizationGoal { self == .wasm32 ? .size : .speed }

  /// LLVM's name of it.
  public var triple: String {
    switch self {
    case .x86Linux: "x86_64-unknown-linux-gnu"
    case .aarch64Linux: "aarch64-unknown-linux-gnu"
    case .wasm32: "wasm32-unknown-unknown"
    }
  }
}
