import Foundation
import GraphIR
import ModelLanguage
import Passes
import Planning
import TestSupport
import Testing

/// What every model's text is left with after the passes and planning, pinned in
/// `Goldens/kernels.txt`: a line per kind of kernel and how many steps are of it.
///
/// `RESIN_UPDATE_EXPECTED=1 swift test -c release --filter KernelListTests` writes the file anew;
/// review the difference.
@Suite struct KernelListTests {
  private static let path = packagePath("Tests/PlanningTests/Goldens/kernels.txt")
  private static let isUpdating =
    ProcessInfo.processInfo.environment["RESIN_UPDATE_EXPECTED"] != nil

  /// Every text in `Models`, without its ending.
  static let models: [String] = {
    let files = FileManager.default.enumerator(atPath: packagePath("Models"))
    let texts = (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".resin") }
    return texts.filter { !$0.hasSuffix("blocks.resin") }.map { String($0.dropLast(6)) }.sorted()
  }()

  /// The lists in the file, by model.
  private static let expected: [String: [String]] = {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let sections = text.components(separatedBy: "\n\n").map {
      $0.split(separator: "\n").map(String.init)
    }
    return Dictionary(
      uniqueKeysWithValues: sections.compactMap { lines in
        lines.first.map { ($0, Array(lines.dropFirst())) }
      })
  }()

  /// Whether a network of images has layers that work on the features of each pixel or column, or
  /// means of channels that do not fill vectors.
  private static func changesLayouts(_ name: String) -> Bool {
    [
      "convnext/", "gan/", "vit/", "swin/", "yolo/", "mobile/mobilenet_v3", "mobile/mobilevit",
      "digits/generator/", "digits/sequence/", "digits/transformer/",
    ].contains { name.hasPrefix($0) }
  }

  private func plan(_ name: String) throws -> Plan {
    var graph = try packagedModel(name).withEqualParameters()
    optimize(&graph)
    return try Planning.plan(graph, for: Machine(.avx512))
  }

  @Test(arguments: models)
  func kernelsAreThePinned(_ name: String) throws {
    let plan = try plan(name)
    let list = plan.kernelList
    if !Self.isUpdating { #expect(list == Self.expected[name], "\(list)") }
    #expect(plan.memoryMistake() == nil)
    // Nothing is left that another step could do as it stores its result. Only a discriminator
    // without normalisation activates sums that its shortcuts read too.
    for lonely in ["relu", "sigmoid", "clip", "scale-shift"]
    where name != "gan/sngan_discriminator" {
      #expect(!list.contains { $0.hasSuffix(" \(lonely)") }, "\(lonely)")
    }
    // A dense block's layers each normalise all channels before them in another way, and a generator
    // begins with a linear layer, whose rows are no channels.
    if !name.hasPrefix("densenet/"), !name.hasSuffix("_generator") {
      #expect(!list.contains { $0.contains(/^\d+ scale-shift/) })
    }
    // Layouts change where a model begins and ends only, and between images and rows of features.
    for step in plan.steps where !Self.changesLayouts(name) {
      guard case .reorder = step.kernel else { continue }
      let isEdge = step.arguments.contains { location in
        switch location.base {
        case .input, .output: true
        case .weights, .workspace: false
        }
      }
      #expect(isEdge, "\(step.name)")
    }
  }

  @Test(.enabled(if: isUpdating, "not asked for"))
  func updateExpected() throws {
    let sections = try Self.models.map { name in
      try ([name] + plan(name).kernelList).joined(separator: "\n")
    }
    try (sections.joined(separator: "\n\n") + "\n").write(
      toFile: Self.path, atomically: true, encoding: .utf8)
  }

  /// Networks of any depth have the same workspace and as many kernels. Which ones depends on how
  /// many weights there are: those that come from memory every time make other algorithms cheap, and
  /// Winograd's may take a kernel more where it is cut in two.
  @Test(arguments: [
    ("cifar/resnet56", "cifar/resnet1202"),
    ("cifar/resnet56_projection", "cifar/resnet1202_projection"),
    ("preactivation/preresnet164", "preactivation/preresnet1001"),
    ("wide/wide_resnet50_2", "wide/wide_resnet101_2"),
  ])
  func depthCostsStepsOnly(_ shallow: String, _ deep: String) throws {
    let (shallow, deep) = (try plan(shallow), try plan(deep))
    #expect(deep.distinctKernels.count <= shallow.distinctKernels.count + 1)
    #expect(shallow.arenaBytes == deep.arenaBytes)
    #expect(shallow.steps.count < deep.steps.count)
  }
}

extension Plan {
  /// A line per kind of kernel in the order in which they first run: how many steps, what they
  /// compute, and what they do to the result before they store it. How a convolution is computed
  /// makes no difference.
  fileprivate var kernelList: [String] {
    var kinds: [String] = []
    var counts: [String: Int] = [:]
    for step in steps {
      guard let kind = step.kernel.kind else { continue }
      if counts[kind] == nil { kinds.append(kind) }
      counts[kind, default: 0] += 1
    }
    return kinds.map { "\(counts[$0] ?? 0) \($0)" }
  }
}

extension Kernel {
  /// The printed name without its numbers; nil for the first half of a convolution.
  fileprivate var kind: String? {
    let words = printedName.split(separator: " ").map(String.init)
    switch self {
    case .winogradInput: return nil
    case .convolution, .winogradProduct, .winogradBlocks, .strassen:
      return (["convolution"] + words.filter { $0.hasPrefix("+") || $0 == "and" }).joined(
        separator: " ")
    default:
      return words.filter { !$0.contains(where: \.isNumber) }.joined(separator: " ")
    }
  }
}
