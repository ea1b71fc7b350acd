/// Code for a plan: one function per distinct kernel, and the function that runs the steps.
public struct GeneratedCode: Sendable {
  /// The name of the function that runs the steps; its C type is `resin_steps` in
  /// `resin_runtime.h`.
  public var entry: String
  /// Relocatable objects to link together.
  public var objects: [[UInt8]]
  /// The function of every object that the others see.
  public var functions: [String]
}

/// Code for a plan as LLVM's bitcode, to be linked into one module and compiled from there.
public struct GeneratedModules: Sendable {
  /// What each function of the plan, and the one that runs the steps, was made to.
  public var modules: [[UInt8]]
  /// What machine code of them calls that none of them defines, sorted.
  public var calls: [String]

  /// All of two plans.
  public static func + (left: GeneratedModules, right: GeneratedModules) -> GeneratedModules {
    GeneratedModules(
      modules: left.modules + right.modules,
      calls: Set(left.calls + right.calls).sorted())
  }
}

/// The section of an object that holds the tables of steps, so that their size can be told.
public let planSection = ".resin.plan"

/// How code is wanted.
public enum CodeForm: Sendable {
  /// LLVM IR after optimisation, as text.
  case llvmIR
  /// Assembly for the GNU assembler, as text.
  case assembly
}
