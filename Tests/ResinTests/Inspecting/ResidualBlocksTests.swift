import Diagnostics
import GraphIR
import ModelLanguage
import Resin
import TestSupport
import Testing

/// Residual blocks in whose place their shortcuts are computed.
@Suite struct ResidualBlocksTests {
  /// A network, what is left out, and the statements that then do the same, for the inputs of `head`.
  struct Lesion: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let network: String
    let without: [String]
    let expected: String
  }

  private static let head = """
    model m
    input x: f32[1, 4, 6, 6]

    """

  private static let blocks = """

    output y
    block post(x, width = 4) {
      conv1 = conv2d(x, width, kernel: 3, padding: 1)
      bn1   = batch_norm(conv1)
      conv2 = conv2d(relu(bn1), width, kernel: 3, padding: 1)
      return relu(conv2 + x)
    }
    block pre(x) {
      conv1 = conv2d(relu(batch_norm(x)), 4, kernel: 3, padding: 1)
      return x + conv1
    }
    block projected(x) {
      conv1 = conv2d(x, 8, kernel: 3, stride: 2, padding: 1)
      conv2 = conv2d(relu(conv1), 8, kernel: 3, padding: 1)
      down  = conv2d(x, 8, kernel: 1, stride: 2)
      norm  = batch_norm(down)
      return relu(norm + conv2)
    }
    block padded(x) {
      conv1 = conv2d(x, 8, kernel: 3, stride: 2, padding: 1)
      taken = slice(x, step: [1, 1, 2, 2])
      zeros = pad(taken, before: [0, 2, 0, 0], after: [0, 2, 0, 0])
      return conv1 + zeros
    }
    block gated(x) {
      conv1 = conv2d(x, 4, kernel: 3, padding: 1)
      gate  = sigmoid(conv2d(global_average_pool(conv1), 4, kernel: 1))
      return conv1 * gate + x
    }
    block shared(x) {
      active = relu(batch_norm(x))
      conv1  = conv2d(active, 8, kernel: 1)
      conv2  = conv2d(relu(conv1), 8, kernel: 3, padding: 1)
      down   = conv2d(active, 8, kernel: 1)
      return conv2 + down
    }
    block encoder(x) {
      q   = linear(x, 6)
      sum = matmul(softmax(matmul(q, q), axis: 3), q) + x
      wide = linear(sum, 12)
      mlp = linear(gelu(wide), 6)
      return mlp + sum
    }

    """

  static let lesions = [
    Lesion(
      testDescription: "activation behind the sum", network: "y = stack 3 of post(x)",
      without: ["y.1"],
      expected: "y.0 = post(x)\ny.1 = relu(y.0)\ny.2 = post(y.1)\noutput y = y.2"),
    Lesion(
      testDescription: "activation before the layers", network: "y = stack 3 of pre(x)",
      without: ["y.1"], expected: "y.0 = pre(x)\ny.2 = pre(y.0)\noutput y = y.2"),
    Lesion(
      testDescription: "the first and the last", network: "y = stack 3 of pre(x)",
      without: ["y.2", "y.0"], expected: "y.1 = pre(x)\noutput y = y.1"),
    Lesion(
      testDescription: "all of a stage", network: "layer1 = stack 3 of pre(x)\ny = relu(layer1)",
      without: ["layer1"], expected: "y = relu(x)"),
    Lesion(
      testDescription: "a projection", network: "y = projected(x)", without: ["y"],
      expected: """
        y.down = conv2d(x, 8, kernel: 1, stride: 2)
        y.norm = batch_norm(y.down)
        y = relu(y.norm)
        """),
    Lesion(
      testDescription: "a shortcut without parameters", network: "y = padded(x)", without: ["y"],
      expected: """
        y.taken = slice(x, step: [1, 1, 2, 2])
        y.zeros = pad(y.taken, before: [0, 2, 0, 0], after: [0, 2, 0, 0])
        output y = y.zeros
        """),
    Lesion(
      testDescription: "a gated branch", network: "y = stack 2 of gated(x)", without: ["y.0"],
      expected: "y.1 = gated(x)\noutput y = y.1"),
    Lesion(
      testDescription: "an activation that both paths read", network: "y = shared(x)",
      without: ["y"],
      expected: """
        y.active.batch_norm = batch_norm(x)
        y.active = relu(y.active.batch_norm)
        y.down = conv2d(y.active, 8, kernel: 1)
        output y = y.down
        """),
    Lesion(
      testDescription: "attention and what follows it", network: "y = stack 2 of encoder(x)",
      without: ["y.1"], expected: "y.0 = encoder(x)\noutput y = y.0"),
    Lesion(
      testDescription: "one of two in a block", network: "y = encoder(x)", without: ["y.sum"],
      expected: """
        y.wide = linear(x, 12)
        y.mlp.gelu = gelu(y.wide)
        y.mlp = linear(y.mlp.gelu, 6)
        y = y.mlp + x
        """),
    Lesion(
      testDescription: "sums that are called otherwise",
      network: """
        layer1.0.conv1 = conv2d(x, 4, kernel: 3, padding: 1)
        layer1.0.conv2 = conv2d(relu(layer1.0.conv1), 4, kernel: 3, padding: 1)
        add_1 = layer1.0.conv2 + x
        layer1.1.conv1 = conv2d(relu(add_1), 4, kernel: 3, padding: 1)
        y = layer1.1.conv1 + add_1
        """,
      without: ["layer1.0"],
      expected: """
        layer1.1.conv1.relu = relu(x)
        layer1.1.conv1 = conv2d(layer1.1.conv1.relu, 4, kernel: 3, padding: 1)
        y = layer1.1.conv1 + x
        """),
    Lesion(
      testDescription: "a convolution that adds",
      network: """
        b.conv1 = conv2d(x, kernel: 1, weight: $w f32[4, 4, 1, 1])
        y = conv2d(b.conv1, kernel: 1, weight: $v f32[4, 4, 1, 1], add: x, then: clip(0, 6))
        """,
      without: ["y"], expected: "y = clip(x, 0, 6)"),
    Lesion(
      testDescription: "a projection that adds the branch",
      network: """
        b.conv1 = conv2d(x, 4, kernel: 3, padding: 1)
        b.conv2 = conv2d(relu(b.conv1), 4, kernel: 3, padding: 1)
        b.down = conv2d(x, kernel: 1, weight: $w f32[4, 4, 1, 1], add: b.conv2, then: relu)
        y = tanh(b.down)
        """,
      without: ["b"],
      expected: """
        b.down = conv2d(x, kernel: 1, weight: $w f32[4, 4, 1, 1], then: relu)
        y = tanh(b.down)
        """),
  ]

  private static func graph(_ statements: String, without: [String] = []) throws -> Graph {
    let folder = try ScratchFolder()
    let ending =
      statements.contains("output y") ? blocks.replacing("\noutput y\n", with: "\n") : blocks
    try folder.write("m.resin", head + statements + "\n" + ending)
    return try ModelFile(
      path: folder.path("m.resin"), weights: .random(seed: 1), without: without
    ).graph
  }

  @Test(arguments: lesions) func theShortcutIsLeft(_ lesion: Lesion) throws {
    let left = try Self.graph(lesion.network, without: lesion.without)
    #expect(left.firstBrokenInvariant() == nil)
    #expect(printModel(left) == printModel(try Self.graph(lesion.expected)))
  }

  /// The highway network mixes both paths by a gate; a dense block has no sums.
  @Test(arguments: [
    (
      "t = sigmoid(conv2d(x, 4, kernel: 1))\nh = relu(conv2d(x, 4, kernel: 1))\ny = t * h + (1 - t) * x",
      ["y"], "'y' is no residual block", "the model has no residual blocks"
    ),
    (
      "c = conv2d(x, 4, kernel: 1)\ny = concat(c, x, axis: 1)", ["c"], "'c' is no residual block",
      "the model has no residual blocks"
    ),
    (
      "a = conv2d(x, 4, kernel: 1)\nb = conv2d(x, 4, kernel: 1)\ny = a + b", ["y"],
      "'y' is no residual block", "the model has no residual blocks"
    ),
    (
      "layer1 = stack 3 of post(x)\ny = conv2d(layer1, 2, kernel: 1)", ["layer1.4"],
      "the model has no block 'layer1.4'",
      "did you mean 'layer1.0' or 'layer1.1' or 'layer1.2'?"
    ),
    (
      "layer1 = stack 9 of pre(x)\ny = conv2d(layer1, 2, kernel: 1)", ["classifier"],
      "the model has no block 'classifier'",
      "its residual blocks are layer1.0, layer1.1, layer1.2, layer1.3, layer1.4, layer1.5, …, layer1.8"
    ),
    (
      "layer1 = stack 2 of pre(x)\ny = conv2d(layer1, 2, kernel: 1)", ["y"],
      "'y' is no residual block", "its residual blocks are layer1.0, layer1.1"
    ),
    ("y = pre(x)", ["y", "y"], "--without gives 'y' twice", ""),
    ("y = pre(x)", [""], "the model has no block ''", "its residual blocks are y"),
  ])
  func otherNamesAreRefused(
    _ network: String, _ names: [String], _ message: String, _ hint: String
  ) throws {
    do {
      _ = try Self.graph(network, without: names)
      Issue.record("nothing is wrong")
    } catch let error as DiagnosticError {
      #expect(error.diagnostics.map(\.message).joined().contains(message))
      #expect((error.diagnostics.first?.hint ?? "") == hint)
    }
  }

  /// Every block of the packaged networks has a name by which it can be left out.
  @Test(arguments: [
    ("cifar/resnet20", "layer3.2", 9), ("cifar/resnet20_projection", "layer2.0", 9),
    ("resnet/resnet50", "layer4.2", 16), ("preactivation/preresnet164", "layer1.0", 54),
    ("se/se_resnet50", "layer1.0", 16), ("stochastic_depth/resnet110_stochastic", "layer1.1", 54),
    ("gan/cyclegan_generator", "model.10", 9), ("mobile/mobilenet_v2", "features.3", 10),
    ("vit/vit_small_patch16_224", "blocks.3", 24), ("densenet/densenet121", nil, 0),
    ("highway/highway19", nil, 0),
  ])
  func networksHaveBlocks(_ name: String, _ block: String?, _ count: Int) throws {
    let path = packagePath("Models/\(name).resin")
    let whole = try packagedModel(name)
    #expect(whole.residualAdditions().count == count)
    guard let block else { return }
    let left = try ModelFile(path: path, without: [block]).graph
    #expect(left.order.count < whole.order.count)
    #expect(left.outputs.map { left[$0.node].type } == whole.outputs.map { whole[$0.node].type })
    let isThere = left.residualAdditions().contains { left[$0.node].name == block }
    #expect(!isThere)
  }
}
