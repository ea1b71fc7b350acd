import Artifacts
import Diagnostics
import Foundation
import GraphIR
import ModelLanguage
import ONNXImport
import TensorFiles

/// Where the weights of a model's text come from.
public enum WeightsChoice: Sendable, Equatable {
  /// The file beside the text that has its name and ends in `.safetensors`, if there is one.
  case beside
  /// A file of weights: safetensors, the initializers of an ONNX model, or a checkpoint of
  /// PyTorch, whose tensors lie under `key` where it holds several dictionaries of them. `prefix`
  /// is what stands before the parameters' names; where nil it is found.
  case file(String, key: String? = nil, prefix: String? = nil)
  /// Numbers that a seed determines; docs/weights.md defines them.
  case random(seed: UInt64)
}

/// A model as it was read: a graph in the form of its file, with weights.
public struct ModelFile: Sendable {
  /// The model's file.
  public let path: String
  /// What it computes, as the file says it.
  public let graph: Graph
  /// Per output, the labels of a classifier; empty where the model names none.
  public let labels: [[String]]
  /// Whether all parameters have values.
  public let hasWeights: Bool
  /// What was found to stand before the names of the parameters in the file of weights; empty where
  /// nothing does, or it was asked for.
  public let foundPrefix: String
  /// What a text says that is no mistake and yet may not be meant, such as an input that nothing uses.
  public let warnings: [Diagnostic]
  /// Images per run, for a model that leaves it open.
  let batch: Int
  /// Reads the model for another number of images.
  let reread: @Sendable (_ batch: Int) throws -> ModelFile
  /// Reads the graph alone, without weights that lie in another file.
  let readShapes: @Sendable (_ batch: Int) throws -> Graph
  /// The ports that hold images, where somebody has looked for them.
  var imagePorts: ImagePorts?

  /// The largest number of images per run that is accepted.
  public static let maximumBatch = 65536

  /// Reads a `.resin` or `.onnx` file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - batch: images per run, for models that leave it open.
  ///   - dimensions: extents of other axes that the model leaves open, by name.
  ///   - weights: for `.resin`; an `.onnx` file has its own.
  ///   - parameters: values of the text's parameters in place of their defaults.
  ///   - outputs: the outputs to keep, in this order, with what they need and nothing else; all of
  ///     them where nil. Weights may hold tensors for the others or not.
  ///   - without: residual blocks by name, in whose place their shortcuts are computed.
  /// - Throws: what is wrong with the model, its weights or its labels.
  public init(
    path: String, batch: Int = 1, dimensions: [String: Int] = [:],
    weights: WeightsChoice = .beside, parameters: [String: Int] = [:], outputs: [String]? = nil,
    without: [String] = []
  ) throws {
    guard (1...Self.maximumBatch).contains(batch) else {
      throw DiagnosticError(
        "cannot compile for a batch of \(batch) images",
        hint: "give a number from 1 to \(Self.maximumBatch)")
    }
    self.path = path
    self.batch = batch
    reread = {
      try ModelFile(
        path: path, batch: $0, dimensions: dimensions, weights: weights, parameters: parameters,
        outputs: outputs, without: without)
    }
    readShapes = { batch in
      var graph =
        try URL(fileURLWithPath: path).pathExtension.lowercased() == "resin"
        ? parseModel(
          file: path,
          options: ModelOptions(batch: batch, dimensions: dimensions, parameters: parameters))
        : importONNX(path: path, options: ONNXOptions(batch: batch, dimensions: dimensions))
      try graph.restrict(to: outputs, without: without, path: path)
      return graph
    }
    var graph: Graph
    var warnings: [Diagnostic] = []
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "resin":
      graph = try parseModel(
        file: path,
        options: ModelOptions(batch: batch, dimensions: dimensions, parameters: parameters),
        noting: FileUses.noteInput, warn: { warnings.append($0) })
      let known = graph.parameterNames
      try graph.restrict(to: outputs, without: without, path: path)
      (hasWeights, foundPrefix) = try Self.bind(weights, to: &graph, known: known, path: path)
    case "onnx":
      guard weights == .beside else {
        throw DiagnosticError(
          "an ONNX file has its own weights", at: .subject(path),
          hint: "leave out --weights and --random-weights")
      }
      guard parameters.isEmpty else {
        throw DiagnosticError(
          "an ONNX file has no parameters to set", at: .subject(path), hint: "leave out --set")
      }
      graph = try importONNX(path: path, options: ONNXOptions(batch: batch, dimensions: dimensions))
      try graph.restrict(to: outputs, without: without, path: path)
      graph.name = Self.identifier(from: graph.name)
      (hasWeights, foundPrefix) = (true, "")
    default:
      throw Self.isNone(path)
    }
    let isChanged = !parameters.isEmpty
    labels = try graph.outputs.map {
      try Self.labels(of: $0, in: graph, path: path, isChanged: isChanged)
    }
    self.graph = graph
    self.warnings = warnings
  }

  /// What is wrong with a file that is given for a model and is none.
  private static func isNone(_ path: String) -> DiagnosticError {
    guard !isLibrary(path) else {
      return DiagnosticError(
        "this is a library, where a model is expected", at: .subject(path),
        hint: "give the .resin or .onnx file that it was compiled from; a library can be given to "
          + "'resin run', 'resin bench' and 'resin inspect'")
    }
    guard !isFolder(path) else {
      return DiagnosticError(
        "is a folder, no model", at: .subject(path), hint: "give a .resin or .onnx file")
    }
    let hint: String? =
      switch URL(fileURLWithPath: path).pathExtension.lowercased() {
      case "safetensors", "pth", "pt", "ckpt", "bin":
        "give weights with --weights, beside a .resin file"
      case "wasm": "a module of WebAssembly runs in browsers and Node"
      default: nil
      }
    return DiagnosticError(
      "no model: its name ends neither in '.resin' nor in '.onnx'", at: .subject(path), hint: hint)
  }

  /// The file of weights that belongs to a model's text unless another is given.
  static func weightsBeside(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().relativePath + ".safetensors"
  }

  private static func bind(
    _ weights: WeightsChoice, to graph: inout Graph, known: Set<String>, path: String
  ) throws -> (hasWeights: Bool, foundPrefix: String) {
    let wanted = graph.parameterNames
    var found = WeightsPrefix.none
    switch weights {
    case .file(let file, let key, let given):
      let source = try openWeightSource(file, key: key, parameters: wanted)
      // An ONNX model has shapes and axes among its tensors, and other layers under other names.
      let isONNX = source is ONNXWeights
      if given == nil {
        found = try WeightsPrefix(of: wanted, in: source, passingOverOthers: isONNX)
      }
      let prefix = try given.map { try WeightsPrefix($0, in: source) } ?? found
      let more = isONNX ? source.names.map { String($0.dropFirst(prefix.text.count)) } : []
      try bindWeights(&graph, from: source, passingOver: known.union(more), prefix: prefix)
    case .random(let seed): randomWeights(for: &graph, seed: seed)
    case .beside:
      let file = weightsBeside(path)
      guard !wanted.isEmpty else { return (true, "") }
      guard FileManager.default.fileExists(atPath: file) else { return (false, "") }
      let source = try SafetensorsFile(path: file)
      found = try WeightsPrefix(of: wanted, in: source)
      try bindWeights(&graph, from: source, passingOver: known, prefix: found)
    }
    return (true, found.text)
  }

  /// The identifier of C that is nearest to a name: functions of a library are named after it.
  private static func identifier(from name: String) -> String {
    let clean = name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? Character(scalar) : "_"
    }
    let text = String(clean)
    return text.first?.isLetter == true && !text.hasPrefix("resin") ? text : "model_\(text)"
  }

  /// The labels that a text names are for the classes that it has: where other values of its
  /// parameters give it another number of classes, it has none.
  private static func labels(
    of output: GraphOutput, in graph: Graph, path: String, isChanged: Bool
  ) throws -> [String] {
    guard let name = output.labels else { return [] }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let file = name.hasPrefix("/") ? name : folder.appendingPathComponent(name).relativePath
    let classes = graph[output.node].type.classes
    guard isChanged else { return try readLabels(file, classes: classes) }
    let labels = try readLabels(file, classes: nil)
    return classes == nil || labels.count == classes ? labels : []
  }
}

extension TensorType {
  /// How many classes an output of this type has scores for; nil for integers, which are classes.
  public var classes: Int? { element == .float32 ? shape.last : nil }
}

extension Graph {
  /// The names of all parameters.
  fileprivate var parameterNames: Set<String> {
    Set(constants.filter { self[$0].operation == .parameter }.map { self[$0].name })
  }

  /// Keeps some outputs and what they need, and leaves residual blocks out.
  fileprivate mutating func restrict(
    to names: [String]?, without blocks: [String], path: String
  ) throws(DiagnosticError) {
    if let names { try restrict(to: names, path: path) }
    try removeResidualBlocks(blocks, path: path)
  }

  /// Keeps the outputs of these names, in this order, and what they need.
  private mutating func restrict(to names: [String], path: String) throws(DiagnosticError) {
    let known = outputs.map(\.name)
    for (index, name) in names.enumerated() {
      guard known.contains(name) else {
        throw DiagnosticError(
          "the model has no output '\(name)'", at: .subject(path),
          hint: "its outputs are \(known.joined(separator: ", "))")
      }
      guard !names[..<index].contains(name) else {
        throw DiagnosticError("the output '\(name)' is asked for twice", at: .subject(path))
      }
    }
    guard !names.isEmpty else {
      throw DiagnosticError(
        "no output is asked for", at: .subject(path),
        hint: "its outputs are \(known.joined(separator: ", "))")
    }
    keepOutputs(names)
    removeDeadNodes()
  }
}

/// Reads a file with one label per line.
///
/// - Parameters:
///   - path: the file.
///   - classes: how many there must be; any number where nil.
/// - Throws: where the file cannot be read as UTF-8 or has another number of lines.
public func readLabels(_ path: String, classes: Int?) throws -> [String] {
  let file = try MappedFile(path: path)
  let contents = withExtendedLifetime(file) {
    file.bytes.count <= 64 << 20 ? String(validating: file.bytes, as: UTF8.self) : nil
  }
  guard let text = contents?.trimmingPrefix("\u{feff}") else {
    throw DiagnosticError("no list of labels: it is not text in UTF-8", at: .subject(path))
  }
  var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map {
    $0.trimmingCharacters(in: .whitespaces)
  }
  while lines.last == "" { lines.removeLast() }
  if let classes, lines.count != classes {
    throw DiagnosticError(
      "\(quantity(lines.count, "label")) for \(quantity(classes, "class", "classes"))",
      at: .subject(path),
      hint: "write one label per line")
  }
  return lines
}
