import TestSupport
import Testing

/// `NAME_classify` of a library for several sizes, several numbers of images and several levels.
@Suite struct ClassifySizesTests {
  /// Two classes: how bright a picture is, and how dark.
  private static let model = """
    model tones

    input image: f32[N, 1, height, width] from gray8 { scale: 1.0 / 255 }

    bright = global_average_pool(image)

    output tone = concat(bright, 1 - bright, axis: 1)
    """

  @Test func theSizeIsChosenAndOneImageIsComputed() throws {
    let folder = try ScratchFolder()
    try folder.write("tones.resin", Self.model)
    let made = try resin(
      [
        "compile", "tones.resin", "--dim", "height=4,8", "--dim", "width=6,12", "--batch", "4,1",
        "--cpu", "x86-64,x86-64-v3", "--package", "cpp",
      ], in: folder)
    try #require(made.status == 0, "\(made.errors)")
    try folder.write(
      "main.cpp",
      """
      #include <cstdio>
      #include "tones.hpp"
      int main() {
        tones::network network;
        const std::vector<std::uint8_t> pixels(12 * 8, 204);
        for (std::int64_t height : {4, 8, 5}) {
          try {
            for (const resin_class &found : network.classify(height, 12, pixels.data(), 12, 8, 12, RESIN_GRAY8)) {
              std::printf("%d %.2f\\n", found.index, static_cast<double>(found.probability));
            }
          } catch (const resin::error &error) {
            std::printf("%d\\n", error.code());
          }
        }
        return 0;
      }
      """)
    let built = try runProgram(
      [
        "c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "main.cpp", "-L.", "-ltones",
        "-Wl,-rpath,.", "-o", "main",
      ], in: folder.path)
    try #require(built.status == 0, "\(built.errors)")
    let found = try runProgram(["./main"], in: folder.path)
    #expect(found.output == "0 0.80\n1 0.20\n0 0.80\n1 0.20\n9\n")
  }
}
