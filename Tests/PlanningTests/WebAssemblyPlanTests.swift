import Planning
import TestSupport
import Testing

/// What is computed in a browser is planned as for x86-64 without features: the same bits.
@Suite struct WebAssemblyPlanTests {
  @Test func plansAreThoseOfTheBaseline() throws {
    let graph = try model(
      """
      input x: f32[2, 3, 33, 33]
      a = conv2d(x, 32, kernel: 7, stride: 2, padding: 3, bias: true)
      b = conv2d(relu(a), 32, kernel: 3, padding: 1, bias: false)
      c = conv2d(b, 64, kernel: 1, bias: false)
      d = conv2d(relu(c), 64, kernel: 3, stride: 2, padding: 1, groups: 64, bias: false)
      y = linear(flatten(global_average_pool(d)), 10)
      output y
      """
    ).withSeededParameters(seed: 1)
    for goal in OptimizationGoal.allCases {
      let options = PlanningOptions(goal: goal)
      let here = try plan(graph, for: Machine(.baseline), options: options)
      let there = try plan(graph, for: Machine(.simd128), options: options)
      #expect(there.machine.platform == .wasm32 && there.machine.lanes == 4)
      #expect(there.steps.map(\.kernel) == here.steps.map(\.kernel))
      #expect(there.steps.map(\.arguments) == here.steps.map(\.arguments))
      #expect(there.weightBytes == here.weightBytes)
    }
  }

  @Test func thereIsOneLevelWithoutFeatures() throws {
    let machine = try Machine(named: "simd128", for: .wasm32)
    #expect(machine.instructionSet == .simd128 && machine.instructionSet.features.isEmpty)
    #expect(!machine.instructionSet.hasFusedMultiplyAdd)
    #expect(Machine.names(of: .wasm32) == ["simd128"])
    #expect(!InstructionSet.simd128.isSubset(of: .baseline))
  }
}
