import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Passes
import Planning
import TensorFiles

/// Computes values from the middle of a model, by the names they have in its file.
///
/// Each becomes an output before passes run, so that nothing is fused past it: what is computed is
/// the value that the model's author sees, at some cost in speed.
///
/// - Parameters:
///   - source: the model.
///   - nodes: the values to compute, in this order; nil for the inputs and all float values that an
///     output needs, in order of execution.
///   - inputs: gives the inputs of the model, for any number of images.
///   - options: what the user decides about the plan.
///   - threads: how many to run on.
/// - Returns: names and values; a value that reading gave no name of its own has one of ours.
/// - Throws: for a name that no value has, and where the model cannot be compiled or run.
public func intermediateValues(
  of source: ModelFile, nodes: [String]? = nil,
  inputs: ([ModelInterface.Port]) throws -> [Tensor],
  options: PlanningOptions = PlanningOptions(), threads: Int = 1
) throws -> [(name: String, value: Tensor)] {
  let names = try valueNames(of: source, nodes: nodes)
  let tensors = try inputs(source.inputPorts)
  let file = try source.fitting(tensors.map(\.type), values: names)
  var graph = file.graph
  for name in names {
    graph.addOutput(graph.unusedOutputName(name), graph.node(named: name)!)
  }
  let outputs = source.graph.outputs.count
  optimize(&graph)
  let compilation = try Compilation(file, optimised: graph, for: .native, options: options)
  let session = try Session(try compilation.model(), threads: threads)
  let interface = compilation.plan.interface
  let values = try interface.inChunks(tensors) { try session.run(inputs: $0) }
  return Array(zip(names, values.dropFirst(outputs)))
}

/// The names of values from the middle of a model.
///
/// - Parameters:
///   - source: the model.
///   - nodes: those that are wanted; nil for the inputs and all float values that an output needs, in
///     order of execution.
/// - Throws: for a name that no value has.
public func valueNames(of source: ModelFile, nodes: [String]? = nil) throws -> [String] {
  try nodes.map { try source.graph.namedValues(ofEveryType: true).checked($0, path: source.path) }
    ?? source.graph.namedValues()
}

/// Throws where values of these names cannot be written to a folder: to be asked before they are
/// computed.
public func checkValues(_ names: [String], to folder: String) throws {
  try checkOutputs(names.map(valueFileName), inFolder: folder)
}

/// Writes values as `.npy`, each into a file of its name.
///
/// - Parameters:
///   - values: what to write, by name.
///   - folder: made where it is not there.
/// - Returns: the files, written together or not at all, as is the folder.
public func writeValues(_ values: [(name: String, value: Tensor)], to folder: String) throws
  -> [String]
{
  let files = StagedFiles()
  try files.makeFolder(folder)
  let paths = try values.map { name, value in
    let path = folder + "/" + valueFileName(name)
    try writeNumpy(value, to: path, in: files)
    return path
  }
  try files.commit()
  return paths
}

/// The name of the file of a value: letters, digits, `.`, `_` and `-` stay, everything else becomes
/// `_`; a leading `.` does, too.
public func valueFileName(_ name: String) -> String {
  let clean = name.utf8.prefix(200).enumerated().map { index, byte -> Character in
    let scalar = Unicode.Scalar(byte)
    let isWord = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    return isWord || "_-".unicodeScalars.contains(scalar) || (scalar == "." && index > 0)
      ? Character(scalar) : "_"
  }
  return String(clean) + ".npy"
}

/// Compares values from the middle of a model with files of a folder, as another framework has
/// written them: for every value whose file is there.
///
/// - Returns: a difference per value, as layers, in order of execution.
/// - Throws: where no file belongs to a value, or one has another type.
public func verify(
  valuesOf source: ModelFile, withFilesOf folder: String, inputs: [Tensor],
  options: PlanningOptions = PlanningOptions(), threads: Int = 1
) throws -> Verification {
  let names = source.graph.namedValues().filter {
    FileManager.default.fileExists(atPath: folder + "/" + valueFileName($0))
  }
  guard !names.isEmpty else {
    throw DiagnosticError(
      "no file is named after a value of the model", at: .subject(folder),
      hint: "'resin run --dump' writes all of them under their names")
  }
  let values = try intermediateValues(
    of: source, nodes: names, inputs: { _ in inputs }, options: options, threads: threads)
  let differences = try values.map { name, value in
    let path = folder + "/" + valueFileName(name)
    let expected = try readNumpy(path: path)
    guard expected.shape == value.shape else {
      throw DiagnosticError(
        "expected the type of '\(name)', \(value.type), found \(expected.type)", at: .subject(path))
    }
    return Difference(
      name, value,
      expected: try expected.converted(to: value.element, of: path, for: "the value '\(name)'"),
      tolerance: Verification.tolerance(for: options.weightsFormat))
  }
  return Verification(
    reference: folder, outputs: [], layers: differences, weightsFormat: options.weightsFormat)
}

extension Graph {
  /// The names of the inputs and of all float values that outputs need, in order of execution; with
  /// those of integers and truth values where asked.
  fileprivate func namedValues(ofEveryType: Bool = false) -> [String] {
    var live = self
    live.removeDeadNodes()
    let computed = live.order.filter { ofEveryType || live[$0].type.element == .float32 }
    return (live.inputs.map(\.node) + computed).filter { live[$0].type.elementCount > 0 }
      .map { live[$0].name }
  }

  /// A name that no output has.
  fileprivate func unusedOutputName(_ wanted: String) -> String {
    var name = wanted
    while outputs.contains(where: { $0.name == name }) { name += "." }
    return name
  }
}

extension [String] {
  /// Names that a user gave, each of which must be one of these.
  fileprivate func checked(_ given: [String], path: String) throws -> [String] {
    for name in given where !contains(name) {
      throw DiagnosticError(
        "the model has no value '\(name)'", at: .subject(path),
        hint: hint(for: name))
    }
    return given
  }

  /// The values in the scope of a name, the names that it may be a slip for, or those that contain it.
  private func hint(for name: String) -> String {
    func some(_ names: [String], _ what: String) -> String {
      let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      return what + shown + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
    let inside = filter { $0.hasPrefix("\(name).") || $0.hasPrefix("\(name)/") }
    if !name.isEmpty, !inside.isEmpty { return some(inside, "in it are ") }
    if let nearest = nearestNamesHint(for: name, in: self) { return nearest }
    let alike = filter { $0.lowercased().contains(name.lowercased()) }
    return name.isEmpty || alike.isEmpty
      ? "'resin inspect --stage imported' prints all names" : some(alike, "there are ")
  }
}
