import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Where what is printed goes: nothing of it is lost without a word, nor gets into another file.
@Suite struct StandardOutputTests {
  /// Runs `resin` by a shell, with redirections.
  private func shell(_ words: String, in folder: ScratchFolder) throws -> ProgramResult {
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    return try runProgram(["bash", "-c", "\"$0\" \(words)", built], in: folder.path)
  }

  @Test(arguments: [
    "run tiny.resin picture.png", "run tiny.resin picture.png --json", "inspect tiny.resin",
    "compile tiny.resin", "--help", "--version", "bench tiny.resin --seconds 0.01",
  ])
  func whatCannotBeWrittenIsAnError(command: String) throws {
    let folder = try tinyModel()
    let full = try shell("\(command) > /dev/full", in: folder)
    #expect(full.status == 2)
    #expect(
      full.errors.hasSuffix(
        "standard output: error: cannot write what was computed: No space left on device\n"))
    let closed = try shell("\(command) >&-", in: folder)
    #expect(closed.status == 2)
    #expect(closed.errors.hasSuffix("cannot write what was computed: Bad file descriptor\n"))
  }

  /// Files that a command opens take the lowest numbers that are free.
  @Test func closedStreamsAreNotTakenForFiles() throws {
    let folder = try tinyModel()
    #expect(try shell("compile tiny.resin", in: folder).status == 0)
    let whole = try folder.read("libtiny.so")
    #expect(try shell("compile tiny.resin <&- >&- 2>&-", in: folder).status == 2)
    #expect(try folder.read("libtiny.so") == whole)
    let run = "run tiny.resin --input images.npy --top 1 --output"
    #expect(try shell("\(run) out.npy <&- >&- 2>&-", in: folder).status == 2)
    #expect(try folder.read("out.npy") == folder.read("logits.npy"))
  }

  @Test func whoReadsLittleEndsTheCommand() throws {
    let folder = try tinyModel()
    let pictures = Array(repeating: "picture.png", count: 3000).joined(separator: " ")
    let result = try shell(
      "run tiny.resin \(pictures) --csv | head -n 1; exit ${PIPESTATUS[0]}", in: folder)
    #expect(result.status == 128 + 13)
    #expect(result.output == "file,output,rank,class,label,probability\n")
    #expect(result.errors == "")
  }

  @Test func numbersThatAreNoneAreSaid() throws {
    let folder = try tinyModel()
    var values = [Float](repeating: 1, count: 48)
    values[5] = .nan
    try writeNumpy(Tensor([1, 3, 4, 4], floats: values), to: folder.path("nan.npy"))
    let text = try resin(["run", "tiny.resin", "--input", "nan.npy", "--top", "1"], in: folder)
    #expect(text.output == "image 0\n      0  NaN  red\n", "\(text.errors)")
    let json = try resin(
      ["run", "tiny.resin", "--input", "nan.npy", "--top", "1", "--json"], in: folder)
    #expect(json.output.contains("\"probability\": null"))
  }

  @Test func ofNoImageNothingIsPrinted() throws {
    let folder = try tinyModel()
    try writeNumpy(Tensor([0, 3, 4, 4], floats: []), to: folder.path("none.npy"))
    let result = try resin(["run", "tiny.resin", "--input", "none.npy"], in: folder)
    #expect(result.status == 0 && result.output == "" && result.errors == "", "\(result)")
  }
}
