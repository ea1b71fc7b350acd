import Diagnostics
import GraphIR
import Planning
import TestSupport
import Testing

@Suite struct ConvolutionChoiceTests {
  /// Two 3×3 convolutions that are the same work but for the residual of the second, one with
  /// another stride, and a pointwise one.
  private func graph() throws -> Graph {
    try model(
      """
      input x: f32[1, 64, 28, 28]
      a = conv2d(x, 64, kernel: 3, padding: 1, bias: false)
      b = conv2d(a, 64, kernel: 3, padding: 1, bias: false)
      c = conv2d(b, 64, kernel: 3, stride: 2, padding: 1, bias: false)
      d = conv2d(c, 64, kernel: 1, bias: false)
      output d
      """
    ).withSeededParameters(seed: 1)
  }

  private func choices(
    _ options: PlanningOptions = PlanningOptions()
  ) throws -> [String: ConvolutionChoice] {
    let plan = try plan(graph(), for: Machine(.avx512), options: options)
    return plan.steps.reduce(into: [:]) { found, step in
      if let choice = step.choice { found[step.name] = choice }
    }
  }

  /// What a shortcut leaves out would take half of every cache line that it reads with eight lanes, and none with sixteen.
  @Test(arguments: [
    (InstructionSet.avx2, 256, 2, true), (.avx512, 256, 2, false),
    (.avx2, 128, 2, false), (.avx2, 256, 1, false),
  ])
  func leftOutPixelsAreCopiedAway(
    _ set: InstructionSet, _ outputs: Int, _ stride: Int, _ isCopied: Bool
  ) throws {
    let graph = try model(
      """
      input x: f32[1, 64, 28, 28]
      a = conv2d(x, 64, kernel: 3, padding: 1, bias: false)
      b = conv2d(a, \(outputs), kernel: 1, stride: \(stride), bias: false)
      output b
      """
    ).withSeededParameters(seed: 1)
    let plan = try plan(graph, for: Machine(set))
    let kernels = plan.steps.filter { $0.name == "b" }.map(\.kernel)
    let copies = kernels.filter { if case .elementwise = $0 { true } else { false } }
    #expect(copies.count == (isCopied ? 1 : 0))
    let steps = kernels.compactMap { kernel -> Int? in
      if case .convolution(let direct) = kernel { direct.input.column } else { nil }
    }
    #expect(steps == [isCopied ? set.lanes : stride * set.lanes])
  }

  @Test func theLeastEstimateIsPicked() throws {
    let choices = try choices()
    for choice in choices.values {
      let cycles = choice.candidates.map(\.cycles)
      #expect(cycles == cycles.sorted())
      #expect(choice.pick == choice.candidates[0].algorithm)
    }
    #expect(
      Set(try #require(choices["a"]).candidates.map(\.algorithm))
        == Set(ConvolutionAlgorithm.allCases).subtracting([.strassen]))
    #expect(Set(try #require(choices["d"]).candidates.map(\.algorithm)) == [.direct, .strassen])
    #expect(
      Set(try #require(choices["c"]).candidates.map(\.algorithm))
        == [.direct, .winograd2, .winograd4])
  }

  /// F(4, 4) rounds three times as much as direct convolution. Whoever demands it gets it.
  @Test(arguments: [("b", false), ("global_average_pool(b)", true)])
  func aStemBeforeImagesIsNotComputedCoarsely(_ output: String, _ isCoarse: Bool) throws {
    let graph = try model(
      """
      input x: f32[1, 3, 64, 64]
      a = conv2d(x, 64, kernel: 7, stride: 2, padding: 3, bias: false)
      b = conv2d(a, 64, kernel: 3, padding: 1, bias: false)
      output y = \(output)
      """
    ).withSeededParameters(seed: 1)
    func stem(_ options: PlanningOptions = PlanningOptions()) throws -> ConvolutionChoice? {
      try plan(graph, for: Machine(.avx512), options: options).steps
        .first { $0.name == "a" }?.choice
    }
    let choice = try #require(try stem())
    #expect(choice.candidates.contains { $0.algorithm == .winograd4 } == isCoarse)
    #expect(choice.pick == (isCoarse ? .winograd4 : .winograd2))
    let demanded = try stem(PlanningOptions(overrides: ["a": .init(.winograd4)]))
    #expect(demanded?.pick == .winograd4)
  }

  @Test func equalWorkIsOneLayer() throws {
    let choices = try choices()
    #expect(choices["a"]?.layer == choices["b"]?.layer)
    #expect(Set(choices.values.map(\.layer)).count == 3)
  }

  @Test func anOverrideIsPickedAmongAllThatFit() throws {
    let usual = try choices()
    let options = PlanningOptions(overrides: ["b": .init(.winograd2)])
    let overridden = try choices(options)
    #expect(overridden["a"] == usual["a"])
    #expect(overridden["b"]?.pick == .winograd2)
    #expect(overridden["b"]?.candidates == usual["b"]?.candidates)
    let printed = try plan(graph(), for: Machine(.avx512), options: options).printed()
    let line = try #require(printed.split(separator: "\n").first { $0.hasPrefix("b: ") })
    #expect(line.contains("winograd-4 ") && line.contains("direct "))
    let marked = try #require(line.split(separator: ",").first { $0.hasSuffix("◀") })
    #expect(marked.contains("winograd-2"))
  }

  @Test func anOverrideGoesBeforeWhatIsAllowed() throws {
    let options = PlanningOptions(
      algorithms: [.direct], overrides: ["b": .init(.winograd4)])
    #expect(try choices(options)["a"]?.candidates.map(\.algorithm) == [.direct])
    #expect(try choices(options)["b"]?.pick == .winograd4)
  }

  @Test func overridesThatFitNothingAreMistakesWithTheirPlace() throws {
    let place = Diagnostic.Place.subject("line 7")
    for (node, message) in [
      ("d", "winograd-2 does not fit the convolution 'd'"),
      ("e", "model 'test' has no convolution 'e' to choose an algorithm for"),
    ] {
      let error = #expect(throws: DiagnosticError.self) {
        try choices(.init(overrides: [node: .init(.winograd2, at: place)]))
      }
      #expect(error?.diagnostics.map(\.message) == [message])
      #expect(error?.diagnostics.map(\.place) == [place])
    }
  }
}
