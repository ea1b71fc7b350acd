import Foundation
import GraphIR
import ModelLanguage

/// The root of the package, found from where this file was compiled.
public let packageRoot: URL = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The path of a file in the package: `packagePath("Models/resnet/resnet50.resin")`.
public func packagePath(_ relative: String) -> String {
  packageRoot.appendingPathComponent(relative).path
}

/// The path of a file of the shared data beside the package, or nil where it is absent.
public func sharedDataPath(_ relative: String) -> String? {
  let path = packageRoot.deletingLastPathComponent()
    .appendingPathComponent("shared/data").appendingPathComponent(relative).path
  return FileManager.default.fileExists(atPath: path) ? path : nil
}

/// The graph of a model's text; the text may leave out the line `model`.
public func model(_ text: String, options: ModelOptions = ModelOptions()) throws -> Graph {
  let isWhole = text.split(separator: "\n").contains { $0.hasPrefix("model ") }
  return try parseModel(text: isWhole ? text : "model test\n" + text, options: options)
}

/// The graph of a model in the package's folder `Models`.
public func packagedModel(_ name: String, options: ModelOptions = ModelOptions()) throws -> Graph {
  try parseModel(file: packagePath("Models/\(name).resin"), options: options)
}
