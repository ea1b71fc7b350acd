import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Two trainings of one model in one program: `--name` tells them apart.
@Suite struct TwoTrainingsTests {
  /// The tiny model and weights of a second training, twice the first.
  private func folder() throws -> ScratchFolder {
    let folder = try tinyModel()
    let weight = try SafetensorsFile(path: folder.path("tiny.safetensors")).tensor("sum.weight")
    try writeSafetensors(
      [("sum.weight", Tensor(weight.shape, floats: weight.floats.map { 2 * $0 }))],
      to: folder.path("second.safetensors"))
    return folder
  }

  private func compile(_ arguments: [String], in folder: ScratchFolder) throws -> [String] {
    let result = try resin(["compile", "tiny.resin"] + arguments, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }

  /// Runs both on one picture of ones, and prints a logit of each.
  private static let program = """
    #include <stdio.h>
    #include <string.h>
    #include "one.h"
    #include "two.h"
    static _Alignas(64) unsigned char memory[1 << 20];
    int main(void) {
      static float image[4 * 48], y[4 * 3], z[4 * 3];
      for (int i = 0; i < 4 * 48; i++) image[i] = 1;
      if (sizeof memory < ONE_WORKSPACE_BYTES || sizeof memory < TWO_WORKSPACE_BYTES) return 1;
    #ifdef COMBINED
      const void *first, *second;
      if (one_weights_map(ONE_WEIGHTS_FILE, &first) || two_weights_map(TWO_WEIGHTS_FILE, &second)) return 2;
      if (one_weights_check(second) != RESIN_BAD_WEIGHTS) return 3;
      if (one_run(4, first, image, y, memory, sizeof memory, NULL)) return 4;
      if (two_run(4, second, image, z, memory, sizeof memory, NULL)) return 5;
      if (one_run(2, first, image, y, memory, sizeof memory, NULL)) return 6;
    #else
      if (one_run(image, y, memory, sizeof memory, NULL)) return 4;
      if (two_run(image, z, memory, sizeof memory, NULL)) return 5;
    #endif
      if (strcmp(one_model()->name, "one") || strcmp(two_model()->name, "two")) return 7;
      printf("%g %g\\n", y[0], z[0]);
      return 0;
    }
    """

  @Test(arguments: ["library", "archive", "object"], [false, true])
  func eachGivesItsOwnValues(_ kind: String, _ combined: Bool) throws {
    let folder = try folder()
    var options = ["--emit", kind]
    if combined {
      options += ["--batch", "2,4", "--cpu", "x86-64,x86-64-v3", "--weights-mode", "separate"]
    }
    var libraries: [String] = []
    for (name, weights) in [("one", "tiny.safetensors"), ("two", "second.safetensors")] {
      let files = try compile(options + ["--name", name, "--weights", weights], in: folder)
      #expect(files.dropFirst() == ["\(name).h"] + (combined ? ["\(name).weights"] : []))
      libraries.append(files[0])
    }
    let names = ["library": "libone.so", "archive": "libone.a", "object": "one.o"]
    #expect(libraries[0] == names[kind])
    try folder.write("main.c", Self.program)
    let built = try runProgram(
      ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror"] + (combined ? ["-DCOMBINED"] : [])
        + ["main.c"] + libraries.map { kind == "library" ? "./\($0)" : $0 }
        + ["-Wl,-rpath,.", "-o", "main", "-lm", "-lpthread"], in: folder.path)
    #expect(built.status == 0, "\(built.errors)")
    let result = try runProgram(["./main"], in: folder.path)
    #expect(result.status == 0)
    #expect(result.output == "16 32\n")
    if kind == "library" {
      let inspected = try resin(["inspect", libraries[1]], in: folder).output
      #expect(inspected.hasPrefix("model           two\n"))
      #expect(inspected.contains(" --name two\n"), "\(inspected)")
    }
  }

  /// Header and weights are named after the library, so that none replaces another's.
  @Test func filesAreNamedAfterTheLibrary() throws {
    let folder = try folder()
    try FileManager.default.createDirectory(
      atPath: folder.path("build"), withIntermediateDirectories: false)
    for (output, kind, stem) in [
      ("build/libcats.so", "library", "cats"), ("build/libdogs.so.1.2", "library", "dogs"),
      ("build/plain.so", "library", "plain"), ("build/libmice.a", "archive", "mice"),
      ("build/liblib.o", "object", "liblib"), ("build/v1.5", "object", "v1"),
      ("build/name", "library", "name"), ("build/", "library", "tiny"),
    ] {
      let files = try compile(
        ["-o", output, "--emit", kind, "--weights-mode", "separate"], in: folder)
      #expect(files.dropFirst() == ["build/\(stem).h", "build/\(stem).weights"])
      #expect(try String(decoding: folder.read(files[1]), as: UTF8.self).contains("tiny_run("))
    }
    let run = try resin(
      ["run", "build/libcats.so", "--input", "images.npy", "--output", "out.npy"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      try readNumpy(path: folder.path("out.npy")) == readNumpy(path: folder.path("logits.npy")))
  }

  /// Without `--name` the functions of both have one name, and the second's would never run.
  @Test func twoOfOneNameDoNotCompile() throws {
    let folder = try folder()
    _ = try compile(["-o", "libone.a", "--emit", "archive"], in: folder)
    _ = try compile(
      ["-o", "libtwo.a", "--emit", "archive", "--weights", "second.safetensors"], in: folder)
    try folder.write("twice.c", "#include \"one.h\"\n#include \"one.h\"\n")
    try folder.write("both.c", "#include \"one.h\"\n#include \"two.h\"\n")
    let twice = try runProgram(["cc", "-pedantic", "-Werror", "-c", "twice.c"], in: folder.path)
    #expect(twice.status == 0, "\(twice.errors)")
    let both = try runProgram(["cc", "-c", "both.c"], in: folder.path)
    #expect(both.status != 0)
    #expect(
      both.errors.contains("two libraries have the name tiny: compile one of them with --name"))
  }
}
