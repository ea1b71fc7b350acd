import Artifacts
import CResinRuntime
import Foundation
import GraphIR
import Planning
import TensorFiles
import TestSupport
import Testing

/// What libraries make of pictures, against what the program makes of them.
@Suite struct PictureFunctionTests {
  private static let mean: [Float] = [0.485, 0.456, 0.406]
  private static let deviation: [Float] = [0.229, 0.224, 0.225]

  private static let clauses: [ImagePreprocessing] = [
    ImagePreprocessing(
      channels: .rgb, resize: 19, crop: Pair(16, 17), mean: mean, deviation: deviation),
    ImagePreprocessing(
      channels: .bgr, resize: 40, crop: Pair(16, 17), mean: mean, deviation: deviation),
    ImagePreprocessing(channels: .rgb, crop: Pair(16, 17), scale: 2),
    ImagePreprocessing(channels: .gray, mean: [0.1307], deviation: [0.3081]),
    ImagePreprocessing(channels: .gray, resize: 31, crop: Pair(16, 17)),
    ImagePreprocessing(
      channels: .rgb, resize: 19, interpolation: .bicubic, crop: Pair(16, 17), mean: mean,
      deviation: deviation),
    ImagePreprocessing(channels: .gray, resize: .size(Pair(16, 17)), interpolation: .bicubic),
    ImagePreprocessing(
      channels: .bgr, resize: .size(Pair(21, 40)), interpolation: .nearest, crop: Pair(16, 17)),
  ]

  /// A picture of seeded levels.
  private static func picture(width: Int, height: Int, seed: UInt64) -> Picture {
    var generator = SeededGenerator(seed: seed)
    let levels = (0..<width * height * 3).map { _ in
      UInt8(truncatingIfNeeded: generator.next() >> 32)
    }
    return Picture(width: width, height: height, pixels: levels)
  }

  /// The element bytes of an input of 16 rows and 17 columns, and the code.
  private static func made(
    _ pixels: [UInt8], width: Int, height: Int, stride: Int, format: resin_pixel_format,
    _ clause: ImagePreprocessing, for type: TensorType
  ) -> (code: Int32, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0xa5, count: type.shape.dropFirst().reduce(1, *) * 4)
    let dims = type.shape.map(Int64.init)
    let element = type.element == .uint8 ? RESIN_U8 : RESIN_F32
    let code = clause.withCStructure { clause in
      resin_picture_input(
        &clause, dims, Int32(element.rawValue), pixels, Int64(width), Int64(height), Int64(stride),
        Int32(format.rawValue), &bytes)
    }
    return (code, bytes)
  }

  private static func bytes(_ tensor: Tensor) -> [UInt8] {
    tensor.element == .uint8
      ? (tensor.wholeNumbers ?? []).map { UInt8(clamping: $0) }
      : tensor.floats.withUnsafeBytes { Array($0) }
  }

  @Test(arguments: clauses.indices, [(17, 16), (64, 48), (31, 90), (5, 7), (400, 23)])
  func bitsAreThoseOfTheProgram(_ index: Int, _ extent: (width: Int, height: Int)) throws {
    let clause = Self.clauses[index]
    let (width, height) = extent
    let picture = Self.picture(width: width, height: height, seed: UInt64(index))
    let channels = clause.mean.count
    for shape in [[2, channels, 16, 17], [1, 16, 17, channels]] {
      let type = TensorType(shape)
      let expected = try Self.bytes(preprocess(picture, as: clause, for: type))
      for (format, count, places) in [
        (RESIN_RGB8, 3, [0, 1, 2]), (RESIN_BGR8, 3, [2, 1, 0]), (RESIN_RGBA8, 4, [0, 1, 2]),
        (RESIN_BGRA8, 4, [2, 1, 0]),
      ] {
        // Rows have a gap of five bytes.
        let stride = width * count + 5
        var pixels = [UInt8](repeating: 77, count: stride * height)
        for pixel in 0..<width * height {
          for channel in 0..<3 {
            let place = pixel / width * stride + pixel % width * count + places[channel]
            pixels[place] = picture.pixels[3 * pixel + channel]
          }
        }
        let result = Self.made(
          pixels, width: width, height: height, stride: stride, format: format, clause, for: type)
        #expect(result.code == 0)
        #expect(result.bytes == expected, "\(shape), format \(format.rawValue)")
      }
    }
  }

  @Test func greyAndBytesAreTakenAsTheyAre() throws {
    let grey = Self.picture(width: 40, height: 30, seed: 3).pixels.prefix(1200)
    let picture = Picture(width: 40, height: 30, pixels: grey.flatMap { [$0, $0, $0] })
    let clause = ImagePreprocessing(channels: .bgr, resize: 20, crop: Pair(16, 17), scale: 1)
    let type = TensorType([1, 16, 17, 3], element: .uint8)
    let expected = try Self.bytes(preprocess(picture, as: clause, for: type))
    let result = Self.made(
      Array(grey), width: 40, height: 30, stride: 40, format: RESIN_GRAY8, clause, for: type)
    #expect(result.code == 0 && Array(result.bytes.prefix(expected.count)) == expected)
    #expect(result.bytes.dropFirst(expected.count).allSatisfy { $0 == 0xa5 })
  }

  @Test func whatIsNoPictureIsRefused() {
    let clause = Self.clauses[0]
    let type = TensorType([1, 3, 16, 17])
    let pixels = [UInt8](repeating: 0, count: 20 * 20 * 3)
    func code(
      _ width: Int, _ height: Int, _ stride: Int, _ format: resin_pixel_format = RESIN_RGB8,
      _ clause: ImagePreprocessing = clause
    ) -> Int32 {
      let made = Self.made(
        pixels, width: width, height: height, stride: stride, format: format, clause, for: type)
      #expect(made.code == 0 || made.bytes.allSatisfy { $0 == 0xa5 })
      return made.code
    }
    #expect(code(20, 20, 60) == 0)
    for (width, height, stride) in [
      (0, 20, 60), (20, 0, 60), (-1, 20, 60), (20, -20, 60), (20, 20, 59), (20, 20, -60),
      (1 << 40, 1, 3 << 40), (1 << 13, (1 << 13) + 1, 3 << 13), (1, 1 << 26, 3), (20, 20, .max),
    ] {
      #expect(code(width, height, stride) == 10, "\(width) × \(height), \(stride)")
    }
    #expect(code(20, 20, 60, resin_pixel_format(rawValue: 9)) == 10)
    let small = ImagePreprocessing(channels: .rgb, resize: 12, crop: Pair(16, 17))
    #expect(code(20, 20, 60, RESIN_RGB8, small) == 10)
    let uncropped = ImagePreprocessing(channels: .rgb, resize: 16)
    #expect(code(20, 20, 60, RESIN_RGB8, uncropped) == 10)
  }

  @Test func librariesHaveTheFunction() throws {
    let folder = try ScratchFolder()
    try FixtureModel.digits().contents().write(.library, to: folder.path("libdigits.so"))
    let result = try runC(
      """
      #include <stdio.h>
      #include "digits.h"
      int main(void) {
        static uint8_t pixels[56 * 56];
        static float image[DIGITS_IMAGE_ELEMENTS], again[DIGITS_IMAGE_ELEMENTS];
        for (int i = 0; i < 56 * 56; i++) pixels[i] = (uint8_t)(i * 7);
        int32_t code = digits_preprocess(pixels, 56, 56, 56, RESIN_GRAY8, image);
        int32_t bad = digits_preprocess(pixels, 56, 56, 55, RESIN_GRAY8, image);
        const resin_preprocessing *clause = digits_model()->inputs[0].preprocessing;
        int32_t second = clause->preprocess(pixels, 56, 56, 56, RESIN_GRAY8, again);
        int same = 1;
        for (size_t i = 0; i < DIGITS_IMAGE_ELEMENTS; i++) same &= image[i] == again[i];
        printf("%d %d %d %d %s\\n", code, bad, second, same, digits_error(bad));
        return digits_preprocess(NULL, 1, 1, 1, RESIN_GRAY8, image) != RESIN_NULL_POINTER;
      }
      """, in: folder, linking: ["libdigits.so"])
    #expect(
      result.output
        == "0 10 0 1 the picture has no pixels, a size that the model does not take, or no known format\n"
    )
    #expect(result.status == 0)
  }

  /// What `cc` makes of the code in a library, whatever this program's copy was compiled by.
  @Test func librariesGiveTheBitsOfTheProgram() throws {
    let folder = try ScratchFolder()
    var model = try FixtureModel.digits()
    let clause = ImagePreprocessing(
      channels: .gray, resize: 31, interpolation: .bicubic, crop: Pair(28), mean: [0.1307],
      deviation: [0.3081])
    model.interface.inputs[0].preprocessing = clause
    try model.contents().write(.library, to: folder.path("libdigits.so"))
    let picture = Self.picture(width: 61, height: 45, seed: 8)
    try Data(picture.pixels).write(to: URL(fileURLWithPath: folder.path("picture.rgb")))
    let result = try runC(
      """
      #include <stdio.h>
      #include "digits.h"
      int main(void) {
        static uint8_t pixels[61 * 45 * 3];
        static float image[DIGITS_IMAGE_ELEMENTS];
        FILE *file = fopen("picture.rgb", "rb"), *made = fopen("image.f32", "wb");
        if (fread(pixels, 1, sizeof pixels, file) != sizeof pixels) return 1;
        int32_t code = digits_preprocess(pixels, 61, 45, 3 * 61, RESIN_RGB8, image);
        const resin_preprocessing *clause = digits_model()->inputs[0].preprocessing;
        printf("%d %d %lld\\n", code, clause->interpolation, (long long)clause->resize);
        fwrite(image, sizeof image, 1, made);
        return fclose(made);
      }
      """, in: folder, linking: ["libdigits.so"])
    #expect(result.output == "0 1 31\n")
    #expect(result.status == 0)
    let type = TensorType([1, 1, 28, 28])
    let made = try folder.read("image.f32")
    #expect(try made == Self.bytes(preprocess(picture, as: clause, for: type)))
  }
}
