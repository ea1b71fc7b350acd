import GraphIR
import Planning
import TestSupport
import Testing

@Suite struct KernelOperationsTests {
  @Test func aStepOfAllImagesIsTheSumOfItsParts() throws {
    func plan(_ batch: Int) throws -> Plan {
      let text = """
        input x: f32[\(batch), 64, 56, 56]
        a = conv2d(x, 64, kernel: 3, padding: 1)
        b = conv2d(a, 64, kernel: 1)
        output b
        """
      return try Planning.plan(
        model(text).withSeededParameters(seed: 1), for: Machine(.avx512),
        options: PlanningOptions(algorithms: [.direct], threads: 2))
    }
    let (one, eight) = (try plan(1), try plan(8))
    let whole = try #require(eight.steps.first { !$0.parts.isEmpty })
    #expect(eight.steps.reduce(0) { $0 + $1.operations } == 8 * one.flops)
    #expect(eight.weightBytes(of: whole) == one.weightBytes)
  }

  private func steps(_ text: String, _ algorithm: ConvolutionAlgorithm) throws -> (Plan, [Step]) {
    let plan = try plan(
      model(text).withSeededParameters(seed: 1), for: Machine(.avx512),
      options: PlanningOptions(algorithms: [algorithm]))
    return (plan, plan.steps)
  }

  @Test func directKernelsWorkOnWholeVectors() throws {
    let text = "input x: f32[2, 16, 8, 8]\ny = conv2d(x, %, kernel: 3, padding: 1)\noutput y"
    for (channels, vectors) in [(32, 2), (33, 3)] {
      let (_, steps) = try steps(
        text.split(separator: "%").joined(separator: "\(channels)"), .direct)
      let step = try #require(steps.first { $0.choice != nil })
      #expect(step.flops == 2 * 2 * 64 * channels * 16 * 9)
      #expect(step.operations == 2 * 2 * 64 * vectors * 16 * 16 * 9)
    }
  }

  @Test func winogradDoesLessThanTheDefinitionAsksFor() throws {
    let text =
      "input x: f32[1, 128, 16, 16]\ny = conv2d(x, 128, kernel: 3, padding: 1)\noutput y"
    for (algorithm, saved) in [
      (ConvolutionAlgorithm.winograd2, 2.25), (.winograd3, 3.24), (.winograd4, 4),
    ] {
      let (_, steps) = try steps(text, algorithm)
      let product = try #require(steps.first { $0.choice != nil })
      let input = try #require(
        steps.first {
          if case .winogradInput = $0.kernel { true } else { false }
        })
      let least = Double(product.flops) / saved
      #expect(Double(product.operations) > least)
      #expect(Double(product.operations) < 1.4 * least)
      #expect(input.operations > 0 && Double(input.operations) < 0.2 * least)
    }
  }

  @Test func weightsOfAStepAreThoseOfItsSections() throws {
    let (plan, steps) = try steps(
      "input x: f32[1, 16, 8, 8]\na = conv2d(x, 32, kernel: 3)\ny = relu(a)\noutput y", .direct)
    let bytes = steps.map { plan.weightBytes(of: $0) }
    #expect(bytes.filter { $0 > 0 } == [(32 * 16 * 9 + 32) * 4])
    #expect(bytes.reduce(0, +) == plan.weightBytes)
  }
}
