import LLVMKit
import Testing

@Suite struct JITTests {
  /// A loop with a carried value, compiled and called.
  @Test func compiledLoopSumsItsIndices() throws {
    let module = IRModule(name: "sum")
    let function = module.beginFunction(
      "sum", [module.pointer, module.int32], returns: module.void, attributes: [])
    let total = module.loop(
      from: module.int64(0), to: module.signExtend(module.parameter(1, of: function)),
      carrying: [module.int64(0)]
    ) { index, carried in [module.add(carried[0], index)] }
    module.store(total[0], module.parameter(0, of: function), alignment: 8)
    module.returnVoid()
    #expect(module.firstBrokenInvariant() == nil)

    let target = try Target(triple: "x86_64-unknown-linux-gnu", cpu: "x86-64")
    try target.optimize(module, pipeline: "function(sroa,instcombine)")
    let jit = try JIT()
    try jit.add(object: try target.object(module))
    typealias Sum = @convention(c) (UnsafeMutablePointer<Int64>, Int32) -> Void
    let sum = unsafeBitCast(try jit.address(of: "sum"), to: Sum.self)
    var result: Int64 = -1
    sum(&result, 10)
    #expect(result == 45)
  }

  @Test func missingSymbolIsAFailure() throws {
    let jit = try JIT()
    #expect(throws: LLVMFailure.self) { try jit.address(of: "no_such_function") }
  }

  @Test func unknownPassIsAFailure() throws {
    let module = IRModule(name: "empty")
    let target = try Target(triple: "x86_64-unknown-linux-gnu", cpu: "x86-64")
    #expect(throws: LLVMFailure.self) {
      try target.optimize(module, pipeline: "no-such-pass")
    }
  }

  @Test func invalidModuleIsNoticed() {
    let module = IRModule(name: "broken")
    _ = module.beginFunction(
      "open", [], returns: module.void, attributes: [])
    #expect(module.firstBrokenInvariant() != nil)
  }
}
