import Foundation
import TestSupport
import Testing

/// What bash offers, by the functions that it calls for it.
@Suite struct CompletionTests {
  /// Words behind `resin`, the last one unfinished, and some of what is offered for it, or all of it.
  static let offers: [(words: [String], offered: [String], isAll: Bool)] = [
    (["comp"], ["compile"], true),
    (["compile", ""], ["tiny.resin", "photos"], true),
    (["run", ""], ["tiny.resin", "lib.so", "photos"], true),
    (["run", "tiny.resin", "pic"], ["picture.png"], true),
    (
      ["run", "tiny.resin", "--input", ""], ["images.npy", "logits.npy", "picture.png", "photos"],
      true
    ),
    (["run", "tiny.resin", "--dump", ""], ["photos"], true),
    (["compile", "tiny.resin", "--weights", "tiny."], ["tiny.resin", "tiny.safetensors"], true),
    (["compile", "tiny.resin", "--cpu", "znver"], ["znver3", "znver4"], false),
    (
      ["inspect", "tiny.resin", "--cpu", "x86-64-v"], ["x86-64-v2", "x86-64-v3", "x86-64-v4"], true
    ),
    (
      ["run", "tiny.resin", "--preprocess", ""],
      [
        "imagenet", "imagenet-v2", "timm", "inception", "clip", "cifar10", "tensorflow", "caffe",
        "unit", "none",
      ], true
    ),
    (["inspect", "tiny.resin", "--passes", "fuse-"], ["fuse-activation", "fuse-residual"], false),
    (["compile", "tiny.resin", "--emit", "l"], ["library", "llvm-ir"], true),
    (["bench", "tiny.resin", "--thr"], ["--threads", "--throughput"], true),
  ]

  @Test func bashOffersFilesAndValues() throws {
    let folder = try tinyModel()
    try folder.write("lib.so", "")
    try FileManager.default.createDirectory(
      atPath: folder.path("photos"), withIntermediateDirectories: true)
    let script = try resin(["--generate-completion-script", "bash"], in: folder)
    let scripts = try ScratchFolder()
    try scripts.write("completions.sh", script.output)
    for (words, offered, isAll) in Self.offers {
      let result = try runProgram(
        [
          "bash", "-c",
          """
          source '\(scripts.path("completions.sh"))'
          COMP_WORDS=(resin "$@") COMP_CWORD=$# COMP_LINE="resin $*"
          COMP_POINT=${#COMP_LINE} COMPREPLY=()
          _resin resin "${@: -1}" "${COMP_WORDS[$# - 1]}"
          printf '%s\\n' "${COMPREPLY[@]}"
          """, "bash",
        ] + words, in: folder.path)
      let found = Set(result.output.split(separator: "\n").map(String.init))
      #expect(
        isAll ? found == Set(offered) : found.isSuperset(of: offered),
        "\(words): \(found.sorted()) \(result.errors)")
    }
  }
}
