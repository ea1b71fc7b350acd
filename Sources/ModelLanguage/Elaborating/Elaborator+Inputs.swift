import Diagnostics
import GraphIR

/// Inputs and how pictures become them, and outputs pictures.
extension Elaborator {
  func addInput(_ input: InputSyntax, in scope: Scope) {
    guard isFree(input.name, in: scope) else { return }
    var value = Value.failed
    defer { scope.define(input.name.text, value, at: input.name.range) }
    do throws(Reported) {
      try checkOpenAxes(of: input.type, in: scope)
      let type = try tensorType(input.type, in: scope)
      // A mistake in the clause leaves an input of the type that is written.
      let preprocessing = input.preprocessing.flatMap {
        try? self.preprocessing($0, for: type, isOutput: false, in: scope)
      }
      let name = input.name.text
      guard graph.node(named: name) == nil else { throw taken(name, at: input.name.range) }
      value = .tensor(
        graph.addInput(
          name, type, preprocessing: preprocessing, place: .source(input.name.range)))
    } catch {}
  }

  /// Reports axes that nobody has given an extent: a name that is new in an input's type is one.
  private func checkOpenAxes(of type: TypeSyntax, in scope: Scope) throws(Reported) {
    for extent in type.extents {
      guard case .name(let name) = extent.kind, scope.values[name] == nil, dimension(name) == nil
      else { continue }
      throw report(
        "the extent '\(name)' is open", at: extent.range,
        hint: nearestNamesHint(for: name, in: Array(scope.values.keys))
          ?? "give it a value, as in --dim \(name)=224")
    }
  }

  /// What a `from` clause says, or the `to` clause of an output.
  func preprocessing(
    _ clause: PreprocessingSyntax, for type: TensorType, isOutput: Bool, in scope: Scope
  ) throws(Reported) -> ImagePreprocessing {
    guard let channels = ImagePreprocessing.Channels(rawValue: clause.channels.text) else {
      let names = ImagePreprocessing.Channels.allCases.map(\.rawValue)
      throw report(
        "unknown picture format '\(clause.channels.text)'", at: clause.channels.range,
        hint: nearestNamesHint(for: clause.channels.text, in: names)
          ?? "one of \(names.joined(separator: ", "))")
    }
    var result = ImagePreprocessing(channels: channels)
    let count = channels.count
    let isBytes = type.element == .uint8
    guard PictureLayout(of: type, channels: count) != nil else {
      let element = isBytes ? type.element : .float32
      throw report(
        "a picture \(channels.rawValue) \(isOutput ? "is made of" : "becomes") \(element.rawValue)[N, \(count), H, W], not \(type)",
        at: clause.range)
    }
    if isBytes {
      result.scale = 1
      for entry in clause.entries where ["scale", "mean", "deviation"].contains(entry.label.text) {
        throw report(
          "'\(entry.label.text)' is for f32: \(isOutput ? "an output of u8 has" : "an input of u8 takes") the bytes of a picture",
          at: entry.label.range)
      }
    }
    let site = Site(scope: scope, statement: scope.path, isOutermost: false)
    var reader = CallReader(clause.call, self, site)
    result.code(&reader, isBytes: isBytes, isOutput: isOutput)
    try reader.finish()
    try check(result, of: clause, for: type)
    return result
  }

  private func check(
    _ preprocessing: ImagePreprocessing, of clause: PreprocessingSyntax, for type: TensorType
  ) throws(Reported) {
    guard let mistake = preprocessing.mistake(for: type) else { return }
    let entry = clause.entries.first { $0.label.text == mistake.entry }
    throw report(
      mistake.message, at: entry?.value.range ?? clause.range,
      hint: mistake.entry == "scale"
        ? "integers divide to integers: write 1.0 / 255" : mistake.hint)
  }
}

extension ImagePreprocessing {
  /// Reads or writes the entries of a `from` or `to` clause.
  ///
  /// - Parameters:
  ///   - isBytes: whether the tensor is u8, and takes or has what the picture has.
  ///   - isOutput: whether it is a `to` clause: an output is a picture of its own size.
  mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder, isBytes: Bool, isOutput: Bool
  ) {
    if !isOutput {
      coder.optionalResize("resize", &resize)
      coder.word("interpolation", &interpolation, default: .bilinear)
      coder.optionalPair("crop", &crop)
    }
    guard !isBytes else { return }
    coder.real("scale", &scale, default: 1 / 255)
    coder.reals("mean", &mean, default: [Float](repeating: 0, count: channels.count))
    coder.reals("deviation", &deviation, default: [Float](repeating: 1, count: channels.count))
  }
}
