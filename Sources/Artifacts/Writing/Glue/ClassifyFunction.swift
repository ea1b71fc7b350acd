import GraphIR
import Planning

/// `NAME_classify`, the function of a library that goes from a picture to its best classes: there where the
/// only input is made from pictures and an output is a list of classes.
struct ClassifyFunction {
  private let header: Header
  private let contents: LibraryContents
  private let name: String
  /// The number of the output that has the classes, and how many there are.
  let output: Int
  let classes: Int

  /// Creates it; nil where the library has none.
  init?(_ header: Header) {
    let contents = header.contents
    guard contents.form != .freestanding, contents.interface.inputs.count == 1,
      let variant = Self.variants(of: contents).first, variant.interface.inputs[0].takesPictures
    else { return nil }
    let interface = variant.interface
    let output = contents.labels.firstIndex { !$0.isEmpty } ?? 0
    let images = max(interface.inputs[0].images, 1)
    guard let type = interface.outputs.dropFirst(output).first?.type,
      interface.inputs[0].type.shape.first == images,
      let classes = type.classCount(images: images), classes > 1
    else { return nil }
    self.header = header
    self.contents = contents
    self.output = output
    self.classes = classes
    name = interface.name
  }

  /// The code that it runs: that for the fewest images.
  private static func variants(of contents: LibraryContents) -> [LibraryVariant] {
    let batch = contents.batches.min()
    return contents.variants.filter { $0.batch == batch }
  }

  /// What it takes behind the picture.
  private static let others = [
    "resin_class *classes", "size_t count", "void *workspace", "size_t workspace_bytes",
    "const resin_parallel *parallel",
  ]
  private static let arguments = ["classes", "count", "model", "outputs"]

  /// The parameters for extents of the library's dimensions.
  var extents: [String] {
    parameterNames(
      for: contents.dimensions.map { $0.name.lowercased() },
      besides: PictureFunctions.arguments + Self.arguments)
  }

  private var separate: Bool { contents.weightsMode == .separate }

  private var signature: String {
    let all =
      extents.map { "int64_t \($0)" } + (separate ? ["const void *weights"] : [])
      + PictureFunctions.parameters + Self.others
    return "int32_t \(name)_classify(\(all.joined(separator: ", ")))"
  }

  /// Bytes of workspace that it needs for the largest of its variants: those of a run, the input and the outputs.
  var workspaceBytes: Int {
    Self.variants(of: contents).map { variant in
      let interface = variant.interface
      return (interface.inputs + interface.outputs).reduce(aligned(interface.workspaceBytes)) {
        $0 + aligned($1.type.byteCount)
      }
    }.max() ?? 0
  }

  private func aligned(_ bytes: Int) -> Int {
    (bytes + ModelInterface.alignment - 1) / ModelInterface.alignment * ModelInterface.alignment
  }

  /// The lines of the header before the functions.
  var macros: [String] {
    let prefix = header.prefix
    return [
      "// The classes of \(name)_classify, and the bytes of workspace that it needs.",
      "#define \(prefix)_CLASSES ((size_t)\(classes)u)",
      "#define \(prefix)_CLASSIFY_WORKSPACE_BYTES ((size_t)\(workspaceBytes)u)",
    ]
  }

  /// The declaration with its comment.
  var declaration: String {
    let port = contents.interface.outputs[output]
    let sizes = extents.isEmpty ? "" : "The first parameters choose the size, as for a run. "
    let weights = separate ? ", RESIN_BAD_WEIGHTS" : ""
    return """
      // The best classes of a picture: makes an input of it as \(name)_preprocess does, runs the model, and
      // writes the `count` most probable classes of \(cComment(port.name)) to `classes`, the best first; behind the last
      // of \(header.prefix)_CLASSES the index is -1. Scores that are no probabilities are taken as logits, of which
      // the softmax is taken. \(sizes)`workspace` has at least \(header.prefix)_CLASSIFY_WORKSPACE_BYTES
      // bytes, aligned to \(header.prefix)_ALIGNMENT.
      //
      // Returns RESIN_OK, or another code of \(name)_preprocess or \(name)_run before anything is written
      // to `classes`: RESIN_NULL_POINTER, RESIN_BAD_PICTURE\(extents.isEmpty ? "" : ", RESIN_BAD_SIZES"), RESIN_NO_MEMORY,
      // RESIN_WORKSPACE_TOO_SMALL, RESIN_WORKSPACE_MISALIGNED, RESIN_UNSUPPORTED_CPU\(weights).
      \(signature);
      """
  }

  /// The definition, for the glue.
  var definition: String {
    let batch = contents.batches.min().map { ["\($0)"] } ?? []
    let choosing = (contents.batches.count > 1 ? batch : []) + extents
    let getter =
      !extents.isEmpty
      ? "model_of_sizes" : contents.batches.count > 1 ? "model_of_batch" : "model"
    let check = extents.isEmpty ? "" : "\n  if (model == NULL) return RESIN_BAD_SIZES;"
    let picture = PictureFunctions.arguments.dropLast().joined(separator: ", ")
    return """
      \(signature) {
        const resin_model *model = \(name)_\(getter)(\(choosing.joined(separator: ", ")));\(check)
        void *outputs[OUTPUTS];
        return \(name)_classify_picture(model, \(output), \(separate ? "weights" : "NULL"), \(picture), classes, count, outputs,
          workspace, workspace_bytes, parallel);
      }
      """
  }

  /// What a library exports.
  var exportedSymbol: String { "\(name)_classify" }
}

extension TensorType {
  /// How many classes each of so many images has, where the tensor is a list of them.
  fileprivate func classCount(images: Int) -> Int? {
    guard element == .float32, shape.first == images,
      shape.dropFirst().filter({ $0 != 1 }).count <= 1
    else { return nil }
    return shape.dropFirst().reduce(1, *)
  }
}
