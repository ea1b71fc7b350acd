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
      #expect(classes.map { $0["label"] as? String } == ["green", "red"])
      #expect(classes.map { $0["class"] as? Int } == [1, 0])
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
