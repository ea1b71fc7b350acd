import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Outputs that are images, as pictures.
@Suite struct PictureOutputTests {
  private let folder: ScratchFolder

  /// A model that turns a picture's colours round, for pictures of any number, and one more output.
  init() throws {
    folder = try ScratchFolder()
    try folder.write(
      "negative.resin",
      """
      model negative
      input image: f32[N, 3, 2, 2] from rgb8 { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] }
      output negative = negate(image) to rgb8 { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] }
      output grey = reduce_mean(image, axes: [1], keep_dimensions: true)
      """)
    let files = StagedFiles()
    for index in 0..<3 {
      try OutputPicture(width: 2, height: 2, channels: 3, levels: Self.levels(index))
        .write(to: folder.path("\(index).png"), in: files)
    }
    try files.commit()
  }

  private static func levels(_ index: Int) -> [UInt8] {
    (0..<12).map { UInt8(20 * $0 + index) }
  }

  private func levels(in file: String) throws -> [UInt8] {
    try Picture(path: folder.path(file)).pixels
  }

  private func run(_ arguments: String) throws -> ProgramResult {
    try resin(arguments.split(separator: " ").map(String.init), in: folder)
  }

  @Test(arguments: ["negative.resin", "libnegative.so"]) func batchesAreNumbered(model: String)
    throws
  {
    let compiled = try run("compile negative.resin --outputs negative")
    try #require(compiled.status == 0, "\(compiled.errors)")
    let which = model.hasSuffix(".so") ? "" : " --outputs negative"
    let one = try run("run \(model)\(which) --input 1.png --output one.png")
    #expect(one.status == 0 && one.output == "", "\(one.errors)")
    #expect(try levels(in: "one.png") == Self.levels(1).map { 255 - $0 })
    let three = try run(
      "run \(model)\(which) --input 0.png --input 1.png --input 2.png --output all.PNG")
    #expect(three.status == 0, "\(three.errors)")
    for index in 0..<3 {
      #expect(try levels(in: "all.\(index).PNG") == Self.levels(index).map { 255 - $0 })
    }
    #expect(try folder.names().filter { $0.hasPrefix("all") }.count == 3)
  }

  /// Three pictures of 2×2 pixels, two beside one another: the fourth place is black.
  @Test func columnsMakeOnePictureOfAll() throws {
    let result = try run(
      "run negative.resin --outputs negative --input 0.png --input 1.png --input 2.png --columns 2 "
        + "--output all.png")
    #expect(result.status == 0, "\(result.errors)")
    let picture = try Picture(path: folder.path("all.png"))
    #expect(picture.width == 4 && picture.height == 4)
    let cells =
      (0..<3).map { index in Self.levels(index).map { 255 - $0 } } + [
        [UInt8](repeating: 0, count: 12)
      ]
    let expected = [(0, 1), (2, 3)].flatMap { left, right in
      [0..<6, 6..<12].flatMap { cells[left][$0] + cells[right][$0] }
    }
    #expect(picture.pixels == expected)
    // As many columns as there are pictures, of however many were wanted.
    let wide = try run(
      "run negative.resin --input 0.png --input 1.png --columns 9000000000000000000 --range 1,-1 "
        + "--output wide.png")
    #expect(wide.status == 0, "\(wide.errors)")
    let row = try Picture(path: folder.path("wide.negative.png"))
    #expect(row.width == 4 && row.height == 2)
    #expect(
      try folder.names().filter { $0.hasPrefix("wide") } == ["wide.grey.png", "wide.negative.png"])
  }

  @Test func aRangeTakesThePlaceOfTheModelsClause() throws {
    let result = try run("run negative.resin --input 0.png --output o.png --range 1,-1")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try levels(in: "o.negative.png") == Self.levels(0))
    // The mean of 0, 20 and 40, turned round.
    #expect(try levels(in: "o.grey.png").prefix(3) == [235, 235, 235])
  }

  @Test(arguments: [
    ("--output o.png", "'grey', f32[1, 1, 2, 2], becomes a picture in a way that", "--range 0,1"),
    ("--output o.jpg", "cannot have a name that ends in '.jpg'", "or in '.png' for a picture"),
    ("--output o.npy --range 0,1", "arrays have the values", "ends in '.png'"),
    ("--output o.png --range 1,1", "no range of values from 1.0 to 1.0", "as in 0,1"),
    ("--output o.png --range nan,1", "no range of values from nan to 1.0", "as in 0,1"),
    ("--range 0,1", "--range is for pictures", "in '.png'"),
    ("--columns 2", "--columns is for pictures", "in '.png'"),
    ("--output o.npy --columns 2", "arrays have no columns", "ends in '.png'"),
    ("--output o.png --columns 0", "no picture has 0 columns", "a number from 1"),
    ("--outputs negative --output 0.png", "0.png: error: this file is read here", "another file"),
    ("--output no/o.npy", "no/o.negative.npy: error: cannot write", "make the folder first"),
  ])
  func whatCannotBeIsRefused(options: String, message: String, hint: String) throws {
    let before = try folder.names()
    let result = try run("run negative.resin --input 0.png \(options)")
    #expect(result.status == 2 && result.output == "", "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.contains(hint), "\(result.errors)")
    #expect(try folder.names() == before)
    #expect(try levels(in: "0.png") == Self.levels(0))
  }

  @Test func otherOutputsAreNoPictures() throws {
    try folder.write(
      "sums.resin",
      """
      model sums
      input image: u8[N, 2, 2, 3] from rgb8
      output sums = reduce_sum(cast(image, to: f32), axes: [1, 2])
      output same = image
      """)
    let sums = try run("run sums.resin --input 0.png --output o.png")
    #expect(sums.status == 2 && sums.errors.contains("'sums', f32[1, 3], is no picture"))
    let same = try run("run sums.resin --input 0.png --output o.png --outputs same")
    #expect(same.status == 0, "\(same.errors)")
    #expect(try levels(in: "o.png") == Self.levels(0))
    let range = try run("run sums.resin --input 0.png --output p.png --outputs same --range 0,1")
    #expect(range.status == 2 && range.errors.contains("has the levels of a picture already"))
  }
}
