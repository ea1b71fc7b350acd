import Artifacts
import CResinRuntime
import Foundation
import GraphIR
import Planning
import TestSupport
import Testing

/// What libraries make of a picture in one call, against what they make of it in two.
@Suite struct ClassifyTests {
  private static let labels = (0..<10).map { "digit \($0)" }

  private func library(_ mode: WeightsMode = .embedded) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try FixtureModel.digits().contents(mode, labels: [Self.labels])
      .write(.library, to: folder.path("libdigits.so"))
    return folder
  }

  /// Pixels and memory for the programs.
  private static let opening = """
    #include <math.h>
    #include <stdio.h>
    #include <string.h>
    #include "digits.h"
    static _Alignas(64) unsigned char memory[1 << 16];
    static uint8_t pixels[60 * 50 * 3];
    static void draw(void) {
      for (int i = 0; i < 60 * 50 * 3; i++) pixels[i] = (uint8_t)(i * i / 7);
    }
    """

  @Test func classesAreThoseOfARun() throws {
    let result = try runC(
      """
      \(Self.opening)
      int main(void) {
        static float image[DIGITS_IMAGE_ELEMENTS], logits[DIGITS_LOGITS_ELEMENTS];
        resin_class found[12];
        draw();
        if (DIGITS_CLASSES != 10 || DIGITS_CLASSIFY_WORKSPACE_BYTES > sizeof memory) return 1;
        memset(memory, 0xff, sizeof memory);
        if (digits_classify(pixels, 60, 50, 180, RESIN_BGR8, found, 12, memory, DIGITS_CLASSIFY_WORKSPACE_BYTES, NULL)) return 2;
        if (digits_preprocess(pixels, 60, 50, 180, RESIN_BGR8, image)) return 3;
        if (digits_run(image, logits, memory, sizeof memory, NULL)) return 4;
        double sum = 0;
        for (int i = 0; i < 10; i++) sum += exp((double)logits[i]);
        int seen = 0;
        for (int i = 0; i < 10; i++) {
          int index = found[i].index;
          seen |= 1 << index;
          if (i > 0 && logits[index] > logits[found[i - 1].index]) return 5;
          if (i > 0 && logits[index] == logits[found[i - 1].index] && index < found[i - 1].index) return 6;
          if (fabs((double)found[i].probability - exp((double)logits[index]) / sum) > 1e-6) return 7;
          char label[16];
          snprintf(label, sizeof label, "digit %d", index);
          if (strcmp(found[i].label, label)) return 8;
        }
        for (int i = 10; i < 12; i++) {
          if (found[i].index != -1 || found[i].label != NULL || !(found[i].probability <= 0)) return 9;
        }
        printf("%x\\n", seen);
        return 0;
      }
      """, in: library(), linking: ["libdigits.so"])
    #expect(result.output == "3ff\n")
    #expect(result.status == 0)
  }

  @Test func mistakesAreCodesAndWriteNothing() throws {
    let result = try runC(
      """
      \(Self.opening)
      static resin_class found[2];
      static int32_t code(const uint8_t *picture, int64_t width, resin_class *classes, void *workspace, size_t bytes) {
        memset(found, 0x5a, sizeof found);
        int32_t result = digits_classify(picture, width, 50, 180, RESIN_RGB8, classes, 2, workspace, bytes, NULL);
        for (size_t i = 0; i < sizeof found; i++) {
          if (result != RESIN_OK && ((unsigned char *)found)[i] != 0x5a) return -1;
        }
        return result;
      }
      int main(void) {
        const size_t bytes = DIGITS_CLASSIFY_WORKSPACE_BYTES;
        draw();
        printf("%d %d %d %d %d %d %d %d\\n", code(pixels, 60, found, memory, bytes), code(NULL, 60, found, memory, bytes),
               code(pixels, 60, NULL, memory, bytes), code(pixels, 60, found, NULL, bytes),
               code(pixels, 60, found, memory, bytes - 1), code(pixels, 60, found, memory + 4, bytes),
               code(pixels, 61, found, memory, bytes), code(pixels, 0, found, memory, bytes));
        // No class is asked for: all is done, and nothing is written.
        return digits_classify(pixels, 60, 50, 180, RESIN_RGB8, NULL, 0, memory, bytes, NULL);
      }
      """, in: library(), linking: ["libdigits.so"])
    #expect(result.output == "0 1 1 1 2 3 10 10\n")
    #expect(result.status == 0)
  }

  @Test func separateWeightsComeFirst() throws {
    let result = try runC(
      """
      \(Self.opening)
      int main(void) {
        const void *weights;
        resin_class best;
        draw();
        if (digits_classify(NULL, pixels, 60, 50, 180, RESIN_RGB8, &best, 1, memory, sizeof memory, NULL) != RESIN_BAD_WEIGHTS)
          return 1;
        if (digits_weights_map(DIGITS_WEIGHTS_FILE, &weights)) return 2;
        if (digits_classify(weights, pixels, 60, 50, 180, RESIN_RGB8, &best, 1, memory, sizeof memory, NULL)) return 3;
        return best.index < 0 || best.probability < 0.1f;
      }
      """, in: library(.separate), linking: ["libdigits.so"])
    #expect(result.status == 0, "\(result.output)")
  }

  /// No function where there is no picture or no list of classes.
  @Test func otherModelsHaveNone() throws {
    let folder = try ScratchFolder()
    var plain = try FixtureModel.digits()
    plain.interface.inputs[0].preprocessing = nil
    var square = try FixtureModel.digits()
    square.interface.outputs[0].type = TensorType([1, 1, 2, 5])
    var two = try FixtureModel.digits()
    two.interface.inputs[0].type = TensorType([2, 1, 28, 28])
    two.interface.outputs[0].type = TensorType([2, 5])
    for (name, model) in [("plain", plain), ("square", square), ("two", two)] {
      let path = folder.path("lib\(name).so")
      try model.contents().write(.library, to: path)
      let header = String(decoding: try folder.read("\(name).h"), as: UTF8.self)
      #expect(!header.contains("classify") && !header.contains("resin_class"), "\(name)")
      #expect(try !runProgram(["nm", path]).output.contains("classify"), "\(name)")
    }
  }

  /// Of scores, the best by number, with probabilities.
  private func best(_ scores: [Float], _ count: Int) -> [(index: Int32, probability: Float)] {
    var classes = [resin_class](repeating: resin_class(), count: count)
    resin_best_classes(scores, Int64(scores.count), &classes, count)
    return classes.map { ($0.index, $0.probability) }
  }

  @Test func ranksAreOrderedAndEqualsKeepTheirOrder() {
    #expect(best([1, 5, 3, 5, 5], 4).map(\.index) == [1, 3, 4, 2])
    #expect(best([0, 0, 0], 2).map(\.index) == [0, 1])
    #expect(best([], 1).map(\.index) == [-1])
    #expect(best([-1000, -2000], 3).map(\.probability) == [1, 0, 0])
    // Probabilities stay as they are.
    #expect(best([0.25, 0.75], 2).map(\.probability) == [0.75, 0.25])
    #expect(best([0.25, 0.5], 1)[0].probability < 0.57)
    // What is no number is passed by nothing, and passes nothing.
    #expect(best([.nan, 1, 2], 3).map(\.index) == [0, 2, 1])
    #expect(best([.nan, 1], 2).allSatisfy { $0.probability.isNaN })
    var generator = SeededGenerator(seed: 4)
    let scores = (0..<200).map { _ in Float(generator.next() % 50) }
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    for count in [1, 7, 199, 200] {
      #expect(best(scores, count).map { Int($0.index) } == Array(order.prefix(count)))
    }
  }
}
