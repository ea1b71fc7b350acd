import Foundation
import GraphIR
import Planning

/// The ES module through which a module of WebAssembly is used: what the model takes and gives, as
/// constants, then `Embedded/module.mjs`, and `Embedded/picture.mjs` where an input is made from pictures.
struct ModuleScript {
  private let contents: LibraryContents
  private let module: String

  /// - Parameter module: the name of the module's file.
  init(_ contents: LibraryContents, module: String) {
    self.contents = contents
    self.module = module
  }

  private var interface: ModelInterface { contents.interface }

  var text: String {
    """
    // \(cComment(interface.name)), compiled by Resin \(contents.manifest.resinVersion).
    //
    //     const net = await load();
    //     const y = net.run(x);

    const relaxed = \(interface.instructionSet.hasRelaxedMultiplyAdd);
    const module = () => new URL(\(string("./" + file)), import.meta.url);
    const name = \(string(interface.name));
    const inputs = \(list(interface.inputs.map { port($0, $0.takesPictures ? $0.preprocessing : nil) }));
    const outputs = \(list(zip(interface.outputs, contents.labels).map { port($0, $0.preprocessing, labels: $1) }));

    /** How the model was compiled. */
    export const manifest = {
      resin: \(string(contents.manifest.resinVersion)),
      llvm: \(string(contents.manifest.llvmVersion)),
      options: \(string(contents.manifest.options)),
      modelSHA256: \(string(contents.manifest.modelHash)),
      weightsSHA256: \(string(contents.manifest.weightsHash)),
    };

    """ + parts.map(\.text).joined()
  }

  /// What is the same for every model.
  private var parts: [EmbeddedSource] {
    let module = EmbeddedSource(name: "module.mjs", bytes: PackageResources.module_mjs)
    let picture = EmbeddedSource(name: "picture.mjs", bytes: PackageResources.picture_mjs)
    return interface.inputs.contains(where: \.takesPictures) ? [module, picture] : [module]
  }

  /// The module's name as part of a URL.
  private var file: String {
    let plain = CharacterSet(charactersIn: "-._~").union(.alphanumerics)
      .intersection(CharacterSet(charactersIn: Unicode.Scalar(0)..<Unicode.Scalar(128)))
    return module.addingPercentEncoding(withAllowedCharacters: plain) ?? module
  }

  private func port(
    _ port: ModelInterface.Port, _ clause: ImagePreprocessing?, labels: [String] = []
  ) -> String {
    var fields = [
      "name: \(string(port.name))", "type: \(string(port.type.element.nameInScripts))",
      "shape: [\(port.type.shape.map(String.init).joined(separator: ", "))]",
      "array: \(port.type.element.typedArray)",
    ]
    if let clause { fields.append("preprocessing: \(object(clause))") }
    if !labels.isEmpty {
      fields.append("labels: [\(labels.map(string).joined(separator: ", "))]")
    }
    return "{ \(fields.joined(separator: ", ")) }"
  }

  private func object(_ clause: ImagePreprocessing) -> String {
    func numbers(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ", ") }
    func pair(_ size: Pair) -> String { "[\(size.height), \(size.width)]" }
    let resize =
      switch clause.resize {
      case .shorterSide(let side): String(side)
      case .size(let size): pair(size)
      case nil: "null"
      }
    return "{ channels: \(string(clause.channels.rawValue)), resize: \(resize), "
      + "interpolation: \(string(clause.interpolation.rawValue)), "
      + "crop: \(clause.crop.map(pair) ?? "null"), scale: \(clause.scale), "
      + "mean: [\(numbers(clause.mean))], deviation: [\(numbers(clause.deviation))] }"
  }

  private func list(_ elements: [String]) -> String {
    elements.isEmpty ? "[]" : "[\n  \(elements.joined(separator: ",\n  ")),\n]"
  }

  /// A string literal of JavaScript.
  private func string(_ text: String) -> String {
    var literal = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'", "\\": literal += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x2028 || scalar.value == 0x2029:
        literal += "\\u{\(String(scalar.value, radix: 16))}"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "'"
  }
}

extension ElementType {
  /// The typed array of JavaScript that holds such elements.
  fileprivate var typedArray: String {
    switch self {
    case .float32: "Float32Array"
    case .int64: "BigInt64Array"
    case .int32: "Int32Array"
    case .int8: "Int8Array"
    case .uint8, .bool: "Uint8Array"
    }
  }

  /// The type as scripts see it.
  fileprivate var nameInScripts: String {
    switch self {
    case .float32: "float32"
    case .int64: "int64"
    case .int32: "int32"
    case .int8: "int8"
    case .uint8: "uint8"
    case .bool: "bool"
    }
  }
}
