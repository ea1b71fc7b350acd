import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Files that are truncated, empty, of another kind or for another model; flags that make no sense;
/// places that cannot be written. Every command ends with a message and a code, and leaves nothing
/// behind.
@Suite struct BadInputTests {
  /// The good model and everything that is wrong, made once.
  private static let folder = Result { try makeFolder() }

  private static func makeFolder() throws -> ScratchFolder {
    let folder = try tinyModel()
    // Nothing releases what a static property holds.
    atexit { try? FileManager.default.removeItem(atPath: BadInputTests.folder.get().path) }
    let compiled = try resin(["compile", "tiny.resin"], in: folder)
    guard compiled.status == 0 else { throw CocoaError(.featureUnsupported) }
    let separate = try resin(
      ["compile", "tiny.resin", "-o", "libapart.so", "--weights-mode", "separate"], in: folder)
    guard separate.status == 0 else { throw CocoaError(.featureUnsupported) }
    try FileManager.default.removeItem(atPath: folder.path("apart.weights"))
    try FileManager.default.createDirectory(
      atPath: folder.path("folder.resin"), withIntermediateDirectories: true)
    try makeModels(folder)
    try makeWeights(folder)
    try makeInputs(folder)
    return folder
  }

  private static func makeModels(_ folder: ScratchFolder) throws {
    let texts = [
      "empty": "", "unclosed": "model m\ninput x: f32[1, 3, 4, 4\noutput y = x\n",
      "unknown": "model m\ninput x: f32[1, 3, 4, 4]\ny = convolve(x)\noutput y\n",
      "shapes": "model m\ninput x: f32[1, 3, 4, 4]\ninput z: f32[1, 2, 4, 4]\noutput y = x + z\n",
      "window": "model m\ninput x: f32[1, 3, 4, 4]\noutput y = max_pool(x, kernel: 9)\n",
      "zero": "model m\ninput x: f32[1, 3, 4, 4]\noutput y = max_pool(x, kernel: 2, stride: 0)\n",
      "huge": "model m\ninput x: f32[99999999999, 99999999999]\noutput y = relu(x)\n",
      "large": "model m\ninput x: f32[1, 4, 400000, 400000]\noutput y = relu(x)\n",
      "undefined": "model m\ninput x: f32[1, 3]\noutput y = relu(z)\n",
      "loop": "import \"loop.resin\"\nmodel m\ninput x: f32[1, 3]\noutput y = relu(x)\n",
      "lonely": "import \"absent.resin\"\nmodel m\ninput x: f32[1, 3]\noutput y = relu(x)\n",
      "deep": "model m\ninput x: f32[1, 3]\noutput y = "
        + String(repeating: "relu(", count: 50_000) + "x" + String(repeating: ")", count: 50_000),
      "unlabelled":
        "model m\ninput x: f32[1, 3]\noutput y = relu(x) labels \"absent.txt\"\n",
      "mislabelled":
        "model m\ninput x: f32[1, 2]\noutput y = relu(x) labels \"classes.txt\"\n",
      "resin_m": "model resin_m\ninput x: f32[1, 3]\noutput y = relu(x)\n",
      "counts": "model m\ninput x: i64[1, 3]\noutput y = x + x\n",
      "features": "model m\ninput x: f32[2, 3, 4, 4]\noutput y = relu(x)\n",
    ]
    for name in texts.keys.sorted() { try folder.write("\(name).resin", texts[name] ?? "") }
    try folder.write("binary.resin", [UInt8]([0xff, 0xfe, 0x00, 0x80]))
    let fixture = packagePath("Tests/ONNXImportTests/Fixtures/mobile_dynamo.onnx")
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: fixture)))
    try folder.write("good.onnx", whole)
    try folder.write("empty.onnx", "")
    try folder.write("short.onnx", Array(whole[..<(whole.count / 2)]))
    try folder.write("text.onnx", "this is not a model\n")
    try folder.write("noise.onnx", (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7919 >> 3) })
  }

  private static func makeWeights(_ folder: ScratchFolder) throws {
    let whole = try folder.read("tiny.safetensors")
    try folder.write("short.safetensors", Array(whole.dropLast(8)))
    try folder.write("header.safetensors", Array(whole[..<20]))
    try folder.write("empty.safetensors", "")
    try folder.write("text.safetensors", "no weights at all, only text that is long enough")
    try folder.write("huge.safetensors", [UInt8](repeating: 0xff, count: 64))
    func save(_ name: String, _ tensors: [(String, Tensor)]) throws {
      try writeSafetensors(tensors, to: folder.path(name))
    }
    let weight = Tensor([3, 3, 4, 4], floats: [Float](repeating: 1, count: 144))
    try save("none.safetensors", [])
    try save("slip.safetensors", [("sun.weight", weight)])
    try save(
      "extra.safetensors", [("sum.weight", weight), ("other", Tensor([1], floats: [1]))])
    try save("shape.safetensors", [("sum.weight", weight.reshaped(to: [3, 48]))])
    try save(
      "type.safetensors",
      [("sum.weight", Tensor([3, 3, 4, 4], integers: [Int64](repeating: 1, count: 144)))])
  }

  private static func makeInputs(_ folder: ScratchFolder) throws {
    let whole = try folder.read("images.npy")
    try folder.write("short.npy", Array(whole.dropLast(5)))
    try folder.write("long.npy", whole + [0, 0, 0, 0])
    try folder.write("header.npy", Array(whole[..<12]))
    try folder.write("empty.npy", "")
    try folder.write("text.npy", "1 2 3\n")
    let head = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3, 4, 4), }"
    try folder.write(
      "vast.npy",
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(head.utf8.count), 0] + Array(head.utf8)
        + (0..<48).flatMap { index in
          let number = index == 7 ? 1e300 : index == 6 ? Double.infinity : 1
          return withUnsafeBytes(of: number.bitPattern.littleEndian, Array.init)
        })
    func save(_ name: String, _ tensor: Tensor) throws {
      try writeNumpy(tensor, to: folder.path(name))
    }
    try save("rank.npy", Tensor([3, 4, 4], floats: [Float](repeating: 1, count: 48)))
    try save("size.npy", Tensor([1, 3, 4, 5], floats: [Float](repeating: 1, count: 60)))
    let large = [Int64](repeating: 1 << 24 + 1, count: 48)
    try save("counts.npy", Tensor([1, 3, 4, 4], integers: large))
    try folder.write("empty.png", "")
    try folder.write("text.png", "no picture")
    try folder.write("short.png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])
    try folder.write("empty.jpg", "")
    try folder.write("short.jpg", [0xff, 0xd8, 0xff, 0xe0, 0, 16])
    try folder.write("two.txt", "a\nb\n")
    try folder.write("one.txt", "a\n")
    try folder.write("binary.txt", [0xff, 0x00, 0xfe])
    try folder.write("text.so", "no library")
    try folder.write("empty.so", "")
    try folder.write("short.so", Array(try folder.read("libtiny.so").prefix(2000)))
    try folder.write("words.bin", "x")
  }

  @Test(arguments: models + weights + inputs + places + flags)
  func endsWithAMessageAndACode(bad: BadCase) throws {
    let folder = try Self.folder.get()
    let before = try folder.names()
    let result = try resin(bad.command.split(separator: " ").map(String.init), in: folder)
    #expect(result.status == bad.status, "\(result.output) \(result.errors)")
    #expect(result.errors.contains(bad.message), "\(result.errors)")
    #expect(result.errors.lowercased().contains("error"), "\(result.errors)")
    #expect(result.output == "")
    #expect(try folder.names() == before)
  }
}
