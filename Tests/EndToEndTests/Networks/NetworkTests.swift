import Artifacts
import Foundation
import GraphIR
import KernelGen
import Planning
import Resin
import TensorFiles
import TestSupport
import Testing

/// Whole networks through all floors, for `native`.
@Suite struct NetworkTests {
  private func model(
    _ name: String, batch: Int = 1, weights: WeightsChoice = .random(seed: 1)
  ) throws -> ModelFile {
    try ModelFile(path: packagePath("Models/\(name).resin"), batch: batch, weights: weights)
  }

  @Test func bitsAreTheSameAtAnyNumberOfThreadsInAnyRunAndInALibrary() throws {
    let folder = try ScratchFolder()
    for name in ["cifar/resnet20", "resnet/resnet18"] {
      let compilation = try Compilation(try model(name))
      let input = randomTensor(compilation.plan.interface.inputs[0].type, seed: 2, name: "image")
      let compiled = try compilation.model()
      let expected = try Session(compiled, threads: 1).run(inputs: [input])
      for threads in [1, 2, 3, 5] {
        let session = try Session(compiled, threads: threads)
        for _ in 0..<3 { #expect(try session.run(inputs: [input]) == expected) }
      }
      let library = folder.path("lib.so")
      _ = try compilation.write(.library, weights: .embedded, to: library)
      let loaded = try Session(try LoadedLibrary(path: library), threads: 2)
      #expect(try loaded.run(inputs: [input]) == expected)
    }
  }

  @Test func compilingTwiceGivesTheSameBytes() throws {
    // Two folders: the name of the file is part of a library.
    let files = try (0..<2).map { _ in
      let folder = try ScratchFolder()
      _ = try Compilation(try model("cifar/resnet20"))
        .write(.library, weights: .embedded, to: folder.path("lib.so"))
      return try folder.read("lib.so")
    }
    #expect(files[0] == files[1])
  }

  @Test func librariesNeedTheSystemOnly() throws {
    let folder = try ScratchFolder()
    let path = folder.path("lib.so")
    _ = try Compilation(try model("resnet/resnet18")).write(.library, weights: .embedded, to: path)
    let symbols = try runProgram(["nm", "-D", "--undefined-only", path]).output
      .split(separator: "\n").map { $0.split(separator: " ").last! }
    #expect(
      symbols.allSatisfy {
        $0.contains("@GLIBC_") || $0.hasPrefix("_ITM_") || $0 == "__gmon_start__"
      },
      "\(symbols)")
  }

  @Test func memoryIsWithinFifteenPercentOfTheBound() throws {
    for name in ["resnet/resnet50", "resnet/resnet18", "cifar/resnet56"] {
      let plan = try Compilation(try model(name)).plan
      #expect(Double(plan.arenaBytes) <= 1.15 * Double(plan.livenessBytes), "\(name)")
    }
  }

  @Test func equalKernelsAreCompiledOnce() throws {
    let cache = KernelCache()
    for (name, isFirst) in [("cifar/resnet20", true), ("cifar/resnet56", false)] {
      let compilation = try Compilation(try model(name))
      let before = cache.count
      let shared = try Session(try compilation.model(sharing: cache), threads: 1)
      #expect(cache.count == (isFirst ? compilation.plan.distinctKernels.count : before))
      let input = randomTensor(compilation.plan.interface.inputs[0].type, seed: 2, name: "image")
      let own = try Session(try compilation.model(), threads: 1)
      #expect(try shared.run(inputs: [input]) == own.run(inputs: [input]))
    }
  }

  /// Kernels and workspace do not grow with depth; they are the same as long as all weights fit the
  /// same caches.
  @Test func depthCostsNothingButSteps() throws {
    let plans = try ["cifar/resnet20", "cifar/resnet56", "cifar/resnet110"].map {
      try Compilation(try model($0)).plan
    }
    #expect(Set(plans[1].distinctKernels) == Set(plans[0].distinctKernels))
    #expect(plans[2].distinctKernels.count <= plans[0].distinctKernels.count)
    #expect(plans.allSatisfy { $0.arenaBytes == plans[0].arenaBytes })
  }
}

private let hasTrainedNetworks = sharedDataPath("resnet-cifar10/README.md") != nil

/// Trained networks on real pictures: the counts of the data's own README.
@Suite(.enabled(if: hasTrainedNetworks, "the shared data is absent"))
struct TrainedNetworkTests {
  /// Networks of one family share most of their kernels, however they are given.
  private static let cache = KernelCache()

  /// The first 1,000 test images of CIFAR-10 and their classes.
  private func images(normalised: Bool) throws -> (Tensor, [Int]) {
    let path = try #require(sharedDataPath("cifar10/test_1000.bin"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let clause = try PictureRecipe("cifar10").clause(for: TensorType([1, 3, 32, 32]))
    var (floats, labels) = ([Float](), [Int]())
    for record in stride(from: 0, to: bytes.count, by: 3073) {
      labels.append(Int(bytes[record]))
      for index in 0..<3072 {
        let pixel = Float(bytes[record + 1 + index])
        let channel = index / 1024
        floats.append(
          normalised
            ? (pixel * clause.scale - clause.mean[channel]) / clause.deviation[channel] : pixel)
      }
    }
    return (Tensor([labels.count, 3, 32, 32], floats: floats), labels)
  }

  private func countRight(_ path: String, weights: WeightsChoice, normalised: Bool) throws -> (
    Int, Tensor
  ) {
    let (images, labels) = try images(normalised: normalised)
    let file = try ModelFile(path: path, batch: 1, weights: weights).fitting([images.type])
    let session = try Session(try Compilation(file).model(sharing: Self.cache), threads: 2)
    let logits = try session.model.interface.inChunks([images]) { try session.run(inputs: $0) }[0]
    let right = labels.indices.filter { image in
      let row = Array(logits.floats[image * 10..<image * 10 + 10])
      return row.firstIndex(of: row.max()!) == labels[image]
    }
    return (right.count, logits)
  }

  private func reference(_ name: String) throws -> [Float] {
    let path = try #require(sharedDataPath("resnet-cifar10/\(name)_logits_test_1000.f32"))
    return try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
  }

  @Test(arguments: [(20, 915), (32, 928), (44, 933), (56, 926)])
  func modelTexts(_ depth: Int, _ expected: Int) throws {
    let weights = try #require(sharedDataPath("resnet-cifar10/resnet\(depth).safetensors"))
    let (right, logits) = try countRight(
      packagePath("Models/cifar/resnet\(depth).resin"), weights: .file(weights), normalised: true)
    #expect(right == expected)
    let wanted = Tensor(logits.shape, floats: try reference("resnet\(depth)"))
    #expect(largestDifference(logits, wanted).absolute < 1e-3)
  }

  @Test(
    arguments: [
      ("resnet20_b1", 915), ("resnet20_b1_folded", 915), ("resnet20_dynamic", 915),
      ("resnet20_dynamo", 915), ("resnet56_b1", 926), ("resnet56_dynamic", 926),
      ("resnet20_projection_torch16_opset9", 921), ("resnet8_mlperf_tiny", 881),
    ])
  func onnxFiles(_ name: String, _ expected: Int) throws {
    let path = try #require(sharedDataPath("resnet-cifar10/\(name).onnx"))
    let (right, _) = try countRight(path, weights: .beside, normalised: !name.hasPrefix("resnet8"))
    #expect(right == expected)
  }
}
