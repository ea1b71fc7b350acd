import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Pictures and folders of them, each classified by itself.
@Suite struct ManyPicturesTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try tinyModel()
    try FileManager.default.createDirectory(
      atPath: folder.path("photos"), withIntermediateDirectories: true)
    let picture = try Data(contentsOf: URL(fileURLWithPath: folder.path("picture.png")))
    for name in [
      "photos/b.png", "photos/a, \"first\".png", "photos/.hidden.png", "photos/notes.txt",
    ] {
      try folder.write(name, Array(picture))
    }
    try folder.makeFolder("photos/folder.png")
    try folder.write("broken.png", "no picture")
  }

  private func run(_ arguments: [String]) throws -> ProgramResult {
    try resin(["run", "tiny.resin"] + arguments, in: folder)
  }

  @Test func aFolderIsClassifiedInTheOrderOfNames() throws {
    let result = try run(["photos", "--csv", "--top", "1"])
    #expect(result.status == 0)
    #expect(
      result.output == """
        file,output,rank,class,label,probability
        "photos/a, ""first"".png",logits,1,1,green,1
        photos/b.png,logits,1,1,green,1

        """)
    #expect(result.errors.hasPrefix("2 images in "))
  }

  @Test func jsonIsAnObjectALine() throws {
    let result = try run(["photos/", "picture.png", "--json", "--top", "2"])
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n").map { Data($0.utf8) }
    let files = try lines.map { line in
      let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      let output = try #require((record["outputs"] as? [[String: Any]])?.first)
      let classes = try #require(output["classes"] as? [[String: Any]])
      #expect(output["name"] as? String == "logits")
      #expect(classes.map { $0["label"] as? String } == ["green", "blue"])
      #expect(classes.map { $0["class"] as? Int } == [1, 2])
      #expect(classes[0]["probability"] as? Double == 1)
      return record["file"] as? String
    }
    #expect(files == ["photos/a, \"first\".png", "photos/b.png", "picture.png"])
  }

  @Test func whatCannotBeReadIsNamedAndTheOthersGoOn() throws {
    let result = try run(["broken.png", "picture.png", "none.png", "photos/b.png", "--top", "1"])
    #expect(result.status == 2)
    #expect(result.output.contains("image 0  picture.png  "))
    #expect(result.output.contains("image 1  photos/b.png  "))
    #expect(result.errors.contains("broken.png: error: this is neither a PNG nor a JPEG picture"))
    #expect(result.errors.contains("none.png: error: cannot open the file"))
    #expect(result.errors.contains("2 images in "))
    #expect(result.errors.contains("; 2 could not be read"))
    #expect(try run(["broken.png"]).status == 2)
  }

  /// As many runs as threads go on at once, and say the same in the same order.
  @Test func threadsChangeNothingOfWhatIsSaid() throws {
    let samples = packagePath("Models/digits/samples")
    let pictures = Array(repeating: [samples, "broken.png"], count: 5).flatMap { $0 }
    let results = try ["1", "2", "7"].map { threads in
      try resin(
        ["run", packagePath("Models/digits/digits.resin"), "--csv", "--threads", threads]
          + pictures, in: folder)
    }
    for result in results {
      #expect(result.status == 2)
      #expect(result.errors.components(separatedBy: "broken.png: error: ").count == 6)
      #expect(result.errors.contains("70 images in "))
      #expect(result.output.split(separator: "\n").count == 1 + 70 * 5)
      #expect(result.output == results[0].output)
    }
  }

  /// All of them would take 300 MB as inputs.
  @Test func memoryDoesNotGrowWithTheNumberOfPictures() throws {
    try folder.write(
      "mean.resin",
      """
      model mean
      input image: f32[N, 3, 112, 112] from rgb8
      output y = reduce_mean(image, axes: [2, 3])
      """)
    try folder.makeFolder("many")
    for index in 0..<2000 {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("many/\(index).png"), withDestinationPath: "../picture.png")
    }
    /// The most memory that was in use at once, in KiB.
    func peak(_ pictures: String) throws -> Int {
      let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
      let script = """
        import resource, subprocess, sys
        subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        """
      let result = try runProgram(
        ["python3", "-c", script, built, "run", "mean.resin", "--threads", "2", pictures],
        in: folder.path)
      #expect(result.status == 0, "\(result.errors)")
      return try #require(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
    #expect(try peak("many") - peak("picture.png") < 150 << 10)
  }

  @Test func librariesFillTheirBatches() throws {
    let compiled = try resin(
      ["compile", "tiny.resin", "--batch", "2", "-o", "two.so"], in: folder)
    try #require(compiled.status == 0, "\(compiled.errors)")
    let result = try resin(
      ["run", "two.so", "photos", "picture.png", "--csv", "--top", "1"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == 4)
    #expect(result.output.hasSuffix("picture.png,logits,1,1,green,1\n"))
  }

  /// Fourteen digits are three runs of four and two of one, whichever the library has first.
  @Test(arguments: [["--batch", "1,4"], ["--batch", "4,1", "--weights-mode", "separate"]])
  func librariesUseAllTheirNumbersOfImages(options: [String]) throws {
    let digits = packagePath("Models/digits/digits.resin")
    let samples = packagePath("Models/digits/samples")
    let compiled = try resin(["compile", digits, "-o", "digits.so"] + options, in: folder)
    try #require(compiled.status == 0, "\(compiled.errors)")
    let result = try resin(["run", "digits.so", samples, "--csv", "--top", "10"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.hasPrefix("14 images in "))
    #expect(result.output.split(separator: "\n").count == 141)
    for name in ["0.png", "9.png"] {
      let alone = try resin(
        ["run", "digits.so", "\(samples)/\(name)", "--csv", "--top", "10"], in: folder)
      let rows = result.output.split(separator: "\n").filter { $0.contains("/\(name),") }
      #expect(rows == Array(alone.output.split(separator: "\n").dropFirst()))
    }
    let one = ["--input", samples + "/3.png"]
    let inputs = Array(repeating: one, count: 6).flatMap { $0 }
    let together = try resin(["run", "digits.so", "--top", "1"] + inputs, in: folder)
    #expect(together.output.split(separator: "\n").count == 12, "\(together.output)")
  }

  /// A text may say itself how many images a run has.
  @Test(arguments: [1, 2, 3]) func aModelOfTwoImagesTakesAnyNumber(count: Int) throws {
    let text = try String(contentsOfFile: folder.path("tiny.resin"), encoding: .utf8)
    try folder.write("two.resin", text.replacing("f32[N,", with: "f32[2,"))
    let pictures = Array(repeating: "picture.png", count: count)
    let result = try resin(
      ["run", "two.resin", "--weights", "tiny.safetensors", "--csv", "--top", "1"] + pictures,
      in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.split(separator: "\n").dropFirst()
        == Array(repeating: "picture.png,logits,1,1,green,1", count: count)[...])
  }

  @Test func aModelThatDoesNotSayHowIsRefusedOnce() throws {
    let text = try String(contentsOfFile: folder.path("tiny.resin"), encoding: .utf8)
    try folder.write("bare.resin", text.replacing(" from rgb8 { scale: 1 }", with: ""))
    let result = try resin(
      ["run", "bare.resin", "--weights", "tiny.safetensors", "photos"], in: folder)
    #expect(result.status == 2 && result.output == "")
    #expect(result.errors.split(separator: "does not say").count == 2, "\(result.errors)")
    #expect(result.errors.contains("--preprocess"))
  }

  @Test(arguments: [
    (["photos", "--json", "--csv"], "--json and --csv exclude each other"),
    (["photos", "--input", "picture.png"], "pictures are given both with --input and without"),
    (["images.npy"], "is an array, no picture"),
    (["photos", "--top", "0"], "cannot print 0 classes"),
  ])
  func mistakesAreSaid(_ arguments: [String], _ message: String) throws {
    let result = try run(arguments)
    #expect(result.status == 2 && result.output == "")
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func imagesThatDependOnEachOtherAreNotTakenOneByOne() throws {
    try folder.write(
      "mixed.resin",
      """
      model mixed
      input image: f32[N, 3, 4, 4] from rgb8 { scale: 1 }
      output y = softmax(reduce_mean(image, axes: [2, 3]), axis: 0)
      """)
    let result = try resin(["run", "mixed.resin", "photos"], in: folder)
    #expect(result.status == 2 && result.output == "")
    #expect(result.errors.contains("depend on all images together"), "\(result.errors)")
  }
}
