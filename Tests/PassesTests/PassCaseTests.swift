import GraphIR
import Interpreter
import ModelLanguage
import Passes
import TestSupport
import Testing

/// A graph as text without its first line, the model's name.
private func body(_ graph: Graph) -> String {
  let text = printModel(graph)
  return text.split(separator: "\n", omittingEmptySubsequences: true).dropFirst()
    .joined(separator: "\n")
}

@Test(
  "makes the expected graph, with the same numbers, and leaves it alone then",
  arguments: PassCase.all)
func passCase(_ passCase: PassCase) throws {
  let before = try model(passCase.before).withSeededParameters(seed: 1)
  #expect(before.firstBrokenInvariant() == nil)
  var after = before
  let context = PassContext(verifies: true)
  let changed = try runPasses([passCase.pass], on: &after, context: context)
  #expect(changed == !context.log.isEmpty)

  guard let expected = passCase.after else {
    #expect(!changed)
    #expect(body(after) == body(before))
    return
  }
  #expect(changed)
  if !PassCase.isUpdating { #expect(body(after) == expected) }

  let inputs = before.seededInputs(seed: 2)
  let wanted = try Interpreter(before).run(inputs: inputs)
  let actual = try Interpreter(after).run(inputs: inputs)
  #expect(wanted.keys.sorted() == actual.keys.sorted())
  for name in wanted.keys.sorted() {
    #expect(mismatch(actual[name]!, wanted[name]!, tolerance: 2e-6) == nil, "output \(name)")
  }

  var again = after
  #expect(try !runPasses([passCase.pass], on: &again), "changed again:\n\(body(again))")
}

@Test("expected graphs are written anew", .enabled(if: PassCase.isUpdating, "not asked for"))
func updateExpected() throws {
  for pass in Pass.all {
    var cases = PassCase.all.filter { $0.pass == pass.name }
    for index in cases.indices where cases[index].after != nil {
      var graph = try model(cases[index].before).withSeededParameters(seed: 1)
      try runPasses([pass.name], on: &graph)
      cases[index].after = body(graph)
    }
    try PassCase.write(cases, pass: pass.name)
  }
}

@Test(
  "every pass has a case that it changes and one that it must leave alone",
  arguments: Pass.all.map(\.name))
func coverage(_ name: String) {
  let cases = PassCase.all.filter { $0.pass == name }
  #expect(cases.contains { $0.after != nil })
  #expect(cases.contains { $0.after == nil })
}
