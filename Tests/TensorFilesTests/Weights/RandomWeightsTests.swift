import GraphIR
import TensorFiles
import Testing

@Suite struct RandomWeightsTests {
  /// A net with a parameter of every role, named as in `Goldens/random_weights.txt`.
  static func network() throws -> Graph {
    var graph = Graph(name: "roles")
    func parameter(_ name: String, _ shape: [Int]) -> NodeID {
      graph.addParameter(name, TensorType(shape))
    }
    func batchNormalization(_ x: NodeID, _ name: String) throws -> NodeID {
      let parts = ["weight", "bias", "running_mean", "running_var"]
      return try graph.add(
        .batchNormalization(epsilon: 1e-5), [x] + parts.map { parameter("\(name).\($0)", [4]) },
        name: name)
    }
    let image = graph.addInput("image", TensorType([1, 3, 8, 8]))
    var x = try graph.add(
      .convolution(Convolution(padding: Padding(1), hasBias: true)),
      [image, parameter("stem.weight", [4, 3, 3, 3]), parameter("stem.bias", [4])], name: "stem")
    x = try graph.add(.unary(.relu), [batchNormalization(x, "bn")], name: "relu")

    // A residual branch that ends in a normalisation, then one that ends in a convolution of two
    // groups.
    var y = try graph.add(
      .convolution(Convolution(padding: Padding(1), hasBias: true)),
      [x, parameter("block.conv1.weight", [4, 4, 3, 3]), parameter("block.conv1.bias", [4])],
      name: "block.conv1")
    y = try graph.add(
      .convolution(Convolution()), [y, parameter("block.conv2.weight", [4, 4, 1, 1])],
      name: "block.conv2")
    y = try batchNormalization(y, "block.bn2")
    x = try graph.add(.binary(.add, then: nil), [y, x], name: "block")
    y = try graph.add(
      .convolution(Convolution(padding: Padding(1), groups: 2)),
      [x, parameter("next.conv.weight", [4, 2, 3, 3])], name: "next.conv")
    x = try graph.add(.binary(.add, then: nil), [x, y], name: "next")

    // A block with a projection: neither side is the branch.
    let projection = try graph.add(
      .convolution(Convolution()), [x, parameter("projection.weight", [8, 4, 1, 1])],
      name: "projection")
    let branch = try graph.add(
      .convolution(Convolution()), [x, parameter("branch.weight", [8, 4, 1, 1])], name: "branch")
    x = try graph.add(.binary(.add, then: .relu), [branch, projection], name: "sum")

    // A transposed convolution, in whose sums a quarter of the taps meet.
    x = try graph.add(
      .transposedConvolution(TransposedConvolution(stride: Pair(2), groups: 2, hasBias: true)),
      [x, parameter("up.weight", [8, 4, 3, 2]), parameter("up.bias", [8])], name: "up")

    x = try graph.add(
      .reshape([1, 8]), [graph.add(.globalAveragePool, [x], name: "pool")], name: "flat")
    x = try graph.add(
      .linear(hasBias: true, then: nil),
      [x, parameter("fc.weight", [5, 8]), parameter("fc.bias", [5])], name: "fc")
    x = try graph.add(
      .binary(.subtract, then: nil), [x, parameter("offsets", [5])], name: "shifted")
    _ = parameter("größe", [7])

    let attention = graph.addInput("attention", TensorType([1, 2]))
    _ = try graph.add(
      .dynamicConvolution(Convolution(hasBias: true)),
      [
        image, attention, parameter("dynamic.weight", [2, 4, 3, 3, 3]),
        parameter("dynamic.bias", [4]),
      ], name: "dynamic")
    graph.addOutput("logits", x)
    return graph
  }

  /// The twin in Python made the golden, with the largest seed.
  @Test func everyRoleEqualsTheTwin() throws {
    var graph = try Self.network()
    randomWeights(for: &graph, seed: .max)
    let golden = try SafetensorsFile(path: "\(goldens)/random_weights.safetensors")
    #expect(golden.names.count == 24 && graph.constants.count >= 24)
    for name in golden.names {
      let id = try #require(graph.node(named: name), "\(name)")
      #expect(graph.constantValue(of: id) == (try golden.tensor(name)), "\(name)")
    }
  }

  @Test func seedsAndNamesGiveOtherNumbers() {
    let type = TensorType([1000])
    let tensors = [(1, "a"), (2, "a"), (1, "b")].map { seed, name in
      randomTensor(type, seed: UInt64(seed), name: name).floats
    }
    #expect(tensors[0] != tensors[1] && tensors[0] != tensors[2] && tensors[1] != tensors[2])
    #expect(tensors[0] == randomTensor(type, seed: 1, name: "a").floats)
    #expect(tensors.joined().allSatisfy { $0 >= -1 && $0 < 1 })
    let mean = tensors.joined().reduce(0, +) / 3000
    #expect(abs(mean) < 0.05)
  }

  @Test func integersAndTruthValuesCoverTheirRange() {
    let integers = randomTensor(TensorType([500], element: .int64), seed: 3, name: "i").integers
    #expect(Set(integers) == Set(0...15))
    let truths = randomTensor(TensorType([500], element: .bool), seed: 3, name: "b").booleans
    #expect((200...300).contains(truths.count { $0 }))
  }
}
