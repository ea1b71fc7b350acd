import GraphIR
import Interpreter
import Passes
import Planning
import TestSupport
import Testing

/// What is planned for the cores of a CPU.
@Suite struct CoreModelTests {
  private static let graph: Graph = {
    do {
      var graph = try model(
        """
        model layers
        input x: f32[1, 32, 16, 16]
        a = relu(conv2d(x, 64, kernel: 3, padding: 1))
        b = relu(conv2d(a, 128, kernel: 1))
        output y = conv2d(b, 32, kernel: 1) + x
        """
      ).withSeededParameters(seed: 3)
      optimize(&graph)
      return graph
    } catch {
      fatalError("\(error)")
    }
  }()

  private static let inputs = graph.seededInputs(seed: 4)

  private static let expected: Tensor = {
    do { return try Interpreter(graph).run(inputs: inputs)["y"]! } catch { fatalError("\(error)") }
  }()

  @Test(
    arguments: modelledCPUs,
    [PlanningOptions(), PlanningOptions(algorithms: [.strassen], threads: 2)])
  func resultsEqualTheInterpreter(_ name: String, _ options: PlanningOptions) throws {
    let machine = try Machine(named: name)
    let compiled = try CompiledGraph(Self.graph, machine, options: options)
    #expect(compiled.plan.memoryMistake() == nil)
    guard machine.instructionSet.isSubset(of: .host) else { return }
    let result = compiled.run([Self.inputs["x"]!])[0]
    #expect(mismatch(result, Self.expected, tolerance: 2e-5) == nil)
  }

  /// Weights of 384 KB fit a second level of 512 KB, and not one of 256 KB.
  @Test func cachesDecide() throws {
    let graph = try model(
      """
      model layer
      input x: f32[1, 256, 20, 20]
      output y = conv2d(x, 384, kernel: 1)
      """
    ).withSeededParameters(seed: 5)
    func kernels(_ name: String) throws -> [Kernel] {
      try plan(
        graph, for: Machine(named: name), options: PlanningOptions(algorithms: [.direct])
      ).steps.map(\.kernel)
    }
    #expect(try kernels("x86-64-v3") != kernels("skylake"))
    // All that is assumed of any CPU of the level is true of this one.
    #expect(try kernels("x86-64-v4") == kernels("skylake-avx512"))
    #expect(try kernels("x86-64") == kernels("x86-64-v2"))
  }
}
