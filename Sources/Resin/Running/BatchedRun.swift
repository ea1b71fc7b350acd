import Artifacts
import Diagnostics
import GraphIR
import Interpreter
import Planning

extension ModelInterface {
  /// Runs something with this interface on any number of images: in chunks of as many images as a run
  /// takes, the largest that there are enough for; what is left over in the smallest, filled up with zeros.
  ///
  /// This is for models that compute each image by itself, whose ports say so; inputs without images
  /// enter every run. Others run once, on inputs of exactly their types.
  ///
  /// - Parameters:
  ///   - tensors: per input, a tensor of its type; with images, the first extent is their number.
  ///   - sizes: numbers of images that a run may have besides the interface's own.
  ///   - run: gives outputs for inputs of exactly the interface's types, but for such a number of images.
  /// - Returns: per output, a tensor of its type; with images, for all of them.
  /// - Throws: where types or numbers of images do not fit, and what `run` throws.
  public func inChunks(
    _ tensors: [Tensor], sizes: [Int] = [], run: ([Tensor]) throws -> [Tensor]
  ) throws -> [Tensor] {
    guard tensors.map(\.type) != inputs.map(\.type), tensors.count == inputs.count else {
      return try run(tensors)
    }
    let batch = try imagesPerRun(for: tensors)
    let images = try commonImageCount(of: tensors)
    let smallest = min(batch, sizes.min() ?? batch)
    var chunks: [[Tensor]] = outputs.map { _ in [] }
    var first = 0
    while first < images {
      let left = images - first
      let size = ([batch] + sizes).filter { $0 <= left }.max() ?? smallest
      let count = min(size, left)
      let results = try run(chunk(of: tensors, first..<first + count, size))
      for (index, (port, result)) in zip(outputs, results).enumerated() {
        let rows = port.images > 0 ? result.shape[0] / size : 0
        if rows > 0 {
          chunks[index].append(result.rows(0..<count * rows, filledTo: count * rows))
        } else if first == 0 {
          chunks[index].append(result)
        }
      }
      first += count
    }
    return zip(outputs, chunks).map { Tensor.joined($1, of: $0.type) }
  }

  /// The inputs of the first run of several.
  func firstChunk(of tensors: [Tensor]) throws -> [Tensor] {
    guard tensors.map(\.type) != inputs.map(\.type) else { return tensors }
    let batch = try imagesPerRun(for: tensors)
    return chunk(of: tensors, 0..<min(batch, try commonImageCount(of: tensors)), batch)
  }

  private func chunk(of tensors: [Tensor], _ range: Range<Int>, _ batch: Int) -> [Tensor] {
    zip(inputs, tensors).map { port, tensor in
      port.images > 0 ? tensor.rows(range, filledTo: batch) : tensor
    }
  }

  /// How many images a run computes, each by itself; nil where they depend on each other.
  public var imagesPerRun: Int? { inputs.map(\.images).first { $0 > 0 } }

  private func imagesPerRun(for tensors: [Tensor]) throws -> Int {
    if let imagesPerRun { return imagesPerRun }
    for (port, tensor) in zip(inputs, tensors) where tensor.type != port.type {
      let isNumber =
        tensor.element == port.type.element && tensor.shape.count == port.type.rank
        && port.type.rank > 0 && tensor.shape.dropFirst() == port.type.shape.dropFirst()
      throw DiagnosticError(
        "expected \(port.type), found \(tensor.type)", at: .subject("input '\(port.name)'"),
        hint: isNumber
          ? "results depend on all images together, so that there must be as many as the model is "
            + "compiled for: see --batch" : nil)
    }
    return 1
  }

  private func commonImageCount(of tensors: [Tensor]) throws -> Int {
    var counts: [Int] = []
    for (port, tensor) in zip(inputs, tensors) {
      let isRight =
        port.images > 0
        ? tensor.element == port.type.element && tensor.shape.count == port.type.rank
          && tensor.shape.dropFirst() == port.type.shape.dropFirst()
        : tensor.type == port.type
      guard isRight else {
        throw DiagnosticError(
          "expected \(port.type)\(port.images > 0 ? ", with any number of images" : ""), found "
            + "\(tensor.type)", at: .subject("input '\(port.name)'"))
      }
      if port.images > 0 { counts.append(tensor.shape[0]) }
    }
    guard counts.allSatisfy({ $0 == counts[0] }) else {
      let list = counts.map(String.init).joined(separator: " and ")
      throw DiagnosticError("the inputs have \(list) images")
    }
    return counts[0]
  }

  /// The first extent of all inputs and outputs, for reports; nil where they differ or one has none.
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
