import Artifacts
import GraphIR
import LLVMKit
import ModelLanguage
import Planning

extension Compilation {
  /// What a library of this compilation says of how it was made.
  ///
  /// - Parameters:
  ///   - machines: what it has code for.
  ///   - sizes: the numbers of images and extents that it has code for.
  func manifest(
    machines: [Machine], sizes: CompiledSizes, _ mode: WeightsMode, _ form: LibraryForm
  ) -> LibraryManifest {
    LibraryManifest(
      resinVersion: resinVersion, llvmVersion: llvmVersion(),
      options: options.commandLine(machines: machines, sizes: sizes, mode)
        + (form == .freestanding ? " --freestanding" : "")
        + (plan.interface.name == source.graph.name ? "" : " --name \(plan.interface.name)"),
      modelHash: source.graph.textHash, weightsHash: source.graph.weightsHash)
  }
}

extension PlanningOptions {
  /// The options of `resin compile` that stand for these, defaults too.
  fileprivate func commandLine(
    machines: [Machine], sizes: CompiledSizes, _ mode: WeightsMode
  ) -> String {
    var words =
      machines[0].platform == .x86Linux ? [] : ["--target", machines[0].platform.rawValue]
    words += [
      "--cpu", machines.map(\.name).joined(separator: ","),
      "--batch", sizes.batches.map(String.init).joined(separator: ","),
      "--plan-threads", "\(threads)", "--optimize", goal.rawValue, "--weights-mode", mode.rawValue,
    ]
    if let other = machines[0].algorithmsOf { words += ["--algorithms-of", other] }
    for dimension in sizes.dimensions {
      let extents = dimension.extents.map(String.init).joined(separator: ",")
      words += ["--dim", "\(dimension.name)=\(extents)"]
    }
    if weightsFormat != .float32 { words += ["--weights-type", weightsFormat.rawValue] }
    if algorithms == [.direct] { words.append("--no-winograd") }
    for (name, choice) in overrides.sorted(by: { $0.key < $1.key }) {
      words += ["--algorithm", "\(name)=\(choice.algorithm.rawValue)"]
    }
    return words.joined(separator: " ")
  }
}

extension Graph {
  /// The SHA-256 sum of what `resin inspect --stage imported` prints.
  fileprivate var textHash: String {
    var sum = SHA256()
    sum.add(printModel(self))
    return sum.hexadecimal
  }

  /// The SHA-256 sum of all constants by name: for each its name, a space, its type, a line's end and
  /// its elements in little-endian order.
  fileprivate var weightsHash: String {
    var sum = SHA256()
    for id in constants.sorted(by: { self[$0].name < self[$1].name }) {
      guard let tensor = constantValue(of: id) else { continue }
      sum.add("\(self[id].name) \(self[id].type)\n")
      tensor.withBytes { sum.add($0) }
    }
    return sum.hexadecimal
  }
}
