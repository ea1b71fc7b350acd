import Artifacts
import Diagnostics
import GraphIR
import Interpreter
import Planning

extension ModelInterface {
  /// Runs something with this interface on any number of images: in chunks of the batch, the last
  /// one filled up with zeros.
  ///
  /// This is for models whose inputs and outputs all have the batch as their first extent; others
  /// run once, on inputs of exactly their types.
  ///
  /// - Parameters:
  ///   - tensors: per input, a tensor of its type but for the first extent, which is the number of
  ///     images.
  ///   - run: gives outputs for inputs of exactly the interface's types.
  /// - Returns: per output, a tensor of its type but for the first extent.
  /// - Throws: where types or numbers of images do not fit, and what `run` throws.
  public func inChunks(
    _ tensors: [Tensor], run: ([Tensor]) throws -> [Tensor]
  ) throws -> [Tensor] {
    let fits = tensors.map(\.type) == inputs.map(\.type)
    guard !fits, tensors.count == inputs.count, let batch else { return try run(tensors) }
    let images = try commonImageCount(of: tensors)
    var chunks: [[Tensor]] = outputs.map { _ in [] }
    for first in stride(from: 0, to: images, by: batch) {
      let end = min(first + batch, images)
      let results = try run(tensors.map { $0.rows(first..<end, filledTo: batch) })
      for (index, result) in results.enumerated() {
        chunks[index].append(result.rows(0..<end - first, filledTo: end - first))
      }
    }
    return zip(outputs, chunks).map { Tensor.joined($1, of: $0.type) }
  }

  private func commonImageCount(of tensors: [Tensor]) throws -> Int {
    for (port, tensor) in zip(inputs, tensors) {
      guard tensor.element == port.type.element, tensor.shape.count == port.type.rank,
        tensor.shape.dropFirst() == port.type.shape.dropFirst()
      else {
        throw DiagnosticError(
          "expected \(port.type), with any number of images, found \(tensor.type)",
          at: .subject("input '\(port.name)'"))
      }
    }
    let counts = tensors.map { $0.shape[0] }
    guard counts.allSatisfy({ $0 == counts[0] }) else {
      let list = counts.map(String.init).joined(separator: " and ")
      throw DiagnosticError("the inputs have \(list) images")
    }
    return counts[0]
  }

  /// The first extent of all inputs and outputs; nil where they differ or one has none.
  public var batch: Int? {
    let firsts = (inputs + outputs).map(\.type.shape.first)
    guard !inputs.isEmpty, let first = firsts[0], first > 0, firsts.allSatisfy({ $0 == first })
    else { return nil }
    return first
  }
}

extension Tensor {
  /// Some slices along the first axis, and zeros up to a number of slices.
  func rows(_ range: Range<Int>, filledTo count: Int) -> Tensor {
    let row = shape.dropFirst().reduce(1, *)
    let newShape = [count] + shape.dropFirst()
    let elements = range.lowerBound * row..<range.upperBound * row
    let missing = (count - range.count) * row
    return Tensor(newShape, from: [self], by: Cutting(elements: elements, missing: missing))
  }

  /// Tensors joined along the first axis.
  ///
  /// - Precondition: they are of `type` in everything but the first extent.
  static func joined(_ tensors: [Tensor], of type: TensorType) -> Tensor {
    let shape = [tensors.reduce(0) { $0 + $1.shape[0] }] + type.shape.dropFirst()
    // Where there are none, nothing says what there are none of.
    let empty = evaluate(.cast(type.element), [Tensor([0], floats: [])])
    return Tensor(shape, from: tensors.isEmpty ? [empty] : tensors, by: Joining())
  }
}

/// A run of elements and zeros behind it.
private struct Cutting: Rearrangement {
  let elements: Range<Int>
  let missing: Int

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    operands[0][elements] + [Element](repeating: Element(filling: 0), count: missing)
  }
}

/// Operands one after the other.
private struct Joining: Rearrangement {
  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    operands.flatMap { $0 }
  }
}
