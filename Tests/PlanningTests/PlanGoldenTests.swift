import Foundation
import GraphIR
import Passes
import Planning
import TestSupport
import Testing

/// How every model's text is computed on every instruction set, on one thread and on two: algorithm,
/// register tile, chunks of weights, tasks, scratch and arena, pinned in
/// `Goldens/plans/INSTRUCTION-SET.txt`. A change of the cost model shows there as a short difference.
///
///     resnet/resnet18: weights 61.1 MB, arena 3.21 MB, 2 threads 3.21 MB
///       4 winograd F(4,3) 64→64 @56×56 +relu: 6t×2v transformed together, 14 tasks, scratch 430080
///
/// A line per distinct kernel in the order in which they first run; what two threads change stands
/// behind it, and kernels of two threads alone follow. `RESIN_UPDATE_EXPECTED=1 swift test -c release
/// --filter PlanGoldenTests` writes the files anew; review the difference.
@Suite struct PlanGoldenTests {
  private static let isUpdating =
    ProcessInfo.processInfo.environment["RESIN_UPDATE_EXPECTED"] != nil

  private static func path(_ set: InstructionSet) -> String {
    packagePath("Tests/PlanningTests/Goldens/plans/\(set.rawValue).txt")
  }

  /// The sections of the files, by instruction set and model.
  private static let expected: [InstructionSet: [String: String]] = {
    var result: [InstructionSet: [String: String]] = [:]
    for set in InstructionSet.vectorUnits {
      let text = (try? String(contentsOfFile: path(set), encoding: .utf8)) ?? ""
      for section in text.components(separatedBy: "\n\n") {
        let model = section.prefix { $0 != ":" }
        result[set, default: [:]][String(model)] = section.trimmingCharacters(in: .newlines)
      }
    }
    return result
  }()

  /// The section of a model for each instruction set.
  private func sections(_ name: String) throws -> [InstructionSet: String] {
    var graph = try packagedModel(name).withEqualParameters()
    optimize(&graph)
    var result: [InstructionSet: String] = [:]
    for set in InstructionSet.vectorUnits {
      let plans = try [1, 2].map {
        try plan(graph, for: Machine(set), options: PlanningOptions(threads: $0))
      }
      result[set] = "\(name): \(PlanSummary(plans[0]).text(beside: PlanSummary(plans[1])))"
    }
    return result
  }

  @Test(.enabled(if: !isUpdating, "writing them"), arguments: KernelListTests.models)
  func plansAreThePinned(_ name: String) throws {
    for (set, section) in try sections(name) {
      let wanted = Self.expected[set]?[name]
      #expect(section == wanted, "\(set.rawValue)")
    }
  }

  /// The table of sizes in docs/command-line.md.
  @Test(arguments: [
    ("ResNet-50", "resnet/resnet50"), ("ResNet-18", "resnet/resnet18"),
    ("ResNet-20 for CIFAR-10", "cifar/resnet20"),
  ])
  func sizesAreTheDocumented(_ title: String, _ name: String) throws {
    let graph = try packagedModel(name).withEqualParameters()
    let plain = graph.constants.reduce(0) { $0 + graph[$1].type.byteCount }
    let cells = try InstructionSet.vectorUnits.sorted { $0.lanes < $1.lanes }.map { set in
      let section = try #require(Self.expected[set]?[name])
      let megabytes = try #require(section.firstMatch(of: /: weights ([0-9.]+) MB/)).1
      return String(format: "%.1f", try #require(Double(megabytes)) * 1e6 / Double(plain))
    }
    let page = try String(
      contentsOfFile: packagePath("docs/command-line.md"), encoding: .utf8)
    #expect(page.contains("| \(title) | \(cells.joined(separator: " | ")) |"))
  }

  @Test(.enabled(if: isUpdating, "not asked for"))
  func updateExpected() throws {
    var texts: [InstructionSet: [String]] = [:]
    for name in KernelListTests.models {
      for (set, section) in try sections(name) { texts[set, default: []].append(section) }
    }
    for (set, sections) in texts {
      let path = Self.path(set)
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try (sections.joined(separator: "\n\n") + "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
    }
  }
}

/// What is pinned of a plan.
private struct PlanSummary {
  let weights: Int
  let arena: Int
  /// Names of kernels in the order in which they first run, how many steps are of each, and how they
  /// are computed: layers of one name may differ.
  var names: [String] = []
  var counts: [String: Int] = [:]
  var ways: [String: [String]] = [:]

  init(_ plan: Plan) {
    (weights, arena) = (plan.weightBytes, plan.arenaBytes)
    for step in plan.steps.flatMap({ $0.parts.isEmpty ? [$0] : $0.parts }) {
      let (name, way) = (step.kernel.printedName, step.kernel.way)
      if counts[name] == nil { names.append(name) }
      counts[name, default: 0] += 1
      if ways[name]?.contains(way) != true { ways[name, default: []].append(way) }
    }
  }

  func text(beside other: PlanSummary) -> String {
    func bytes(_ number: Int) -> String {
      number >= 1 << 20
        ? String(format: "%.2f MB", Double(number) / 1e6)
        : String(format: "%.1f KB", Double(number) / 1e3)
    }
    func line(_ name: String, _ summary: PlanSummary) -> String {
      "\(summary.counts[name]!) \(name): " + summary.ways[name]!.joined(separator: " or ")
    }
    var lines = ["weights \(bytes(weights)), arena \(bytes(arena))"]
    if (other.weights, other.arena) != (weights, arena) {
      lines[0] += "; 2 threads: weights \(bytes(other.weights)), arena \(bytes(other.arena))"
    }
    for name in names {
      var text = line(name, self)
      if other.counts[name] == nil {
        text += "; 1 thread only"
      } else if line(name, other) != text {
        let count = other.counts[name]! == counts[name]! ? "" : "\(other.counts[name]!), "
        text += "; 2 threads: \(count)" + other.ways[name]!.joined(separator: " or ")
      }
      lines.append(text)
    }
    for name in other.names where counts[name] == nil {
      lines.append(line(name, other) + "; 2 threads only")
    }
    return lines.joined(separator: "\n  ")
  }
}

extension Kernel {
  /// The register tile, the split into tasks and the bytes that each holds.
  fileprivate var way: String {
    let held = scratch.map { ", scratch \($0.bytes)" } ?? ""
    guard case .convolution(let kernel) = self else { return printedTiles + held }
    return "\(printedTiles) of \(kernel.rowsPerTask) rows × \(kernel.panelsPerTask) panels\(held)"
  }
}
