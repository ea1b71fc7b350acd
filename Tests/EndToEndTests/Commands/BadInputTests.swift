import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// A command that must fail with words, and what makes it wrong.
struct BadCase: Sendable, CustomTestStringConvertible {
  /// The command line, split at spaces.
  let command: String
  /// What standard error must say.
  let message: String
  /// 2 for input that is wrong, 64 for a command line that cannot be read.
  var status: Int32 = 2

  init(_ command: String, _ message: String, status: Int32 = 2) {
    (self.command, self.message, self.status) = (command, message, status)
  }

  var testDescription: String { command }
}

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
    try folder.write("binary.txt", [0xff, 0x00, 0xfe])
    try folder.write("text.so", "no library")
    try folder.write("empty.so", "")
    try folder.write("short.so", Array(try folder.read("libtiny.so").prefix(2000)))
    try folder.write("words.bin", "x")
  }

  static let models: [BadCase] = [
    BadCase("inspect absent.resin", "absent.resin"),
    BadCase("inspect absent.onnx", "absent.onnx"),
    BadCase("inspect tiny", "ends neither in '.resin' nor in '.onnx'"),
    BadCase("inspect words.bin", "ends neither in '.resin' nor in '.onnx'"),
    BadCase("inspect folder.resin", "folder.resin"),
    BadCase("inspect empty.resin", "empty.resin"),
    BadCase("inspect binary.resin", "UTF-8"),
    BadCase("inspect unclosed.resin", "unclosed.resin:3:1: error: expected ']'"),
    BadCase("inspect unknown.resin", "convolve"),
    BadCase("inspect shapes.resin", "shapes.resin:4:"),
    BadCase("inspect window.resin", "window.resin:3:"),
    BadCase("inspect zero.resin", "zero.resin:3:"),
    BadCase("inspect huge.resin", "huge.resin:2:"),
    BadCase("run large.resin --input images.npy", "error: "),
    BadCase("inspect undefined.resin", "'z'"),
    BadCase("inspect loop.resin", "circle"),
    BadCase("inspect lonely.resin", "absent.resin"),
    BadCase("inspect deep.resin", "deep.resin:3:"),
    BadCase("compile unlabelled.resin", "absent.txt"),
    BadCase("compile mislabelled.resin", "3 labels for 2 classes"),
    BadCase("compile resin_m.resin", "begin with 'resin'"),
    BadCase("compile counts.resin", "f32"),
    BadCase("inspect empty.onnx", "empty.onnx"),
    BadCase("inspect short.onnx", "short.onnx"),
    BadCase("inspect text.onnx", "text.onnx"),
    BadCase("inspect noise.onnx", "noise.onnx"),
  ]

  static let weights: [BadCase] = [
    BadCase("compile tiny.resin --weights absent.safetensors", "absent.safetensors"),
    BadCase("compile tiny.resin --weights short.safetensors", "short.safetensors"),
    BadCase("compile tiny.resin --weights header.safetensors", "header.safetensors"),
    BadCase("compile tiny.resin --weights empty.safetensors", "empty.safetensors"),
    BadCase("compile tiny.resin --weights text.safetensors", "text.safetensors"),
    BadCase("compile tiny.resin --weights huge.safetensors", "huge.safetensors"),
    BadCase("compile tiny.resin --weights none.safetensors", "sum.weight"),
    BadCase("compile tiny.resin --weights slip.safetensors", "did you mean 'sun.weight'?"),
    BadCase("compile tiny.resin --weights extra.safetensors", "'other'"),
    BadCase("compile tiny.resin --weights shape.safetensors", "f32[3, 48]"),
    BadCase("compile tiny.resin --weights type.safetensors", "i64[3, 3, 4, 4]"),
    BadCase("compile tiny.resin --weights .", "error: "),
    BadCase("compile good.onnx --weights tiny.safetensors", "has its own weights"),
    BadCase("compile good.onnx --random-weights 1", "has its own weights"),
    BadCase("run libtiny.so --input images.npy --random-weights 1", "has its own weights"),
    BadCase(
      "compile tiny.resin --weights tiny.safetensors --random-weights 1", "exclude each other"),
    BadCase("compile tiny.resin --weights absent.pth", "absent.pth"),
    BadCase("compile tiny.resin --weights words.bin", "words.bin"),
    BadCase("compile tiny.resin --weights-key model", "name it with --weights"),
    BadCase("compile tiny.resin --weights-prefix model.", "name it with --weights"),
    BadCase(
      "compile tiny.resin --weights tiny.safetensors --weights-prefix model.",
      "no tensor has a name that begins with 'model.'"),
    BadCase("convert tiny.safetensors -o a.pth --weights-prefix net.", "begins with 'net.'"),
    BadCase("compile tiny.resin --name 2b", "model '2b': error: the name is no identifier of C"),
    BadCase("compile tiny.resin --name int", "a word of C or C++"),
    BadCase("compile tiny.resin --name Resin_a --batch 1,2", "begin with 'resin' are taken"),
    BadCase("compile tiny.resin --emit assembly --name a-b", "no identifier of C"),
    BadCase(
      "compile tiny.resin --weights tiny.safetensors --weights-key a", "a key is for checkpoints"),
    BadCase("export tiny.resin --weights short.safetensors", "short.safetensors"),
    BadCase("export undefined.resin", "'z'"),
    BadCase("export tiny.resin -o absent/m.onnx", "absent/m.onnx"),
    BadCase("import tiny.resin", "only ONNX models are imported"),
    BadCase("import short.onnx", "short.onnx"),
    BadCase("convert short.safetensors -o a.pth", "short.safetensors"),
    BadCase("convert tiny.safetensors -o a.onnx", "ends in .safetensors"),
    BadCase("convert tiny.safetensors", "Missing expected argument", status: 64),
  ]

  static let inputs: [BadCase] = [
    BadCase("run tiny.resin --input absent.npy", "absent.npy"),
    BadCase("run tiny.resin --input short.npy", "short.npy"),
    BadCase("run tiny.resin --input long.npy", "long.npy"),
    BadCase("run tiny.resin --input header.npy", "header.npy"),
    BadCase("run tiny.resin --input empty.npy", "empty.npy"),
    BadCase("run tiny.resin --input text.npy", "text.npy"),
    BadCase("run tiny.resin --input rank.npy", "input 'image'"),
    BadCase("run tiny.resin --input size.npy", "f32[1, 3, 4, 5]"),
    BadCase("run libtiny.so --input size.npy", "f32[1, 3, 4, 5]"),
    BadCase("run tiny.resin --input counts.npy", "i64"),
    BadCase("run tiny.resin --input images.npy --input size.npy", "cannot be joined"),
    BadCase("run tiny.resin --input tiny.resin", "ends in none of"),
    BadCase("run tiny.resin --input empty.png", "empty.png"),
    BadCase("run tiny.resin --input text.png", "text.png"),
    BadCase("run tiny.resin --input short.png", "short.png"),
    BadCase("run tiny.resin --input empty.jpg", "empty.jpg"),
    BadCase("run tiny.resin --input short.jpg", "short.jpg"),
    BadCase("run tiny.resin --input text.png --preprocess none", "text.png"),
    BadCase(
      "run tiny.resin --input picture.png --preprocess imagenet",
      "--preprocess imagenet: error: the crop must give the input f32[1, 3, 4, 4] its height and width\n  crop to 4×4"
    ),
    BadCase("run features.resin --input picture.png", "say it with --preprocess"),
    BadCase("run tiny.resin --input images.npy --labels absent.txt", "absent.txt"),
    BadCase("run tiny.resin --input images.npy --labels two.txt", "2 labels for 3 classes"),
    BadCase("run tiny.resin --input images.npy --labels binary.txt", "UTF-8"),
    BadCase("run features.resin --input images.npy --top 1", "no list of classes"),
    BadCase("run absent.so --input images.npy", "absent.so"),
    BadCase("run text.so --input images.npy", "no shared library"),
    BadCase("run empty.so --input images.npy", "no shared library"),
    BadCase("run short.so --input images.npy", "not whole"),
    BadCase("run libapart.so --input images.npy", "apart.weights"),
    BadCase("verify tiny.resin --expect logits.npy", "--expect needs"),
    BadCase("verify tiny.resin --input images.npy --expect images.npy", "f32[3, 3, 4, 4]"),
    BadCase("verify tiny.resin --input size.npy", "f32[1, 3, 4, 5]"),
  ]

  static let places: [BadCase] = [
    BadCase("compile tiny.resin -o absent/lib.so", "absent/lib.so"),
    BadCase("compile tiny.resin -o absent/", "absent/"),
    BadCase("compile tiny.resin -o tiny.resin/lib.so", "tiny.resin/lib.so"),
    BadCase("compile tiny.resin -o /dev/null", "/dev/null"),
    BadCase("compile tiny.resin -o /proc/lib.so", "/proc/lib.so"),
    BadCase("compile tiny.resin --emit llvm-ir -o absent/tiny.ll", "absent/tiny.ll"),
    BadCase("run tiny.resin --input images.npy --output absent/o.npy", "absent/o.npy"),
    BadCase("run tiny.resin --input images.npy --output folder.resin", "folder.resin"),
  ]

  static let flags: [BadCase] = [
    BadCase("compile tiny.resin --set classes=3", "no parameter 'classes'"),
    BadCase("compile tiny.resin --set classes", "cannot read --set classes"),
    BadCase("compile tiny.resin --set classes=3.5", "cannot read --set classes=3.5"),
    BadCase("compile tiny.resin --set a=1 --set a=2", "--set gives 'a' twice"),
    BadCase("run tiny.resin --input images.npy --nodes sum", "--nodes says what --dump writes"),
    BadCase("run tiny.resin --input images.npy --dump d --nodes sun", "no value 'sun'"),
    BadCase("run tiny.resin --input images.npy --dump tiny.resin", "cannot make the folder"),
    BadCase("run libtiny.so --input images.npy --dump d", "computes its outputs only"),
    BadCase("verify tiny.resin --input images.npy --expect folder.resin", "no file is named after"),
    BadCase("compile tiny.resin --batch 2,2", "a number twice"),
    BadCase("compile tiny.resin --batch 1,0", "batch of 0"),
    BadCase("compile tiny.resin --batch 1,2 --emit assembly", "one number of images"),
    BadCase("compile tiny.resin --dim H=3", "no dimension 'H'"),
    BadCase("compile tiny.resin --dim H", "cannot read --dim H"),
    BadCase("compile tiny.resin --dim N=0", "the extent 0"),
    BadCase("compile tiny.resin --dim N=1,", "cannot read --dim N=1,"),
    BadCase("compile tiny.resin --dim N=2,2", "the extent 2 twice"),
    BadCase("compile tiny.resin --dim N=2,-1", "the extent -1"),
    BadCase("compile tiny.resin --dim N=1,99999999999", "is too large"),
    BadCase("compile tiny.resin --dim N=1,99999999999", "note: this is with N=99999999999"),
    BadCase("compile tiny.resin --dim H=3,4", "no dimension 'H'"),
    BadCase("compile tiny.resin --dim N=1,2 --emit assembly", "one size"),
    BadCase("run tiny.resin --input images.npy --dim N=1,2", "'resin compile' makes a library"),
    BadCase("import good.onnx --dim height=3,4", "cannot read --dim height=3,4"),
    BadCase("inspect good.onnx --dim height=3", "no input has an open axis 'height'"),
    BadCase("run libtiny.so --input images.npy --dim H=3", "compiled already"),
    BadCase("compile tiny.resin --outputs logit", "its outputs are logits"),
    BadCase("compile tiny.resin --outputs logits,logits", "asked for twice"),
    BadCase("inspect tiny.resin --outputs logits,", "no output ''"),
    BadCase("inspect good.onnx --set classes=3", "no parameters to set"),
    BadCase("inspect good.onnx --outputs nothing", "its outputs are "),
    BadCase("bench libtiny.so --set classes=3", "compiled already"),
    BadCase("run libtiny.so --input images.npy --outputs logits", "compiled already"),
    BadCase("run tiny.resin --input images.npy --threads 0", "0 threads"),
    BadCase("run tiny.resin --input images.npy --threads=-1", "-1 threads"),
    BadCase("run tiny.resin --input images.npy --threads 100000", "100000 threads"),
    BadCase("bench tiny.resin --threads 257", "257 threads"),
    BadCase("verify tiny.resin --threads 0", "0 threads"),
    BadCase("compile tiny.resin --batch 0", "batch of 0"),
    BadCase("compile tiny.resin --batch=-4", "batch of -4"),
    BadCase("compile tiny.resin --batch 9999999999", "batch of 9999999999"),
    BadCase("bench libtiny.so --batch 4", "compiled for a batch of 1, not 4"),
    BadCase("compile tiny.resin --cpu z80", "unknown CPU 'z80'"),
    BadCase("compile tiny.resin --cpu znver33", "did you mean 'znver3'"),
    BadCase("compile tiny.resin --cpu x86-64-v4+avx512vni", "did you mean 'avx512vnni'"),
    BadCase("compile tiny.resin --cpu x86-64+avx512f", "together with all of x86-64-v4"),
    BadCase("compile tiny.resin --cpu haswell,x86-64-v3", "cannot tell haswell and x86-64-v3"),
    BadCase("compile tiny.resin --algorithm sum", "expected NODE = ALGORITHM"),
    BadCase("compile tiny.resin --algorithm sum=fast", "unknown algorithm 'fast'"),
    BadCase("compile tiny.resin --algorithm sun=direct", "did you mean 'sum'?"),
    BadCase("compile tiny.resin --algorithm sum=winograd-2", "does not fit the convolution 'sum'"),
    BadCase("compile tiny.resin --overrides absent.txt", "absent.txt"),
    BadCase("compile tiny.resin --tune-seconds 3", "--tune-seconds needs --tune"),
    BadCase("run tiny.resin --input images.npy --tuning-cache c.json", "needs --tune"),
    BadCase("compile tiny.resin --tune --tune-seconds=-1", "cannot measure for -1"),
    BadCase("compile tiny.resin --tune --tuning-cache tiny.resin", "no tuning cache"),
    BadCase("compile tiny.resin --tune --tuning-cache .", "error: "),
    BadCase("inspect tiny.resin --plan --tuning-cache tiny.resin", "no tuning cache"),
    BadCase("bench libtiny.so --tune", "a library has its algorithms"),
    BadCase("run libtiny.so --input images.npy --weights-type f16", "a library has its weights"),
    BadCase("compile tiny.resin --weights-type f8", "f8", status: 64),
    BadCase("inspect libtiny.so --plan", "a library has no stages"),
    BadCase("compile tiny.resin --optimize beauty", "beauty", status: 64),
    BadCase("compile tiny.resin --overrides tiny.resin", "tiny.resin:1:1: error: expected NODE"),
    BadCase("inspect tiny.resin --plan --cpu z80", "unknown CPU 'z80'"),
    BadCase("run tiny.resin", "no input is given"),
    BadCase("run tiny.resin --input images.npy --top 0", "--top"),
    BadCase("run tiny.resin --input images.npy --top=-3", "--top"),
    BadCase("inspect tiny.resin --passes fold-konstants", "fold-constants"),
    BadCase("inspect tiny.resin --passes ,", "error: "),
    BadCase("inspect tiny.resin --passes fold-constants --plan", "exclude each other"),
    BadCase("inspect tiny.resin --plan --stage imported", "exclude each other"),
    BadCase("inspect tiny.resin --stage middle", "middle", status: 64),
    BadCase("inspect tiny.resin --html p.html --stage imported", "leave --stage out"),
    BadCase("inspect tiny.resin --html p.html --svg g.svg", "leave --svg out"),
    BadCase("inspect tiny.resin --plan --svg g.svg", "a plan is no graph"),
    BadCase("inspect tiny.resin --no-measure", "--no-measure is for --html"),
    BadCase("inspect tiny.resin --cpu x86-64", "--cpu is about plans, and no plan is shown"),
    BadCase("inspect tiny.resin --svg g.svg --tune", "--tune is about plans"),
    BadCase("inspect tiny.resin --stage imported --no-winograd", "--no-winograd is about plans"),
    BadCase("inspect libtiny.so --batch 2", "a library is compiled already"),
    BadCase("inspect libtiny.so --cpu x86-64", "a library is compiled already"),
    BadCase(
      "run libtiny.so --input images.npy --werror", "give --set, --dim, --outputs, --without"),
    BadCase("verify libtiny.so", "this is a library, where a model is expected"),
    BadCase("export libtiny.so", "give the .resin or .onnx file that it was compiled from"),
    BadCase("compile tiny.safetensors", "give weights with --weights, beside a .resin file"),
    BadCase("compile tiny.resin --emit llvm-ir --cc gcc", "--cc is for libraries"),
    BadCase(
      "compile tiny.resin --emit assembly --weights-mode separate",
      "--weights-mode is for libraries"),
    BadCase(
      "run tiny.resin --input images.npy --dump d --json", "--top, --labels, --json and --csv"),
    BadCase(
      "run tiny.resin --input images.npy --dump d --csv", "--top, --labels, --json and --csv"),
    BadCase("run tiny.resin --input images.npy --dump d --tune", "leave --tune out"),
    BadCase("run tiny.resin --input images.npy --dump d --nodes su", "did you mean 'sum'?"),
    BadCase("run tiny.resin --input images.npy --dump d --nodes conv", "prints all names"),
    BadCase("run tiny.resin --input images.npy --preprocess none", "all inputs are arrays"),
    BadCase("run tiny.resin --input images.npy --no-exif", "leave --no-exif out"),
    BadCase("verify tiny.resin --preprocess none", "--preprocess is for pictures"),
    BadCase(
      "verify tiny.resin --against tiny.resin --input images.npy --no-winograd",
      "leave --no-winograd out"),
    BadCase("compile tiny.resin --cpu avx2", "give x86-64-v3"),
    BadCase("compile tiny.resin --emit elf", "elf", status: 64),
    BadCase("compile tiny.resin --weights-mode away", "away", status: 64),
    BadCase("compile tiny.resin --batch many", "many", status: 64),
    BadCase("compile tiny.resin --batch 1,x", "1,x", status: 64),
    BadCase("compile tiny.resin --batch 1,", "1,", status: 64),
    BadCase("compile tiny.resin --batch 99999999999999999999", "batch", status: 64),
    BadCase("compile tiny.resin --random-weights=-1", "random-weights", status: 64),
    BadCase(
      "run tiny.resin --input picture.png --preprocess mnist",
      "--preprocess mnist: error: there is no preprocessing called 'mnist'\n  choose one of imagenet, "
    ),
    BadCase(
      "run tiny.resin picture.png --preprocess resize=4,bicubik",
      "--preprocess resize=4,bicubik: error: there is no preprocessing called 'bicubik'\n  did you mean 'bicubic'?"
    ),
    BadCase(
      "verify tiny.resin --input picture.png --preprocess std=0",
      "--preprocess std=0: error: deviation holds numbers other than 0"),
    BadCase(
      "quantize tiny.resin --input picture.png --preprocess mean=",
      "'mean=' has no value\n  write mean=0.485/0.456/0.406"),
    BadCase("compile", "model", status: 64),
    BadCase("explode", "explode", status: 64),
    BadCase("compile tiny.resin --faster", "--faster", status: 64),
  ]

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
