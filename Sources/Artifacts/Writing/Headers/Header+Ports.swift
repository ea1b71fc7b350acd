import Diagnostics
import GraphIR

/// The model's inputs and outputs in words, for the comment at the top of a header.
extension Header {
  var portLines: String {
    // With several batches or sizes, those of the first.
    let ports =
      interface.inputs.map { ("input", $0, [String]()) }
      + zip(interface.outputs, contents.labels).map { ("output", $0, $1) }
    return ports.flatMap { kind, port, labels in
      var lines = ["//   \(kind) \(cComment(port.name)): \(port.type)"]
      if let preprocessing = port.preprocessing {
        lines +=
          kind == "input"
          ? preprocessingLines(preprocessing, port.type.element)
          : pictureLines(preprocessing, port.type.element)
      }
      if !labels.isEmpty {
        lines.append("//     \(quantity(labels.count, "label")): see resin_port.labels")
      }
      return lines
    }.joined(separator: "\n")
  }

  private func preprocessingLines(
    _ clause: ImagePreprocessing, _ element: ElementType
  ) -> [String] {
    var steps = "//     from an 8-bit picture, channels \(clause.channels.rawValue)"
    switch clause.resize {
    case .shorterSide(let side): steps += ", shorter side resized to \(side)"
    case .size(let size): steps += ", resized to \(size.width) x \(size.height)"
    case nil: break
    }
    if clause.interpolation != .bilinear { steps += " (\(clause.interpolation.rawValue))" }
    if let crop = clause.crop { steps += ", centre crop \(crop.width) x \(crop.height)" }
    guard element != .uint8 else { return [steps + ", then its bytes as they are"] }
    return [
      steps, "//     then (pixel * \(clause.scale) - mean) / deviation per channel,",
      "//     mean \(clause.mean), deviation \(clause.deviation)",
    ]
  }

  private func pictureLines(_ clause: ImagePreprocessing, _ element: ElementType) -> [String] {
    let channels = "//     an 8-bit picture, channels \(clause.channels.rawValue)"
    guard element != .uint8 else { return [channels + ": its bytes as they are"] }
    return [
      channels + ": (value * deviation + mean) / \(clause.scale) per channel,",
      "//     rounded, within 0 to 255, mean \(clause.mean), deviation \(clause.deviation)",
    ]
  }
}
