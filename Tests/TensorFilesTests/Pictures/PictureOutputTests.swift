import GraphIR
import TensorFiles
import TestSupport
import Testing

@Suite struct PictureOutputTests {
  private static let unit = ImagePreprocessing(channels: .gray)

  /// 0 and 1 are black and white: the nearest level, the upper one in the middle; what is beyond is
  /// cut off and NaN is black.
  @Test func valuesBecomeLevels() throws {
    let values: [Float] = [
      0, 1, 0.5, 1 / 255, -0.1, 1.1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude,
    ]
    let output = try PictureOutput(Self.unit, for: TensorType([1, 1, 2, 5]))
    let pictures = output.pictures(of: Tensor([1, 1, 2, 5], floats: values))
    #expect(
      pictures == [
        OutputPicture(
          width: 5, height: 2, channels: 1, levels: [0, 255, 128, 1, 0, 255, 0, 255, 0, 255])
      ])
  }

  /// Every level comes back from what preprocessing makes of it.
  @Test(arguments: [[1, 3, 16, 16], [1, 16, 16, 3]], ImagePreprocessing.Channels.allCases)
  func preprocessingIsUndone(shape: [Int], channels: ImagePreprocessing.Channels) throws {
    let isGray = channels == .gray
    let clause = ImagePreprocessing(
      channels: channels, mean: isGray ? [0.1307] : [0.485, 0.456, 0.406],
      deviation: isGray ? [0.3081] : [0.229, 0.224, 0.225])
    let type = TensorType(isGray ? shape.map { $0 == 3 ? 1 : $0 } : shape)
    let levels = (0..<256).flatMap { level in
      (0..<3).map { UInt8(truncatingIfNeeded: isGray ? level : level + 85 * $0) }
    }
    let picture = Picture(width: 16, height: 16, pixels: levels)
    let tensor = try preprocess(picture, as: clause, for: type)
    let pictures = try PictureOutput(clause, for: type).pictures(of: tensor)
    let expected = isGray ? (0..<256).map { UInt8($0) } : levels
    #expect(pictures.map(\.levels) == [expected])
  }

  @Test func bytesStayAsTheyAre() throws {
    let clause = ImagePreprocessing(channels: .bgr, scale: 1)
    let type = TensorType([1, 3, 1, 2], element: .uint8)
    let tensor = Tensor([2, 3, 1, 2], elements: (0..<12).map { UInt8(20 * $0) })
    let pictures = try PictureOutput(clause, for: type).pictures(of: tensor)
    #expect(
      pictures.map(\.levels) == [[80, 40, 0, 100, 60, 20], [200, 160, 120, 220, 180, 140]])
  }

  /// What is written is what the reader of pictures, and with it every other program, finds.
  @Test func filesReadBack() throws {
    let folder = try ScratchFolder()
    let colour = OutputPicture(
      width: 3, height: 2, channels: 3, levels: (0..<18).map { UInt8(14 * $0) })
    let grey = OutputPicture(width: 2, height: 1, channels: 1, levels: [7, 250])
    let files = StagedFiles()
    try colour.write(to: folder.path("colour.png"), in: files)
    try grey.write(to: folder.path("grey.png"), in: files)
    try files.commit()
    #expect(
      try Picture(path: folder.path("colour.png"))
        == Picture(width: 3, height: 2, pixels: colour.levels))
    #expect(
      try Picture(path: folder.path("grey.png"))
        == Picture(width: 2, height: 1, pixels: [7, 7, 7, 250, 250, 250]))
  }

  @Test func otherTensorsAreNoPictures() throws {
    for type in [TensorType([1, 2, 4, 4]), TensorType([1, 4, 4]), TensorType([1, 3, 4, 4])] {
      expectDiagnostic(["\(type) is no picture as gray8"]) {
        _ = try PictureOutput(Self.unit, for: type)
      }
    }
    expectDiagnostic(["has no pixels"]) {
      _ = try PictureOutput(Self.unit, for: TensorType([1, 1, 0, 4]))
    }
    expectDiagnostic(["PNG encoder refuses a picture of 2000000×1 pixels"]) {
      let wide = OutputPicture(
        width: 2_000_000, height: 1, channels: 1, levels: [UInt8](repeating: 0, count: 2_000_000))
      try wide.write(to: "/tmp/never.png", in: StagedFiles())
    }
  }
}
