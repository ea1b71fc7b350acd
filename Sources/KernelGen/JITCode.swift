import LLVMKit

/// Generated code linked into this process.
public final class JITCode: Sendable {
  /// The C type of the function that runs steps; see `resin_steps` in `resin_runtime.h`.
  public typealias Steps =
    @convention(c) (
      UnsafePointer<UnsafeRawPointer?>, UnsafeRawPointer?, Int32, Int32
    ) -> Void

  /// Runs the steps `first..<last`: pointers to weights, workspace, inputs, outputs; a
  /// `resin_parallel` or nil.
  public let steps: Steps

  /// Keeps the code mapped.
  private let session: Session

  /// Links objects into this process.
  public init(_ code: GeneratedCode) throws {
    session = try Session(code)
    let address = try session.jit.address(of: code.entry)
    steps = unsafeBitCast(address, to: Steps.self)
  }

  /// A JIT session is only touched while it is made, so that sharing it is safe.
  private final class Session: @unchecked Sendable {
    let jit: JIT

    init(_ code: GeneratedCode) throws {
      jit = try JIT()
      for object in code.objects { try jit.add(object: object) }
    }
  }
}
