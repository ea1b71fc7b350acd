import GraphIR
import Planning

/// The functions of a library that make inputs from pictures: one for each input that the model says it
/// of.
struct PictureFunctions {
  private let name: String
  private let contents: LibraryContents
  /// Per input, its name as a parameter.
  private let inputs: [String]
  /// The parameters for extents of the library's dimensions.
  private let extents: [String]

  /// What tells of a picture, and the names of these parameters and of the input.
  static let parameters = [
    "const uint8_t *pixels", "int64_t width", "int64_t height", "int64_t stride", "int32_t format",
  ]
  static let arguments = ["pixels", "width", "height", "stride", "format", "input"]

  init(_ contents: LibraryContents, inputs: [String]) {
    name = contents.interface.name
    self.contents = contents
    self.inputs = inputs
    extents = parameterNames(
      for: contents.dimensions.map { $0.name.lowercased() }, besides: Self.arguments)
  }

  /// The numbers of the inputs that have one.
  private var numbers: [Int] {
    contents.interface.inputs.indices.filter { contents.interface.inputs[$0].takesPictures }
  }

  /// `NAME_preprocess`, or `NAME_preprocess_INPUT` where several inputs are made from pictures.
  private func symbol(_ number: Int) -> String {
    "\(name)_preprocess" + (numbers.count > 1 ? "_\(inputs[number])" : "")
  }

  /// What a library exports.
  var exportedSymbols: [String] { numbers.map(symbol) }

  private func signature(_ number: Int) -> String {
    let element = contents.interface.inputs[number].type.element.cType
    let all = extents.map { "int64_t \($0)" } + Self.parameters + ["\(element) *input"]
    return "int32_t \(symbol(number))(\(all.joined(separator: ", ")))"
  }

  /// For the header; nil where no input is made from pictures.
  var declarations: String? {
    guard let first = numbers.first else { return nil }
    let which = numbers.count > 1 ? "an input" : "the input \(cComment(inputs[first]))"
    let sizes = extents.isEmpty ? "" : "The first parameters choose the size, as for a run. "
    let code = extents.isEmpty ? "" : ", RESIN_BAD_SIZES"
    return """
      // Makes one image of \(which) from a picture: resized, cropped, its channels in order and
      // normalised, as above. \(sizes)`pixels` are rows from the top, `stride` bytes apart, of a
      // format of enum resin_pixel_format. `input` is where the image goes: of several images, each
      // behind the other. Takes memory from the system while it works, and gives it back.
      //
      // Returns RESIN_OK, or another code before anything is written: RESIN_NULL_POINTER,
      // RESIN_BAD_PICTURE\(code), RESIN_NO_MEMORY.
      \(numbers.map { signature($0) + ";" }.joined(separator: "\n"))
      """
  }

  /// For the glue; nil where no input is made from pictures.
  var definitions: String? {
    guard !numbers.isEmpty else { return nil }
    let choices = contents.choices.prefix(contents.dimensions.combinationCount)
    return numbers.map { number in
      let calls = choices.compactMap(\.first).map {
        "return preprocess_\(number)\($0.suffix)(\(Self.arguments.joined(separator: ", ")));"
      }
      guard !extents.isEmpty else { return "\(signature(number)) {\n  \(calls[0])\n}" }
      let batch = contents.batches.count > 1 ? ["\(contents.batches[0])"] : []
      let cases = calls.enumerated().map { "    case \($0): \($1)" }
      return """
        \(signature(number)) {
          switch (place_of_sizes(\((batch + extents).joined(separator: ", ")))) {
        \(cases.joined(separator: "\n"))
            default: return RESIN_BAD_SIZES;
          }
        }
        """
    }.joined(separator: "\n\n")
  }

  /// What makes an input of one variant, as the descriptor has it: a declaration that stands before
  /// the table of the clause, and a definition behind it.
  static func function(
    _ number: Int, of port: ModelInterface.Port, in variant: LibraryVariant
  ) -> (declaration: String, definition: String) {
    let mark = variant.suffix
    let signature =
      "static int32_t preprocess_\(number)\(mark)(\(parameters.joined(separator: ", ")), void *input)"
    return (
      "\(signature);",
      """
      \(signature) {
        return \(variant.interface.name)_picture_input(&preprocessing_\(number)\(mark), dims_\(number)\(mark), \(port.type.element.cConstant),
          \(arguments.joined(separator: ", ")));
      }
      """
    )
  }
}

extension ModelInterface.Port {
  /// Whether the port has a clause that its type can follow.
  var takesPictures: Bool {
    guard let clause = preprocessing else { return false }
    return PictureLayout(of: type, channels: clause.channels.count) != nil
      && (type.element == .float32 || clause.keepsLevels)
  }
}
