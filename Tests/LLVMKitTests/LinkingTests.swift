import LLVMKit
import Testing

/// Modules that become one, and what objects say of their names.
@Suite struct LinkingTests {
  private static let triple = "aarch64-unknown-none-elf"

  /// A module in which `name` calls `other`, and a local function and a table of the same names.
  private func module(_ name: String, calling other: String) -> [UInt8] {
    let m = IRModule(name: name)
    let callee = m.declareFunction(other, [m.int64], returns: m.int64)
    let inner = m.beginFunction("inner", [m.int64], returns: m.int64, attributes: [], isLocal: true)
    let table = m.privateTable("table", [name.utf8.count])
    m.return(m.add(m.parameter(0, of: inner), m.load(m.int64, table, alignment: 8)))
    let function = m.beginFunction(name, [m.int64], returns: m.int64, attributes: [])
    let value = m.call(inner, [m.parameter(0, of: function)], [m.int64], returns: m.int64)
    m.return(m.call(callee, [value], [m.int64], returns: m.int64))
    return m.bitcode
  }

  @Test func twoModulesAreOne() throws {
    let m = IRModule(name: "all")
    try m.link(bitcode: module("first", calling: "second"))
    try m.link(bitcode: module("second", calling: "third"))
    #expect(m.firstBrokenInvariant() == nil)
    let target = try Target(triple: Self.triple, cpu: "generic")
    try target.optimize(m, pipeline: "verify")
    let object = try target.object(m)
    #expect(try undefinedNames(ofObject: object).filter { $0 != "all" } == ["third"])
    let names = try functions(ofObject: object).map(\.name)
    #expect(names.contains("first") && names.contains("second"))
    #expect(names.count { $0.hasPrefix("inner") } == 2)
  }

  @Test func whatDoesNotGoTogetherIsAFailure() throws {
    let m = IRModule(name: "all")
    #expect(throws: LLVMFailure.self) { try m.link(bitcode: [1, 2, 3, 4]) }
    try m.link(bitcode: module("first", calling: "second"))
    #expect(throws: LLVMFailure.self) { try m.link(bitcode: module("first", calling: "third")) }
    #expect(throws: LLVMFailure.self) { try undefinedNames(ofObject: [1, 2, 3]) }
  }
}
