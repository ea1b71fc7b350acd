import Artifacts
import Foundation
import Planning

/// How large a library is, beside the weights that it was compiled with.
public struct SizeSummary: Sendable {
  private let library: LibrarySize
  private let weightsFile: (name: String, bytes: Int)?
  private let weights: Int
  private let levels: Int
  private let goal: OptimizationGoal
  /// Bytes that a library grows by at least; with less, nothing gets smaller.
  private static let page = 4096

  /// Reads the sizes of files that were written.
  ///
  /// - Parameters:
  ///   - files: a library or an object, what lies beside it after it.
  ///   - source: the model that it was compiled from.
  ///   - levels: for how many levels of the CPU, each with weights of its own.
  ///   - goal: what it was optimised for.
  /// - Throws: where the first file is no library or object.
  public init(
    of files: [String], from source: ModelFile, levels: Int, goal: OptimizationGoal
  ) throws {
    library = try LibrarySize(path: files[0])
    weightsFile = try files.first { $0.hasSuffix(".weights") }.map { path in
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      return (URL(fileURLWithPath: path).lastPathComponent, size ?? 0)
    }
    weights = source.graph.constants.reduce(0) { $0 + source.graph[$1].type.byteCount }
    self.levels = levels
    self.goal = goal
  }

  /// One line: `130.60 MB for 46.80 MB of weights; --optimize size makes it smaller: weights 129.91 MB, code …`.
  public var text: String {
    let beside = weightsFile.map { " and \(LibrarySize.text(ofBytes: $0.bytes)) in \($0.name)" }
    return "\(LibrarySize.text(ofBytes: library.total))\(beside ?? "")"
      + " for \(LibrarySize.text(ofBytes: weights)) of weights"
      + (isLarge ? "; --optimize size makes it smaller" : "") + ": \(library.partsText)"
  }

  /// Whether weights are stored in forms that are much larger than they are, for speed.
  private var isLarge: Bool {
    let stored = library[.weights] + (weightsFile?.bytes ?? 0)
    return goal == .speed && stored > WeightGrowth.limit(of: weights * levels)
      && stored - weights * levels >= Self.page
  }
}
