import Artifacts
import Diagnostics

/// A number of images and extents of named axes that a model is read for.
public struct CompiledSize: Sendable, Equatable {
  /// Images per run.
  public var batch: Int
  /// Extents of the axes that the model leaves open, by name.
  public var extents: [String: Int]

  /// Creates a size.
  public init(batch: Int = 1, extents: [String: Int] = [:]) {
    self.batch = batch
    self.extents = extents
  }
}

/// All numbers of images and extents that one library is compiled for.
public struct CompiledSizes: Sendable {
  /// Images per run.
  public let batches: [Int]
  /// The axes with several extents, in the order that callers give them in.
  public let dimensions: [LibraryDimension]
  private let fixed: [String: Int]

  /// The most combinations of numbers of images and extents: each has code of its own.
  public static let maximumCount = 64

  /// Creates sizes: every combination of the numbers of images and of an extent of each axis.
  ///
  /// - Throws: where there are too many.
  public init(batches: [Int] = [1], dimensions: [LibraryDimension] = []) throws {
    self.batches = batches
    self.dimensions = dimensions.filter { $0.extents.count > 1 }
    fixed = Dictionary(
      uniqueKeysWithValues: dimensions.filter { $0.extents.count == 1 }.map {
        ($0.name, $0.extents[0])
      })
    var count = 0.0 + Double(batches.count)
    for dimension in self.dimensions { count *= Double(dimension.extents.count) }
    guard count <= Double(Self.maximumCount) else {
      throw DiagnosticError(
        "--batch and --dim make \(Int(min(count, 1e9))) combinations of sizes",
        hint: "one library has code for at most \(Self.maximumCount)")
    }
  }

  /// Every combination of extents, the last axis' changing first; one where there is one size.
  var combinations: [[Int]] { dimensions.combinations }

  /// A number of images with a combination of extents.
  func size(batch: Int, _ extents: [Int]) -> CompiledSize {
    let chosen = zip(dimensions, extents).map { ($0.name, $1) }
    return CompiledSize(batch: batch, extents: fixed.merging(chosen) { $1 })
  }

  /// Whether there is one combination only.
  public var isOne: Bool { batches.count == 1 && dimensions.isEmpty }

  /// The first of all, which says how weights are packed.
  public var first: CompiledSize { size(batch: batches[0], combinations[0]) }

  /// Reads or compiles something for a size; what it throws says for which.
  public func noting<Result>(_ size: CompiledSize, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DiagnosticError where !dimensions.isEmpty {
      let extents = dimensions.map { "\($0.name)=\(size.extents[$0.name] ?? 0)" }
      let words = (batches.count > 1 ? ["batch=\(size.batch)"] : []) + extents
      var diagnostics = error.diagnostics
      diagnostics[diagnostics.count - 1].notes.append(
        Diagnostic("this is with \(words.joined(separator: ", "))", severity: .note))
      throw DiagnosticError(diagnostics)
    }
  }
}
