import GraphIR
import ModelLanguage
import TestSupport
import Testing

@Suite struct StructuredPrinterTests {
  /// The flat graph of a residual network gives the text that a person wrote, but for the order of
  /// the classifier.
  @Test func aNetworkOfBottlenecksIsFound() throws {
    let text = printStructured(try packagedModel("resnet/resnet50")).text
    for part in [
      "bn1 = batch_norm(conv1)\nmaxpool = max_pool(relu(bn1), kernel: 3, stride: 2, padding: 1)\n",
      "layer1 = stack 3 of bottleneck(maxpool, 64)\n",
      "layer2 = stack 4 of bottleneck(layer1, 128, stride: 2)\n",
      "layer3 = stack 6 of bottleneck(layer2, 256, stride: 2)\n",
      "layer4 = stack 3 of bottleneck(layer3, 512, stride: 2)\n",
      "fc = linear(flatten(global_average_pool(layer4)), 1000)\n",
      """
      block bottleneck(x, width, stride = 1) {
        conv1 = conv2d(x, width, kernel: 1)
        bn1 = batch_norm(conv1)
        conv2 = conv2d(relu(bn1), width, kernel: 3, stride: stride, padding: 1)
        bn2 = batch_norm(conv2)
        conv3 = conv2d(relu(bn2), 4 * width, kernel: 1)
        bn3 = batch_norm(conv3)
        if stride != 1 or channels(x) != 4 * width {
          downsample.0 = conv2d(x, 4 * width, kernel: 1, stride: stride)
          downsample.1 = batch_norm(downsample.0)
          shortcut = downsample.1
        } else {
          shortcut = x
        }
        return relu(bn3 + shortcut)
      }
      """,
    ] {
      #expect(text.contains(part), "\(part)\nis not in\n\(text)")
    }
  }

  /// Stacks keep names that count from another number than 0.
  @Test func stacksCountOnFromTheNamesThatAreThere() throws {
    let text = printStructured(try packagedModel("densenet/densenet121")).text
    let stack = "features.denseblock2 = stack 12 of unit(features.transition1) as denselayer1\n"
    #expect(text.contains(stack), "\(text)")
    let other = printStructured(try packagedModel("preactivation/preresnet164")).text
    #expect(other.contains("layer1 = stack 17 of bottleneck(layer1.0, 16) as `1`\n"), "\(other)")
  }

  /// What is read back needs the same tensors, by the names that the printer says, and prints the
  /// same again.
  @Test(arguments: [
    "cifar/resnet20", "cifar/resnet20_projection", "densenet/densenet121", "digits/digits",
    "hourglass/hourglass1", "multitask/resnet18_heads", "preactivation/preresnet164",
    "resnet/resnet18", "se/se_resnet50", "unet/unet", "vgg/vgg11_bn", "wide/resnext50_32x4d",
  ])
  func whatIsPrintedReadsBack(_ name: String) throws {
    let graph = try packagedModel(name)
    let printed = printStructured(graph)
    let again = try parseModel(text: printed.text)
    let parameters = again.constants.filter { again[$0].operation == .parameter }
    let expected = printed.weights.reduce(into: [:]) { $0[$1.name] = $1.shape }
    #expect(expected.count == printed.weights.count)
    #expect(
      parameters.reduce(into: [:]) { $0[again[$1].name] = again[$1].type.shape } == expected)
    #expect(again.order.count == graph.order.count)
    for weight in printed.weights { #expect(graph[weight.node].name == weight.name) }
    let twice = printStructured(again)
    #expect(try parseModel(text: twice.text).order.count == graph.order.count)
  }

  /// Layers whose names do not go with blocks get names that do.
  @Test func namesAreMadeWhereTheyDoNotFit() throws {
    let text = """
      input x: f32[1, 4, 8, 8]
      a = conv2d(x, 4, kernel: 3, padding: 1)
      sum1 = relu(a) + x
      b = conv2d(sum1, 4, kernel: 3, padding: 1)
      sum2 = relu(b) + sum1
      output sum2
      """
    let printed = printStructured(try model(text))
    #expect(printed.text.contains("stage1 = stack 2 of unit(x)\n"))
    #expect(printed.weights.map(\.name) == ["stage1.0.conv1.weight", "stage1.1.conv1.weight"])
    #expect(try parseModel(text: printed.text).order.count == 6)
  }

  /// Equal biases that a file holds once belong to each layer.
  @Test func sharedBiasesAreOnesOwn() throws {
    let graph = try model(
      """
      input x: f32[1, 4, 8, 8]
      a = conv2d(x, kernel: 3, padding: 1, weight: $a.w f32[4, 4, 3, 3], bias: $c f32[4])
      sum1 = relu(a) + x
      b = conv2d(sum1, kernel: 3, padding: 1, weight: $b.w f32[4, 4, 3, 3], bias: $c f32[4])
      sum2 = relu(b) + sum1
      output sum2
      """)
    #expect(!printStructured(graph).text.contains("stack"))
    let printed = printStructured(graph.withSeededParameters(seed: 1))
    #expect(printed.text.contains("stage1 = stack 2 of unit(x)\n"), "\(printed.text)")
    #expect(
      printed.weights.map(\.name)
        == ["0.conv1.weight", "0.conv1.bias", "1.conv1.weight", "1.conv1.bias"]
        .map { "stage1.\($0)" })
  }

  /// A block says by a parameter what extents do not say.
  @Test func aProjectionWithoutAChangeOfShapeIsAParameter() throws {
    func layer(_ name: String, _ x: String, _ shortcut: String) -> String {
      """
      \(name).conv1 = conv2d(\(x), 4, kernel: 3, padding: 1)
      \(name).sum = \(name).conv1 + \(shortcut)
      \(name).end = relu(\(name).sum)

      """
    }
    let text =
      "input x: f32[1, 4, 8, 8]\n" + layer("l.0", "x", "x")
      + "l.1.down = conv2d(l.0.end, 4, kernel: 1)\n" + layer("l.1", "l.0.end", "l.1.down")
      + layer("l.2", "l.1.end", "l.1.end") + "output l.2.end\n"
    let printed = printStructured(try model(text))
    #expect(
      printed.text.contains("l = stack 2 of unit(l.0, project: 1) as `1`\n"), "\(printed.text)")
    #expect(printed.text.contains("block unit(x, project = 0) {\n  if project == 1 {\n"))
    #expect(
      printed.weights.map(\.name).sorted()
        == ["l.0.conv1.weight", "l.1.conv1.weight", "l.1.down.weight", "l.2.conv1.weight"])
    #expect(try parseModel(text: printed.text).order.count == 10)
  }

  @Test func aGraphWithoutRepetitionStaysFlat() throws {
    let text = """
      input x: f32[1, 2, 4, 4]
      one = constant(1.0) : f32[]
      y = x * one
      z = y + $scale f32[2, 1, 1]
      output first = y
      output second = z
      """
    let printed = printStructured(try model(text))
    #expect(!printed.text.contains("block"))
    #expect(printed.text.contains("z = y + $scale f32[2, 1, 1]\n"))
    #expect(printed.weights.map(\.name) == ["scale"])
  }
}
