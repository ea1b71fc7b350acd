import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// `resin quantize`, and `resin verify --against`, as users call them.
@Suite struct QuantizeCommandTests {
  private static let digits = packagePath("Models/digits/digits.resin")
  private static let samples = packagePath("Models/digits/samples")

  @Test(arguments: ["digits.q.onnx", "digits.q.resin"])
  func trainedDigitsAreReadAsBefore(_ output: String) throws {
    let folder = try ScratchFolder()
    let labels = try FileManager.default.contentsOfDirectory(atPath: Self.samples).sorted()
      .map { "\($0),\($0.prefix(1))\n" }.joined()
    try folder.write("labels.csv", "file,digit\n" + labels)
    let quantized = try resin(
      [
        "quantize", Self.digits, "--images", Self.samples, "--labels", "labels.csv", "-o", output,
      ], in: folder)
    #expect(quantized.status == 0, "\(quantized.errors)")
    let lines = quantized.output.split(separator: "\n").map(String.init)
    #expect(lines.first == output)
    #expect(lines.contains("the same class as in f32: 14 of 14 images (100.00 %)"), "\(lines)")
    #expect(lines.contains("right: 14 of 14 images (100.00 %), in f32 14"), "\(lines)")
    #expect(
      quantized.errors == "quantize: counting activations\nquantize: comparing means\n"
        + "quantize: comparing with f32\n")
    let run = try resin(
      ["run", output, "--input", Self.samples + "/7.png", "--top", "1", "--preprocess", "none"],
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let verified = try resin(
      ["verify", output, "--against", Self.digits, "--images", Self.samples], in: folder)
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    #expect(verified.output.contains("conv1\n") && verified.output.contains("passed"))
  }

  @Test func theTableNamesWhatStaysInF32() throws {
    let folder = try ScratchFolder()
    let quantized = try resin(
      [
        "quantize", Self.digits, "--images", Self.samples, "--max-loss", "0.2%", "-o", "d.onnx",
      ], in: folder)
    #expect(quantized.status == 0, "\(quantized.errors)")
    let lines = quantized.output.split(separator: "\n").map(String.init)
    #expect(lines[1] == "    error  saves kcycles        layer")
    #expect(lines.contains { $0.hasSuffix("i8    conv1") }, "\(lines)")
  }

  static let mistakes: [BadCase] = [
    BadCase("quantize tiny.resin", "no images are given"),
    BadCase("quantize absent.resin --input images.npy", "absent.resin"),
    BadCase("quantize tiny.resin --images absent", "absent: error: is no folder"),
    BadCase("quantize tiny.resin --images images.npy", "is no folder"),
    BadCase("quantize tiny.resin --images empty", "no picture is in the folder"),
    BadCase("quantize tiny.resin --images broken", "broken/text.png"),
    BadCase("quantize tiny.resin --images empty --input images.npy", "exclude each other"),
    BadCase("quantize tiny.resin --input absent.npy", "absent.npy"),
    BadCase("quantize tiny.resin --input size.npy", "f32[1, 3, 4, 5]"),
    BadCase("quantize tiny.resin --input none.npy", "there is no image"),
    BadCase("quantize tiny.resin --input nan.npy", "infinite or no number"),
    BadCase("quantize tiny.resin --input images.npy -o tiny.resin", "tiny.resin: error: this file"),
    BadCase("quantize tiny.resin --input images.npy -o a.tflite", "ends in '.onnx' or '.resin'"),
    BadCase("quantize tiny.resin --input images.npy -o absent/a.onnx", "absent/a.onnx"),
    BadCase("quantize tiny.resin --input images.npy --threads 0", "threads"),
    BadCase("quantize tiny.resin --input images.npy --max-loss much", "much", status: 64),
    BadCase("quantize tiny.resin --input images.npy --max-loss 101%", "101%", status: 64),
    BadCase("quantize tiny.resin --input images.npy --labels two.txt", "2 labels for 3 images"),
    BadCase("quantize tiny.resin --input images.npy --labels odd.txt", "line 2: '3'"),
    BadCase("quantize tiny.resin --input images.npy --labels absent.txt", "absent.txt"),
    BadCase("quantize plain.resin --input images.npy", "no convolution or linear layer"),
    BadCase("quantize small.q.onnx --input images.npy", "quantised already"),
    BadCase("verify small.q.onnx --against tiny.resin", "--against needs images"),
    BadCase("verify small.q.onnx --against plain.resin --input images.npy", "different outputs"),
    BadCase("verify small.q.onnx --against absent.onnx --input images.npy", "absent.onnx"),
    BadCase(
      "verify small.q.onnx --against tiny.resin --input images.npy --layers", "neither --expect"),
    BadCase("verify tiny.resin --images empty", "--against"),
  ]

  @Test func mistakesAreExplained() throws {
    let folder = try tinyModel()
    for name in ["empty", "broken"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: true)
    }
    try folder.write("broken/text.png", "no picture")
    try folder.write(
      "plain.resin", "model plain\ninput x: f32[N, 3, 4, 4]\noutput y = relu(x)\n")
    try folder.write("two.txt", "1\n2\n")
    try folder.write("odd.txt", "1\n3\n0\n")
    func save(_ name: String, _ shape: [Int], _ value: Float) throws {
      let values = [Float](repeating: value, count: shape.reduce(1, *))
      try writeNumpy(Tensor(shape, floats: values), to: folder.path(name))
    }
    try save("size.npy", [1, 3, 4, 5], 1)
    try save("none.npy", [0, 3, 4, 4], 1)
    try save("nan.npy", [1, 3, 4, 4], .nan)
    let made = try resin(
      ["quantize", "tiny.resin", "--input", "images.npy", "-o", "small.q.onnx"], in: folder)
    #expect(made.status == 0, "\(made.errors)")
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    for mistake in Self.mistakes {
      let arguments = mistake.command.split(separator: " ").map(String.init)
      let result = try resin(arguments, in: folder)
      #expect(result.status == mistake.status, "\(mistake.command): \(result.errors)")
      #expect(result.errors.contains(mistake.message), "\(mistake.command): \(result.errors)")
      #expect(result.output.isEmpty, "\(mistake.command): \(result.output)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
  }
}
