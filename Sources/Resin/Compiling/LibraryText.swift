import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

extension LibrarySize {
  /// The size with its parts, largest first, in one line:
  /// `1.16 MB: weights 1.09 MB, code 49.0 kB, …`.
  public var text: String { "\(Self.text(ofBytes: total)): \(partsText)" }

  /// The parts, largest first: `weights 1.09 MB, code 49.0 kB, …`.
  var partsText: String {
    let parts = Part.allCases.enumerated().sorted {
      (self[$1.element], $0.offset) < (self[$0.element], $1.offset)
    }
    return parts.map { "\($0.element.rawValue) \(Self.text(ofBytes: self[$0.element]))" }
      .joined(separator: ", ")
  }

  /// A number of bytes with its unit.
  static func text(ofBytes bytes: Int) -> String {
    bytes < 1_000_000
      ? String(format: "%.1f kB", Double(bytes) / 1e3)
      : String(format: "%.2f MB", Double(bytes) / 1e6)
  }
}

extension Compilation {
  /// The size of the module of WebAssembly that was written of this compilation:
  /// `0.38 MB: weights 344.1 kB, code and tables 38.0 kB`.
  public func moduleSizeText(_ path: String) throws -> String {
    let total = try MappedFile(path: path, as: .output).bytes.count
    let weights = plan.interface.weightsBytes
    return "\(LibrarySize.text(ofBytes: total)): weights \(LibrarySize.text(ofBytes: weights)), "
      + "code and tables \(LibrarySize.text(ofBytes: total - weights))"
  }
}

/// What a compiled library says of itself, and how large its parts are.
///
/// - Throws: where it is no library for this machine.
public func libraryText(_ path: String) throws -> String {
  let library = try LoadedLibrary(path: path)
  let interface = library.interface
  var rows = [
    ["model", interface.name],
    ["level", library.levels.map(\.rawValue).joined(separator: ", ")],
  ]
  if !library.batches.isEmpty {
    rows.append(["batches", library.batches.map(String.init).joined(separator: ", ")])
  }
  rows += library.dimensions.map { ["sizes", "\($0.name) \($0.list)"] }
  rows.append(["images", interface.imagesPerRun == nil ? "together" : "each by itself"])
  rows += interface.inputs.map { ["input", "\($0.name): \($0.type)"] }
  rows += zip(interface.outputs, library.labels).map { port, labels in
    [
      "output",
      "\(port.name): \(port.type)" + (labels.isEmpty ? "" : ", \(quantity(labels.count, "label"))"),
    ]
  }
  func megabytes(_ bytes: Int) -> String { String(format: "%.2f MB", Double(bytes) / 1e6) }
  rows += [
    ["steps", "\(interface.stepCount)"], ["workspace", megabytes(interface.workspaceBytes)],
    [
      "weights",
      megabytes(interface.weightsBytes) + (library.weightsFile.map { " in \($0)" } ?? ""),
    ],
    ["file", try LibrarySize(path: path).text],
    ["resin", library.manifest.resinVersion], ["llvm", library.manifest.llvmVersion],
    ["options", library.manifest.options], ["model sha256", library.manifest.modelHash],
    ["weights sha256", library.manifest.weightsHash],
  ]
  return alignedTable(rows)
}
