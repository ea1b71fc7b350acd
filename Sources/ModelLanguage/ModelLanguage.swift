import Diagnostics
import GraphIR

/// What a model's text leaves open.
public struct ModelOptions: Sendable {
  /// The extent that the symbol `N` stands for: images per call.
  public var batch: Int
  /// Extents of the other names in the types of inputs: of symbols, and of parameters in place of
  /// their defaults.
  public var dimensions: [String: Int]
  /// Values for the model's integer parameters in place of their defaults.
  public var parameters: [String: Int]

  /// Creates options; batch 1 and the model's defaults where nothing is given.
  public init(batch: Int = 1, dimensions: [String: Int] = [:], parameters: [String: Int] = [:]) {
    self.batch = batch
    self.dimensions = dimensions
    self.parameters = parameters
  }
}

/// Reads a model's text and the files it imports, and expands it to a graph.
///
/// - Parameters:
///   - path: the file; imports are relative to the file that imports.
///   - note: is told every file that is read.
///   - warn: is told what is no mistake and yet may not be meant, such as an input that nothing uses.
/// - Throws: `DiagnosticError` with the mistakes found, in the order of the text.
public func parseModel(
  file path: String, options: ModelOptions = ModelOptions(),
  noting note: @escaping (String) -> Void = { _ in }, warn: (Diagnostic) -> Void = { _ in }
) throws(DiagnosticError) -> Graph {
  func read(_ path: String) throws(DiagnosticError) -> String {
    let text = try readText(path)
    note(path)
    return text
  }
  let text = try read(path)
  return try parseModel(text: text, path: path, options: options, importLoader: read, warn: warn)
}

/// Expands the text of a model to a graph.
///
/// - Parameters:
///   - path: the path to show in messages, to which imports are relative.
///   - importLoader: gives the text of an imported file; by default there are none.
///   - warn: is told what is no mistake and yet may not be meant.
/// - Throws: `DiagnosticError` with the mistakes found, in the order of the text.
public func parseModel(
  text: String, path: String = "<text>", options: ModelOptions = ModelOptions(),
  importLoader: @escaping (String) throws(DiagnosticError) -> String = noImports,
  warn: (Diagnostic) -> Void = { _ in }
) throws(DiagnosticError) -> Graph {
  var loader = ImportLoader(load: importLoader)
  let (main, blocks) = try loader.load(SourceFile(path: path, text: text))
  guard let model = main.model else {
    throw DiagnosticError(
      "the file has no model", at: .subject(path), hint: "begin it with 'model' and a name")
  }
  let elaborator = Elaborator(model: model, blocks: blocks, options: options)
  let (graph, warnings) = try elaborator.elaborate(main)
  warnings.forEach(warn)
  return graph
}

/// An import loader for texts that stand alone.
public func noImports(_ path: String) throws(DiagnosticError) -> String {
  throw DiagnosticError("there is no file '\(path)'")
}
