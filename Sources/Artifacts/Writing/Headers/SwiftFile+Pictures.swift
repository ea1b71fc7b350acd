import CResinRuntime
import Planning

/// What of the struct takes pictures, where the model says how they become inputs.
extension SwiftFile {
  /// A function of the library that takes a picture, by its name behind the model's, and its type in Swift.
  struct PictureSymbol {
    let name: String
    let type: String
  }

  private static let picture = [
    "UnsafePointer<UInt8>", "Int64", "Int64", "Int64", "Int32",
  ]

  /// The inputs that are made from pictures, each with what its function's name begins with.
  private var takers: [(input: Int, function: String)] {
    let interface = contents.interface
    let numbers = interface.inputs.indices.filter { interface.inputs[$0].takesPictures }
    return numbers.map { ($0, "preprocess" + (numbers.count > 1 ? "_\(header.inputs[$0])" : "")) }
  }

  /// The extents that functions for pictures take.
  private var extents: [String] { Array(choosing.suffix(contents.dimensions.count)) }

  var pictureSymbols: [PictureSymbol] {
    let extents = extents.map { _ in "Int64" }
    let makers = takers.map {
      PictureSymbol(
        name: $0.function,
        type: Self.signature(extents + Self.picture + ["UnsafeMutableRawPointer"]))
    }
    guard header.classify != nil else { return makers }
    let weights = separate ? ["UnsafeRawPointer?"] : []
    let rest = [
      "UnsafeMutableRawPointer", "Int", "UnsafeMutableRawPointer", "Int", "UnsafeRawPointer?",
    ]
    return makers + [
      PictureSymbol(
        name: "classify", type: Self.signature(extents + weights + Self.picture + rest))
    ]
  }

  private static func signature(_ parameters: [String]) -> String {
    "@convention(c) (\(parameters.joined(separator: ", "))) -> Int32"
  }

  /// What there is for pictures; nothing where the model says nothing of them.
  var pictures: [String] {
    guard !takers.isEmpty else { return [] }
    return [Self.pixelFormat] + takers.map(preprocess) + (calls.map { [$0] } ?? [])
      + (classify.map { [$0] } ?? [])
  }

  private static let parameters =
    "pixels: [UInt8], width: Int, height: Int, stride: Int? = nil, format: PixelFormat"

  private var sizes: String { extents.map { "\($0)Size: Int, " }.joined() }
  private var sizeArguments: String { extents.map { "Int64(\($0)Size), " }.joined() }

  private static let pixelFormat = """
      /// What a pixel of a picture is: bytes in this order. The fourth, alpha, is not looked at.
      public enum PixelFormat: Int32, Sendable {
        case rgb, bgr, gray, rgba, bgra

        fileprivate var bytes: Int { [3, 3, 1, 4, 4][Int(rawValue)] }

        /// The bytes from one row to the next; throws where a picture has fewer than its size asks for.
        fileprivate func stride(_ pixels: [UInt8], _ width: Int, _ height: Int, _ given: Int?) throws -> Int {
          guard (1...1 << 26).contains(width), (1...1 << 26).contains(height) else {
            throw Failure("a picture of \\(width) x \\(height) pixels is none that a model takes")
          }
          let stride = given ?? width * bytes
          guard stride >= width * bytes else {
            throw Failure("rows of \\(width) pixels have \\(width * bytes) bytes, and the stride is \\(stride)")
          }
          guard pixels.count >= width * bytes, height - 1 <= (pixels.count - width * bytes) / stride else {
            throw Failure("a picture of \\(width) x \\(height) pixels (\\(self)) has more than \\(pixels.count) bytes")
          }
          return stride
        }
      }
    """

  private func preprocess(_ taker: (input: Int, function: String)) -> String {
    let port = contents.interface.inputs[taker.input]
    let images = max(port.images, 1)
    let single = contents.dimensions.isEmpty ? "\(port.type.elementCount / images)" : nil
    let element = port.type.element.swiftType
    let count =
      single.map { "    let count = \($0)" } ?? sizedCounts(taker.input)
    return """
        /// Makes one image of the input `\(inputs[taker.input])` of a picture: resized, cropped and normalised as the model says.
        ///
        /// - Parameters:
        ///   - pixels: rows from the top.
        ///   - stride: the bytes from one row to the next; those of its pixels where nil.
        public func \(taker.function)(\(sizes)\(Self.parameters)) throws -> [\(element)] {
          let rowBytes = try format.stride(pixels, width, height, stride)
      \(count)
          var image = [\(element)](repeating: 0, count: count)
          try library.check(
            library.\(taker.function)(
              \(sizeArguments)pixels, Int64(width), Int64(height), Int64(rowBytes), format.rawValue, &image))
          return image
        }
      """
  }

  /// The elements of one image for each size.
  private func sizedCounts(_ input: Int) -> String {
    let rows = contents.choices.compactMap(\.first).filter { $0.batch == contents.batches[0] }.map {
      let port = $0.interface.inputs[input]
      let values = $0.extents.map(String.init).joined(separator: ", ")
      return "      [\(values)]: \(port.type.elementCount / max(port.images, 1)),"
    }
    let chosen = extents.map { "\($0)Size" }.joined(separator: ", ")
    return """
          let all: [[Int]: Int] = [
      \(rows.joined(separator: "\n"))
          ]
          guard let count = all[[\(chosen)]] else { throw library.failure(\(RESIN_BAD_SIZES.rawValue)) }
      """
  }

  /// A run of one picture, where there is code for one image and nothing else is asked for.
  private var calls: String? {
    guard contents.interface.inputs.count == 1, contents.dimensions.isEmpty,
      contents.batches.contains(1)
    else { return nil }
    let batch = contents.batches.count > 1 ? "batch: 1, " : ""
    return """
        /// Runs the model on a picture: see `preprocess`.
        public func callAsFunction(\(Self.parameters)) throws -> Output {
          try self(
            \(batch)\(inputs[0]): \(takers[0].function)(pixels: pixels, width: width, height: height, stride: stride, format: format))
        }
      """
  }

  private var classify: String? {
    guard let function = header.classify else { return nil }
    return """
        /// A class of a picture.
        public struct Class: Sendable, Hashable {
          public let index: Int
          /// nil where the model has no labels.
          public let label: String?
          /// From 0 to 1.
          public let probability: Float
        }

        /// The most probable classes of a picture, the best first: see `preprocess`.
        public func classify(\(sizes)\(Self.parameters), top: Int = 5) throws -> [Class] {
          let rowBytes = try format.stride(pixels, width, height, stride)
          var found = [(index: Int32, probability: Float, label: UnsafePointer<CChar>?)](
            repeating: (-1, 0, nil), count: max(0, min(top, \(function.classes))))
          try library.check(
            library.withWorkspace { workspace in
              found.withUnsafeMutableBytes { classes in
                library.classify(
                  \(sizeArguments)\(separate ? "library.weights, " : "")pixels, Int64(width), Int64(height), Int64(rowBytes), format.rawValue, classes.baseAddress ?? workspace,
                  classes.count / \(MemoryLayout<(Int32, Float, UInt)>.stride), workspace, \(workspaceBytes), library.parallel)
              }
            })
          return found.map {
            Class(index: Int($0.index), label: $0.label.map { String(cString: $0) }, probability: $0.probability)
          }
        }
      """
  }
}
