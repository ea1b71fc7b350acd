import LLVMKit

/// A function of generated code in this process.
public struct JITFunction: Sendable {
  public var name: String
  public var address: UInt
  public var size: Int
}

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

  /// All functions with their places, for profilers.
  ///
  /// - Parameter code: what this code was made from.
  public func functions(of code: GeneratedCode) throws -> [JITFunction] {
    try zip(code.objects, code.functions).flatMap { object, known in
      // A section is linked as a whole, so that one address in it gives all others.
      let functions = try LLVMKit.functions(ofObject: object)
      guard let anchor = functions.first(where: { $0.name == known }) else {
        return [] as [JITFunction]
      }
      let start = UInt(bitPattern: try session.jit.address(of: known)) - UInt(anchor.offset)
      return functions.map {
        JITFunction(name: $0.name, address: start + UInt($0.offset), size: $0.size)
      }
    }
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
