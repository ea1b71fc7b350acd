import Artifacts
import Diagnostics
import GraphIR
import Planning
import Resin
import TestSupport
import Testing

@Suite struct LibraryTextTests {
  /// ResNet-32 has 1.9 MB of weights; with less than 1.1, the code around them is over a twentieth.
  @Test func optimisedForSizeALibraryIsHardlyLargerThanItsWeights() throws {
    let folder = try ScratchFolder()
    let file = try ModelFile(
      path: packagePath("Models/cifar/resnet32.resin"), weights: .random(seed: 1))
    let parameters = file.graph.constants.reduce(0) { $0 + file.graph[$1].type.byteCount }
    var sizes: [OptimizationGoal: LibrarySize] = [:]
    for goal in OptimizationGoal.allCases {
      let path = folder.path("\(goal.rawValue).so")
      _ = try Compilation(file, options: PlanningOptions(goal: goal)).write(.library, to: path)
      sizes[goal] = try LibrarySize(path: path)
    }
    let (small, fast) = (try #require(sizes[.size]), try #require(sizes[.speed]))
    #expect(Double(small.total) <= 1.05 * Double(parameters))
    #expect(fast[.weights] > small[.weights])
    #expect(small[.weights] > parameters * 9 / 10)
  }

  /// 3×3 convolutions by Winograd's algorithm have weights up to four times as large.
  @Test(arguments: [WeightsMode.embedded, .separate])
  func theSizeIsSaidBesideTheWeights(mode: WeightsMode) throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin",
      "model m\ninput x: f32[N, 64, 32, 32]\noutput y = conv2d(x, 64, kernel: 3, padding: 1)")
    let file = try ModelFile(path: path, weights: .random(seed: 1))
    for goal in OptimizationGoal.allCases {
      let files = try Compilation(file, options: PlanningOptions(goal: goal))
        .write(.library, weights: mode, to: folder.path("\(goal.rawValue).so"))
      let text = try SizeSummary(of: files, from: file, levels: 1, goal: goal).text
      let advice = goal == .speed ? "; --optimize size makes it smaller" : ""
      #expect(text.contains(" for 147.5 kB of weights\(advice): "), "\(text)")
      #expect(text.contains(" in \(goal.rawValue).weights for") == (mode == .separate), "\(text)")
      #expect(text.contains("code "))
      let ofTwo = try SizeSummary(of: files, from: file, levels: 4, goal: goal).text
      #expect(!ofTwo.contains("--optimize"))
    }
  }

  /// Sections begin where a line of cache does, which is no growth.
  @Test func noSmallerFormIsNamedWhereThereAreNoWeights() throws {
    let folder = try ScratchFolder()
    let path = try folder.write("m.resin", "model m\ninput x: f32[2, 3]\noutput y = relu(x)")
    let file = try ModelFile(path: path)
    let files = try Compilation(file).write(.library, to: folder.path("m.so"))
    let text = try SizeSummary(of: files, from: file, levels: 1, goal: .speed).text
    #expect(text.contains(" for 0.0 kB of weights: "), "\(text)")
  }

  @Test func aLibraryIsDescribedWithItsParts() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin", "model m\ninput x: f32[2, 3]\ny = linear(x, 4)\noutput y")
    let file = try ModelFile(path: path, weights: .random(seed: 1))
    _ = try Compilation(file).write(.library, to: folder.path("m.so"))
    let text = try libraryText(folder.path("m.so"))
    let rows = text.split(separator: "\n").map {
      $0.split(separator: " ", maxSplits: 1).map { $0.trimmingPrefix(" ") }.map(String.init)
    }
    #expect(
      rows.compactMap(\.first) == [
        "model", "level", "images", "input", "output", "steps", "workspace", "weights", "file",
        "resin", "llvm", "options", "model", "weights",
      ])
    #expect(rows[2].last?.contains("each by itself") == true)
    #expect(rows[3].last?.contains("x: f32[2, 3]") == true)
    for part in LibrarySize.Part.allCases {
      #expect(rows[8].last?.contains("\(part.rawValue) ") == true)
    }
    #expect(throws: DiagnosticError.self) { try libraryText(path) }
  }
}
