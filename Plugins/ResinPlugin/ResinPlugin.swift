import Foundation
import PackagePlugin

/// Compiles the models of a target, `NAME.resin` and `NAME.onnx`: each becomes a library, which is a resource
/// of the target, and a Swift file with the struct that loads it. docs/swift.md describes it.
@main struct ResinPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let files = target.sourceModule?.sourceFiles.map(\.url) else { return [] }
    let models = files.filter(Self.isModel).sorted { $0.path < $1.path }
    guard !models.isEmpty else { return [] }
    let program = try Self.program()
    let others = files.filter { $0.pathExtension != "swift" }
    var names: Set<String> = []
    return try models.map { model in
      let name = Self.name(of: model)
      guard names.insert(name).inserted else {
        throw Failure("two models of the target '\(target.name)' are called '\(name)'")
      }
      let library = context.pluginWorkDirectoryURL.appending(path: "lib\(name).so")
      let source = context.pluginWorkDirectoryURL.appending(path: "\(name).swift")
      return .buildCommand(
        displayName: "Compiling the model \(model.lastPathComponent)", executable: program,
        arguments: try ["compile", model.path, "--name", name, "--package", "swift"]
          + Self.options(for: model, among: others) + ["-o", library.path],
        inputFiles: [program] + Self.inputs(of: model, among: others, models: models),
        outputFiles: [library, source])
    }
  }

  /// Whether a file is a model, and not blocks that models import.
  private static func isModel(_ file: URL) -> Bool {
    switch file.pathExtension {
    case "onnx": true
    case "resin":
      (try? String(contentsOf: file, encoding: .utf8))?
        .contains(/^\s*model\s/.anchorsMatchLineEndings()) ?? false
    default: false
    }
  }

  /// What the library, its functions and the struct are called after: the file's name, as an identifier.
  private static func name(of model: URL) -> String {
    let stem = model.deletingPathExtension().lastPathComponent
    return String(stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// The words of `NAME.options` beside a model: options of `resin compile`.
  private static func options(for model: URL, among files: [URL]) throws -> [String] {
    let place = model.deletingPathExtension().appendingPathExtension("options").path
    guard let file = files.first(where: { $0.path == place }) else { return [] }
    return try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isWhitespace)
      .map(String.init)
  }

  /// What a library is made of: the model, texts and weights, labels and whatever else lies in the target, but
  /// for what belongs to another model by its name.
  private static func inputs(of model: URL, among files: [URL], models: [URL]) -> [URL] {
    let stems = models.filter { $0 != model }.map { $0.deletingPathExtension().path + "." }
    return files.filter { file in
      file.pathExtension == "resin" || !stems.contains { file.path.hasPrefix($0) }
    }
  }

  /// The program: that which the variable RESIN names, else `resin` on the path.
  private static func program() throws -> URL {
    let environment = ProcessInfo.processInfo.environment
    let named = environment["RESIN"].map { [$0] }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let places = named ?? folders.map { "\($0)/resin" }
    guard let place = places.first(where: FileManager.default.isExecutableFile) else {
      throw Failure(
        named == nil
          ? "there is no program 'resin' on the PATH: install it (make install), or name it by the variable RESIN"
          : "RESIN names no program: \(places[0])")
    }
    return URL(filePath: place)
  }
}

/// A message for whoever builds the package.
private struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
