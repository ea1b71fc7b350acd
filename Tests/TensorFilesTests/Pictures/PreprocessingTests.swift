import CResinRuntime
import GraphIR
import TensorFiles
import Testing

@Suite struct PreprocessingTests {
  static let mean: [Float] = [0.485, 0.456, 0.406]
  static let deviation: [Float] = [0.229, 0.224, 0.225]

  static let variants: [(name: String, clause: ImagePreprocessing, shape: [Int])] = [
    ("shrunk", colour(resize: 19, crop: Pair(16, 17)), [1, 3, 16, 17]),
    ("grown", colour(resize: 40, crop: Pair(33)), [1, 3, 33, 33]),
    ("squeezed", colour(), [1, 3, 8, 8]),
    (
      "grey", ImagePreprocessing(channels: .gray, mean: [0.1307], deviation: [0.3081]),
      [4, 1, 28, 28]
    ),
  ]

  static func colour(resize: ImagePreprocessing.Resize? = nil, crop: Pair? = nil)
    -> ImagePreprocessing
  {
    ImagePreprocessing(
      channels: .rgb, resize: resize, crop: crop, mean: mean, deviation: deviation)
  }

  /// torchvision's transforms on Pillow images made the goldens. Pillow 13 takes the passes of a
  /// resize in the other order for some sizes: then a level may differ by one, elsewhere none does.
  @Test(arguments: ["wide", "tall"], variants.indices)
  func tensorsEqualTorchvisions(_ name: String, _ index: Int) throws {
    let (variant, clause, shape) = Self.variants[index]
    let picture = try Picture(path: "\(goldens)/\(name).png")
    let tensor = try preprocess(picture, as: clause, for: TensorType(shape))
    let golden = try readNumpy(path: "\(goldens)/npy_\(name)_\(variant).npy")
    #expect(tensor.shape == [1] + shape.dropFirst())
    try #require(tensor.shape == golden.shape)
    let differences = zip(tensor.floats, golden.floats).map { abs($0 - $1) }
    let level = clause.scale / (clause.deviation.min() ?? 1)
    #expect(differences.allSatisfy { $0 < (variant == "grey" ? level : 0) + 2e-6 })
  }

  /// The module that checks clauses does not know the code that carries them out.
  @Test func bothSidesHaveOneLimit() {
    #expect(ImagePreprocessing.maximumSide == Int(RESIN_MOST_SIDE))
  }

  @Test func channelsCanBeReversed() throws {
    let picture = Picture(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    let type = TensorType([1, 3, 1, 2])
    let rgb = ImagePreprocessing(channels: .rgb, scale: 1)
    let bgr = ImagePreprocessing(channels: .bgr, scale: 2, mean: [1, 0, 0], deviation: [1, 1, 2])
    #expect(try preprocess(picture, as: rgb, for: type).floats == [1, 4, 2, 5, 3, 6])
    #expect(try preprocess(picture, as: bgr, for: type).floats == [5, 11, 4, 10, 1, 4])
  }

  @Test func bytesAndChannelsLastAreTakenAsTheInputHasThem() throws {
    let picture = Picture(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    let raw = ImagePreprocessing(channels: .bgr, scale: 1)
    let last = TensorType([4, 1, 2, 3], element: .uint8)
    #expect(
      try preprocess(picture, as: raw, for: last)
        == Tensor([1, 1, 2, 3], elements: [UInt8(3), 2, 1, 6, 5, 4]))
    let first = TensorType([1, 3, 1, 2], element: .uint8)
    #expect(
      try preprocess(picture, as: raw, for: first)
        == Tensor([1, 3, 1, 2], elements: [UInt8(3), 6, 2, 5, 1, 4]))
    let scaled = ImagePreprocessing(
      channels: .rgb, scale: 1, mean: [1, 0, 0], deviation: [1, 1, 2])
    #expect(
      try preprocess(picture, as: scaled, for: TensorType([1, 1, 2, 3])).floats
        == [0, 2, 1.5, 3, 5, 3])
    expectDiagnostic(["takes the levels of a picture as they are", "preprocess as 'none'"]) {
      _ = try preprocess(picture, as: scaled, for: last)
    }
  }

  @Test func levelsComeAsTheyAre() throws {
    let picture = Picture(width: 2, height: 1, pixels: [9, 9, 9, 255, 255, 255])
    for channels in [1, 3] {
      let type = TensorType([1, channels, 1, 2])
      let raw = try PictureRecipe("none").clause(for: type)
      let values = try preprocess(picture, as: raw, for: type).floats
      #expect(values == Array(repeatElement([9, 255], count: channels).joined()))
    }
  }

  static let cifar10 = colour(crop: Pair(32))

  static let misfits: [(clause: ImagePreprocessing, type: TensorType, message: String)] = [
    (cifar10, TensorType([1, 1, 32, 32]), "does not fit an input of type f32[1, 1, 32, 32]"),
    (cifar10, TensorType([1, 3, 32]), "does not fit"),
    (cifar10, TensorType([1, 3, 32, 32], element: .int64), "does not fit"),
    (cifar10, TensorType([1, 3, 0, 32]), "does not fit"),
    (
      cifar10, TensorType([1, 3, 28, 28]),
      "the crop must give the input f32[1, 3, 28, 28] its height and width"
    ),
    (
      colour(resize: 256, crop: Pair(224)), TensorType([1, 3, 256, 256]), "crop to 256×256"
    ),
    (
      colour(resize: 8, crop: Pair(16)), TensorType([1, 3, 16, 16]),
      "a crop of 16×16 is larger than what resize leaves"
    ),
    (
      colour(resize: 8, crop: Pair(16, 8)), TensorType([1, 3, 16, 8]),
      "a picture of 4800×8 pixels is too small for a crop of 8×16"
    ),
    (colour(resize: 8), TensorType([1, 3, 8, 8]), "gives 4800×8 pixels"),
    (colour(resize: 8, crop: Pair(0)), TensorType([1, 3, 8, 8]), "the crop must give"),
    (colour(crop: Pair(-1)), TensorType([1, 3, 8, 8]), "the crop must give"),
    (colour(resize: 0), TensorType([1, 3, 8, 8]), "resize is from 1 to 32768, not 0"),
    (
      colour(resize: .shorterSide(.max)), TensorType([1, 3, 8, 8]),
      "resize is from 1 to 32768, not 9223372036854775807"
    ),
    (colour(resize: 30_000, crop: Pair(8)), TensorType([1, 3, 8, 8]), "the limit is"),
    (
      ImagePreprocessing(channels: .rgb, mean: [1]), TensorType([1, 3, 8, 8]),
      "mean holds 3 numbers for rgb8, not 1"
    ),
    (
      ImagePreprocessing(channels: .rgb, deviation: [1, 0, 1]), TensorType([1, 3, 8, 8]),
      "deviation holds numbers other than 0"
    ),
  ]

  @Test(arguments: misfits.indices)
  func whatDoesNotFitIsDiagnosed(_ index: Int) {
    let (clause, type, message) = Self.misfits[index]
    let strip = Picture(width: 600, height: 1, pixels: [UInt8](repeating: 0, count: 1800))
    expectDiagnostic([message]) { _ = try preprocess(strip, as: clause, for: type) }
  }
}
