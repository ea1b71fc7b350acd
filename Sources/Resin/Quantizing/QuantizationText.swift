import Diagnostics
import Foundation

extension ModelScore {
  /// What was found, in a line or two.
  public var text: String {
    var lines: [String] = []
    func part(_ number: Int) -> String {
      let percent = String(format: "%.2f %%", 100 * Double(number) / Double(max(1, images)))
      return "\(number) of \(quantity(images, "image")) (\(percent))"
    }
    if let agreeing { lines.append("the same class as in f32: \(part(agreeing))") }
    if let right, let rightInFloat {
      lines.append("right: \(part(right)), in f32 \(rightInFloat)")
    }
    lines.append(String(format: "relative error of the outputs: %.4f", relativeError))
    return lines.joined(separator: "\n")
  }
}

extension QuantizedModel {
  /// What the command prints: a row per layer where errors were measured, dearest first, then the score.
  public var text: String {
    var lines: [String] = []
    if !layers.isEmpty {
      lines.append("    error  saves kcycles        layer")
      let order = layers.indices.sorted {
        layers[$0].price == layers[$1].price ? $0 < $1 : layers[$0].price > layers[$1].price
      }
      for layer in order.map({ layers[$0] }) {
        lines.append(
          String(format: "%9.5f  %13.1f  ", layer.error, layer.savedCycles / 1000)
            + (layer.isFloat ? "f32   " : "i8    ") + layer.name)
      }
    }
    lines.append("\(layerCount.quantized) of \(quantity(layerCount.all, "layer")) in 8 bits")
    lines.append(score.text)
    return lines.joined(separator: "\n")
  }
}
