import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Where commands write: never over what they read, never two files at one place, and under no name
/// that says something else.
@Suite struct OutputTests {
  /// The classifier with a block of an import, and files that are the same under other names.
  private func model() throws -> ScratchFolder {
    let folder = try tinyModel()
    try folder.write(
      "parts.resin",
      """
      import "block"
      model parts
      input image: f32[N, 3, 4, 4]
      sum = plane_sums(image)
      output logits = flatten(sum) labels "names"
      """)
    try folder.write("block", "block plane_sums(x) { return conv2d(x, 3, kernel: 4) }\n")
    try folder.write("names", "red\ngreen\nblue\n")
    try folder.write("choices", "# none\n")
    for (name, target) in [("text", "parts.resin"), ("array", "images.npy")] {
      try FileManager.default.linkItem(atPath: folder.path(target), toPath: folder.path(name))
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(name + "-link"), withDestinationPath: target)
    }
    return folder
  }

  private static let compile = "compile parts.resin --random-weights 1 --overrides choices -o "
  private static let run = "run parts.resin --random-weights 1 --input images.npy --output "

  /// Expects that a command gives a message and nothing else: all files stay as they are.
  private func expectRefusal(of command: String, _ message: String, in folder: ScratchFolder) throws
  {
    let names = try folder.names()
    let before = names.map { try? folder.read($0) }
    let result = try resin(command.split(separator: " ").map(String.init), in: folder)
    #expect(result.status == 2 && result.output == "", "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try folder.names() == names)
    #expect(names.map { try? folder.read($0) } == before)
  }

  @Test(arguments: [
    compile + "text", compile + "text-link", compile + "./block", compile + "names",
    compile + "choices", compile + "block --emit llvm-ir", run + "images.npy", run + "array",
    run + "array-link", run + "names", "export parts.resin --random-weights 1 -o block",
    "inspect parts.resin --random-weights 1 --svg text", "inspect tiny.resin --html classes.txt",
    "convert tiny.safetensors -o ./tiny.safetensors",
    "convert tiny.safetensors -o weights.safetensors",
  ])
  func whatIsReadStays(command: String) throws {
    let folder = try model()
    try FileManager.default.linkItem(
      atPath: folder.path("tiny.safetensors"), toPath: folder.path("weights.safetensors"))
    let ending = command.contains("classes.txt") ? "ends in '.txt'" : "is read here"
    try expectRefusal(of: command, ending, in: folder)
  }

  @Test func headersAndWeightsStayToo() throws {
    let folder = try model()
    for (name, options) in [("tiny.h", []), ("tiny.weights", ["--weights-mode", "separate"])] {
      try folder.write(name, "sum = direct\n")
      let result = try resin(
        ["compile", "tiny.resin", "--overrides", name] + options, in: folder)
      #expect(result.status == 2 && result.errors.hasPrefix("\(name): error: "), "\(result.errors)")
      #expect(try folder.read(name) == Array("sum = direct\n".utf8))
      #expect(try !folder.names().contains("libtiny.so"))
      try FileManager.default.removeItem(atPath: folder.path(name))
    }
  }

  @Test(arguments: [
    ("compile tiny.resin -o net.a", ".so"), ("compile tiny.resin -o net.h", ".so"),
    ("compile tiny.resin -o net.dylib", ".so"), ("compile tiny.resin -o tiny.safetensors", ".so"),
    ("compile tiny.resin --emit archive -o net.so", ".a"),
    ("compile tiny.resin --emit object -o net.SO", ".o"),
    ("compile tiny.resin --emit assembly -o net.ll", ".s"),
    ("compile tiny.resin --emit llvm-ir -o net.bc", ".ll"),
    ("run tiny.resin --input images.npy --output o.json", ".npy"),
    ("run tiny.resin --input images.npy --output o.npz", ".npy"),
    ("inspect tiny.resin --svg g.html", ".svg"), ("inspect tiny.resin --html p.svg", ".html"),
    ("export tiny.resin -o tiny.pt", ".onnx"), ("export tiny.resin -o tiny.resin", ".onnx"),
  ])
  func endingsThatSaySomethingElseAreRefused(command: String, ending: String) throws {
    try expectRefusal(of: command, "give a name that ends in '\(ending)'", in: tinyModel())
  }

  @Test(arguments: ["net", "libnet.so.1", "net.v2"])
  func otherNamesAreTheUsersChoice(name: String) throws {
    let folder = try tinyModel()
    let result = try resin(["compile", "tiny.resin", "-o", name], in: folder)
    #expect(result.output == "\(name)\nnet.h\n", "\(result.errors)")
    let run = try resin(["run", name, "--input", "images.npy", "--output", "o"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
  }

  /// Names of outputs that differ in signs which names of files do not have.
  @Test func twoOutputsAreNotOneFile() throws {
    let folder = try tinyModel()
    let fixture = packagePath("Tests/EndToEndTests/Programs/two_names.onnx")
    try FileManager.default.copyItem(atPath: fixture, toPath: folder.path("m.onnx"))
    let result = try resin(
      ["run", "m.onnx", "--input", "images.npy", "--output", "o.npy"], in: folder)
    #expect(result.status == 2 && result.output == "", "\(result.errors)")
    #expect(result.errors.contains("two files that are written here"), "\(result.errors)")
    #expect(try folder.names().filter { $0.hasPrefix("o.") } == [])
  }

  @Test func importKeepsFilesThatAreThere() throws {
    let folder = try tinyModel()
    #expect(try resin(["export", "tiny.resin"], in: folder).status == 0)
    let weights = try folder.read("tiny.safetensors")
    let text = try folder.read("tiny.resin")
    let kept = try resin(["import", "tiny.onnx"], in: folder)
    #expect(kept.status == 2 && kept.errors.contains("--force"), "\(kept.errors)")
    try folder.write("other.safetensors", "mine")
    let beside = try resin(["import", "tiny.onnx", "-o", "other.resin"], in: folder)
    #expect(beside.status == 2 && beside.errors.hasPrefix("other.safetensors: "))
    #expect(try folder.read("tiny.resin") == text)
    #expect(try folder.read("tiny.safetensors") == weights)
    #expect(try !folder.names().contains("other.resin"))
    let forced = try resin(["import", "tiny.onnx", "-o", "other.resin", "--force"], in: folder)
    #expect(forced.output == "other.resin\nother.safetensors\n", "\(forced.errors)")
  }

  @Test(arguments: ["/dev/stdout", "/dev/null", "/proc/self/fd/1", "."])
  func devicesAndFoldersAreNoFiles(path: String) throws {
    let folder = try tinyModel()
    let result = try resin(
      ["run", "tiny.resin", "--input", "images.npy", "--output", path], in: folder)
    #expect(result.status == 2 && result.errors.contains("cannot write here"), "\(result.errors)")
    #expect(result.output == "")
  }

  /// A model that is refused when it is compiled is read, and its outputs' places are looked at, first.
  @Test(arguments: [
    ("compile large.resin -o names", "names: error: this file is read here"),
    ("compile large.resin -o no/net.so", "no/net.so: error: cannot write the file"),
    ("compile large.resin -o .", "integers beyond ±16777215"),
    ("run large.resin --input x.npy --output x.npy", "x.npy: error: this file is read here"),
    ("run large.resin --input x.npy --dump .", "./x.npy: error: this file is read here"),
    ("run large.resin --input x.npy --dump new/values", "integers beyond ±16777215"),
    ("inspect large.resin --html names", "names: error: this file is read here"),
  ])
  func placesAreLookedAtBeforeAnythingIsCompiled(command: String, message: String) throws {
    let folder = try ScratchFolder()
    try folder.write("names", "one\ntwo\n")
    try folder.write(
      "large.resin",
      """
      model large
      input x: i64[N, 2]
      output y = x * x labels "names"
      """)
    try writeNumpy(Tensor([1, 2], integers: [1, 2]), to: folder.path("x.npy"))
    try expectRefusal(of: command, message, in: folder)
  }

  /// Weights that cannot be converted, and a model that has none, are refused for their places first.
  @Test(arguments: [
    ("convert tiny.safetensors --weights-prefix no. -o link.pth", "link.pth: error: this file is"),
    ("convert tiny.safetensors --weights-prefix no. -o no/net.pth", "no/net.pth: error: cannot"),
    ("convert tiny.safetensors --weights-prefix no. -o folder.pth", "folder.pth: error: cannot"),
    ("convert tiny.safetensors --weights-prefix no. -o net.pth", "'no.'"),
    ("export bare.resin -o names", "names: error: this file is read here"),
    ("export bare.resin -o no/net.onnx", "no/net.onnx: error: cannot write the file"),
    ("export bare.resin -o /dev/null", "/dev/null: error: cannot write here"),
    ("export bare.resin -o .", "the model needs weights"),
  ])
  func placesAreLookedAtBeforeAnythingIsConverted(command: String, message: String) throws {
    let folder = try tinyModel()
    try folder.write("names", "one\ntwo\nthree\n")
    try folder.write(
      "bare.resin",
      """
      model bare
      input x: f32[N, 2]
      output y = linear(x, 3) labels "names"
      """)
    try folder.makeFolder("folder.pth")
    try FileManager.default.linkItem(
      atPath: folder.path("tiny.safetensors"), toPath: folder.path("link.pth"))
    try expectRefusal(of: command, message, in: folder)
  }

  /// Two values whose names give one name of a file, and a limit on the size of files.
  @Test func aFolderThatStaysEmptyGoesAgain() throws {
    let folder = try tinyModel()
    try folder.write(
      "twice.resin",
      """
      model twice
      input image: f32[N, 3, 4, 4]
      `a:b` = relu(image)
      a_b = tanh(`a:b`)
      output a_b
      """)
    let twice = try resin(
      ["run", "twice.resin", "--input", "images.npy", "--dump", "new/values"], in: folder)
    #expect(twice.status == 2 && twice.errors.contains("two files that are written here"))
    try writeNumpy(
      Tensor([20, 3, 4, 4], floats: [Float](repeating: 1, count: 960)),
      to: folder.path("many.npy"))
    let shell = "ulimit -f 1; exec \"$0\" \"$@\""
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    let run = ["run", "tiny.resin", "--input", "many.npy", "--dump", "new/values"]
    let full = try runProgram(["bash", "-c", shell, built] + run, in: folder.path)
    #expect(full.status == 2 && full.errors.contains("ulimit -f"), "\(full.errors)")
    #expect(try !folder.names().contains("new"))
    let done = try resin(run, in: folder)
    #expect(done.status == 0 && done.output.contains("new/values/image.npy"), "\(done.errors)")
  }
}
