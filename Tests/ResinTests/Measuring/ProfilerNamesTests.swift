import Foundation
import Planning
import Resin
import TestSupport
import Testing

/// What profilers see of compiled code: a function per step with the name of its node.
@Suite struct ProfilerNamesTests {
  private static let text = """
    model small

    input image: f32[N, 8, 16, 16]
    layer1.0.conv1 = conv2d(image, 16, kernel: 3, padding: 1)
    layer1.0.conv2 = conv2d(relu(layer1.0.conv1), 16, kernel: 3, padding: 1)
    layer1.1.conv1 = conv2d(relu(layer1.0.conv2), 16, kernel: 3, padding: 1)
    layer1.1.conv2 = conv2d(relu(layer1.1.conv1), 16, kernel: 3, padding: 1)
    `a b"@1` = max_pool(layer1.1.conv2, kernel: 2, stride: 2)
    output logits = linear(flatten(`a b"@1`), 5)
    """

  private struct Symbol {
    var address: Int
    var size: Int
    var kind: String
    var name: String
  }

  /// The functions in the symbol table of the model's library, as `nm` lists them.
  private func symbols(
    batch: Int = 1, goal: OptimizationGoal = .speed
  ) throws -> (Plan, [Symbol]) {
    let folder = try ScratchFolder()
    try folder.write("small.resin", Self.text)
    let model = try ModelFile(
      path: folder.path("small.resin"), batch: batch, weights: .random(seed: 1))
    let compilation = try Compilation(model, options: PlanningOptions(goal: goal))
    _ = try compilation.write(.library, to: folder.path)
    let listed = try runProgram(["nm", "-S", "--defined-only", folder.path("libsmall.so")])
    let symbols = listed.output.split(separator: "\n").compactMap { line -> Symbol? in
      let fields = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard fields.count == 4, let address = Int(fields[0], radix: 16),
        let size = Int(fields[1], radix: 16)
      else { return nil }
      return Symbol(address: address, size: size, kind: fields[2], name: fields[3])
    }
    return (compilation.plan, symbols)
  }

  @Test(arguments: [1, 3]) func everyStepIsAFunctionOfItsName(_ batch: Int) throws {
    let (plan, symbols) = try symbols(batch: batch)
    let steps = plan.steps.flatMap { $0.parts.isEmpty ? [$0] : $0.parts }
    #expect(steps.count >= 5)
    for step in steps {
      let name = step.name.replacingOccurrences(of: "a b\"@1", with: "a_b__1")
      let found = symbols.filter { $0.name == name }
      #expect(found.count == 1 && found[0].kind == "t" && found[0].size > 0, "\(name) \(found)")
    }
    // Equal layers have one kernel, and each a few bytes of its own.
    #expect(plan.distinctKernels.count < plan.allSteps.count || batch > 1)
    let own = symbols.filter { $0.name.hasPrefix("layer1.") }
    #expect(Set(own.map(\.address)).count == own.count && own.allSatisfy { $0.size <= 32 })
  }

  /// Where size counts, names and what they stand for are left out.
  @Test func smallLibrariesHaveNone() throws {
    #expect(try symbols(goal: .size).1.isEmpty)
  }
}
