/// What a library says of how it was made.
public struct LibraryManifest: Sendable, Equatable {
  /// The version of the compiler.
  public var resinVersion: String
  /// The version of LLVM that made the machine code.
  public var llvmVersion: String
  /// The options of `resin compile` that decide about the code, as on the command line.
  public var options: String
  /// The SHA-256 sum of the graph as text, in hexadecimal.
  public var modelHash: String
  /// The SHA-256 sum of all weights with their names, in hexadecimal.
  public var weightsHash: String

  /// Creates a manifest.
  public init(
    resinVersion: String, llvmVersion: String, options: String, modelHash: String,
    weightsHash: String
  ) {
    self.resinVersion = resinVersion
    self.llvmVersion = llvmVersion
    self.options = options
    self.modelHash = modelHash
    self.weightsHash = weightsHash
  }
}
