import GraphIR
import Planning
import TestSupport
import Testing

/// Tiles of AArch64 fit NEON's registers, and algorithms are those of AVX2 all the same.
@Suite struct AArch64TileTests {
  private func graph() throws -> Graph {
    try model(
      """
      input x: f32[1, 64, 28, 28]
      a = conv2d(x, 64, kernel: 3, padding: 1, bias: false)
      b = conv2d(relu(a), 128, kernel: 3, stride: 2, padding: 1, bias: false)
      c = conv2d(relu(b), 256, kernel: 1, bias: false)
      d = conv2d(relu(c), 128, kernel: 1, stride: 2, bias: false)
      e = conv2d(relu(d), 96, kernel: 5, padding: 2, bias: false)
      y = linear(flatten(global_average_pool(e)), 10)
      output y
      """
    ).withSeededParameters(seed: 1)
  }

  private func tile(_ kernel: Kernel) -> ConvolutionKernel.Tile? {
    switch kernel {
    case .convolution(let kernel) where kernel.groupsChannels: kernel.tile
    case .winogradProduct(let kernel): kernel.product.tile
    case .winogradBlocks(let kernel): kernel.product.product.tile
    case .strassen(let kernel): kernel.product.tile
    default: nil
    }
  }

  /// Two registers for every vector of sums and of weights, and one for four channels of every pixel.
  @Test(arguments: ["armv8-a", "cortex-a53", "cortex-a76", "neoverse-v1", "apple-m1"])
  func tilesFitTheRegisters(_ cpu: String) throws {
    let platform: Platform = cpu == "apple-m1" ? .arm64MacOS : .aarch64Linux
    let machine = try Machine(named: cpu, for: platform)
    for threads in 1...2 {
      let plan = try plan(graph(), for: machine, options: PlanningOptions(threads: threads))
      let tiles = plan.steps.compactMap { tile($0.kernel) }
      #expect(tiles.count >= 5)
      for tile in tiles {
        let (columns, vectors) = (tile.columns, tile.vectors)
        #expect(2 * columns * vectors + columns + 2 * vectors <= 32, "\(columns)×\(vectors)")
        // Of few registers most hold sums where there are pixels enough.
        let ahead = machine.core.channelsAhead(columns: columns, vectors: vectors)
        #expect(2 * columns * vectors + columns + 2 * vectors * ahead <= 32)
        #expect(cpu == "cortex-a53" || ahead == 1)
      }
    }
  }

  @Test(arguments: [1, 2], [FloatFormat.float32, .float16])
  func algorithmsAndTheirTimesAreThoseOfAVX2(_ threads: Int, _ format: FloatFormat) throws {
    var options = PlanningOptions(threads: threads)
    options.weightsFormat = format
    let here = try plan(graph(), for: Machine(.avx2), options: options)
    let there = try plan(graph(), for: Machine(.neon), options: options)
    #expect(there.steps.compactMap(\.choice) == here.steps.compactMap(\.choice))
    let a53 = try Machine(named: "cortex-a53", for: .aarch64Linux)
    let same = try plan(
      graph(), for: a53.withAlgorithms(of: Machine(.avx2)), options: options)
    #expect(same.steps.compactMap(\.choice?.pick) == here.steps.compactMap(\.choice?.pick))
  }

  /// An in-order core has all loads of four channels before their products.
  @Test func loadsStandTogetherWhereTheyWait() throws {
    let core = try Machine(named: "cortex-a53", for: .aarch64Linux).core
    #expect(core.channelsAhead(columns: 8, vectors: 1) == 4)
    #expect(core.channelsAhead(columns: 9, vectors: 1) == 2)
    #expect(core.channelsAhead(columns: 5, vectors: 2) == 1)
    #expect(Machine(.neon).core.channelsAhead(columns: 2, vectors: 1) == 1)
  }
}
