import GraphIR
import TensorFiles
import Testing

/// Resizing against Pillow: `Goldens/make_resized.py`.
@Suite struct PictureResizingTests {
  /// Width and height.
  static let sizes = [
    (17, 9), (101, 77), (13, 77), (80, 11), (61, 20), (30, 35), (1, 1), (7, 190),
  ]
  static let filters: [ImagePreprocessing.Interpolation] = [.bilinear, .bicubic, .nearest]

  @Test(arguments: ["wide", "tall", "grey"])
  func levelsAreThoseOfPillow(_ name: String) throws {
    let picture = try Picture(path: "\(goldens)/\(name).png")
    let golden = try readNumpy(path: "\(goldens)/npy_resized_\(name).npy").wholeNumbers ?? []
    let channels: ImagePreprocessing.Channels = name == "grey" ? .gray : .rgb
    var start = 0
    for filter in Self.filters {
      for (width, height) in Self.sizes {
        let count = width * height * channels.count
        try #require(golden.count >= start + count)
        let expected = golden[start..<start + count]
        start += count
        let shape = [1, height, width, channels.count]
        for resize in [nil, ImagePreprocessing.Resize.size(Pair(height, width))] {
          let clause = ImagePreprocessing(
            channels: channels, resize: resize, interpolation: filter, scale: 1)
          // Where the second extent is that of the channels as well, the pixels lie apart.
          guard height != channels.count else { continue }
          let made = try preprocess(
            picture, as: clause, for: TensorType(shape, element: .uint8))
          #expect(made.wholeNumbers.map { $0[...] } == expected, "\(filter) \(width)×\(height)")
        }
      }
    }
    #expect(start == golden.count)
  }

  /// Side, recipe.
  static let settings = [
    (24, "inception,crop_pct=0.9"), (21, "timm,crop_pct=0.95"), (28, "timm,bilinear"),
  ]

  @Test(arguments: settings.indices) func recipesAreThoseOfTimm(_ index: Int) throws {
    let (side, words) = Self.settings[index]
    let type = TensorType([1, 3, side, side])
    let clause = try PictureRecipe(words).clause(for: type)
    let made = try preprocess(Picture(path: "\(goldens)/tall.png"), as: clause, for: type)
    let golden = try readNumpy(path: "\(goldens)/npy_timm_\(index).npy")
    try #require(made.shape == golden.shape)
    #expect(zip(made.floats, golden.floats).allSatisfy { abs($0 - $1) < 2e-6 })
  }

  /// A crop sees the same pixels as the whole resized picture has there.
  @Test(arguments: filters) func cropsAreParts(_ filter: ImagePreprocessing.Interpolation) throws {
    let picture = try Picture(path: "\(goldens)/wide.png")
    func made(_ size: Pair, crop: Pair?) throws -> [Int64] {
      let shape = [1, crop?.height ?? size.height, crop?.width ?? size.width, 3]
      let clause = ImagePreprocessing(
        channels: .rgb, resize: .size(size), interpolation: filter, crop: crop, scale: 1)
      return try preprocess(picture, as: clause, for: TensorType(shape, element: .uint8))
        .wholeNumbers ?? []
    }
    for size in [Pair(20, 30), Pair(51, 97)] {
      let crop = Pair(15, 12)
      let (whole, part) = try (made(size, crop: nil), made(size, crop: crop))
      // From the middle between two pixels, to the even one.
      func first(_ rest: Int) -> Int { rest / 2 + (rest % 2 != 0 && rest / 2 % 2 != 0 ? 1 : 0) }
      let (top, left) = (first(size.height - crop.height), first(size.width - crop.width))
      for row in 0..<crop.height {
        let start = ((top + row) * size.width + left) * 3
        #expect(
          whole[start..<start + 3 * crop.width]
            == part[row * crop.width * 3..<(row + 1) * crop.width * 3], "\(size) \(row)")
      }
    }
  }
}
