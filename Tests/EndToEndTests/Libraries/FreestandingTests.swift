import Foundation
import LLVMKit
import TensorFiles
import TestSupport
import Testing

/// Objects that LLVM makes alone: those without a system, those whose C part is left as source, and those for
/// macOS. That they run on a bare board, and give the bits of libraries, is for `Tests/Cross/bare.sh`.
@Suite struct FreestandingTests {
  private func compile(_ options: String, in folder: ScratchFolder) throws -> ProgramResult {
    try resin(
      ["compile", "tiny.resin"] + options.split(separator: " ").map(String.init), in: folder)
  }

  /// Compiles where no other program is found.
  private func compileAlone(_ options: String, in folder: ScratchFolder) throws -> ProgramResult {
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    return try runProgram(
      [built, "compile", "tiny.resin"] + options.split(separator: " ").map(String.init),
      in: folder.path, environment: ["PATH": folder.path])
  }

  @Test(arguments: ["aarch64-linux", "x86_64-linux"])
  func anObjectWithoutASystemNeedsNothing(target: String) throws {
    let folder = try tinyModel()
    let before = try folder.names()
    let options = "--target \(target) --emit object --freestanding"
    let cpu = target == "x86_64-linux" ? " --cpu x86-64" : ""
    let compiled = try compileAlone(options + cpu, in: folder)
    #expect(compiled.status == 0 && compiled.output == "tiny.o\ntiny.h\n", "\(compiled.errors)")
    #expect(compiled.errors.hasPrefix("tiny.o: ") && compiled.errors.contains(" of weights"))
    #expect(try folder.names() == (before + ["tiny.o", "tiny.h"]).sorted())
    #expect(try undefinedNames(ofObject: folder.read("tiny.o")).filter { $0 != "tiny" } == [])
    let object = try folder.read("tiny.o")
    _ = try compileAlone(options + cpu, in: folder)
    #expect(try folder.read("tiny.o") == object)
    let header = String(decoding: try folder.read("tiny.h"), as: UTF8.self)
    #expect(
      header.contains(
        "int32_t tiny_run(const float *image, float *logits, void *workspace, size_t workspace_bytes);"
      ))
    #expect(header.contains("--freestanding.\n"))
    for hosted in ["resin_pool", "resin_parallel", "_error(", "_model(", "_preprocess("] {
      #expect(!header.contains(hosted), "\(hosted)")
    }
  }

  /// A program on this machine, whose CPU `x86-64` is a part of.
  @Test(
    .enabled(if: hasProgram("gcc") && hasProgram("g++"), "there is no gcc"),
    arguments: ["embedded", "separate"])
  func programsRunIt(weights: String) throws {
    let folder = try tinyModel()
    let compiled = try compile(
      "--cpu x86-64 --target x86_64-linux --emit object --freestanding --weights-mode \(weights)",
      in: folder)
    #expect(compiled.status == 0, "\(compiled.errors)")
    let isSeparate = weights == "separate"
    #expect(compiled.output == "tiny.o\ntiny.h\n" + (isSeparate ? "tiny.weights\n" : ""))
    try folder.write(
      "main.c",
      """
      #include <stdio.h>
      #include "tiny.h"
      #ifdef TINY_WEIGHTS_OFFSET
      static _Alignas(TINY_ALIGNMENT) char file[TINY_WEIGHTS_OFFSET + TINY_WEIGHTS_BYTES];
      #define WEIGHTS file + TINY_WEIGHTS_OFFSET,
      #else
      #define WEIGHTS
      #endif
      int main(void) {
        static _Alignas(TINY_ALIGNMENT) char workspace[TINY_WORKSPACE_BYTES + 1];
        static float image[TINY_IMAGE_ELEMENTS], logits[TINY_LOGITS_ELEMENTS];
        for (int index = 0; index < 48; index++) image[index] = (float)(index / 16 + 1);
      #ifdef TINY_WEIGHTS_OFFSET
        FILE *weights = fopen("tiny.weights", "rb");
        if (weights == NULL || fread(file, 1, sizeof file, weights) != sizeof file) return 1;
        printf("%d ", (int)tiny_run(NULL, image, logits, workspace, sizeof workspace));
        printf("%d ", (int)tiny_run(file + 4, image, logits, workspace, sizeof workspace));
      #endif
        printf("%d ", (int)tiny_run(WEIGHTS NULL, logits, workspace, sizeof workspace));
        printf("%d ", (int)tiny_run(WEIGHTS image, NULL, workspace, sizeof workspace));
        printf("%g ", (double)logits[2]);
        int32_t code = tiny_run(WEIGHTS image, logits, workspace, sizeof workspace);
        printf("%d %g %g %g\\n", (int)code, (double)logits[0], (double)logits[1], (double)logits[2]);
        return 0;
      }
      """)
    let built = try runProgram(
      [
        "gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "main.c", "tiny.o", "-o",
        "main",
      ],
      in: folder.path)
    #expect(built.status == 0, "\(built.errors)")
    let run = try runProgram(["./main"], in: folder.path)
    #expect(run.output == (isSeparate ? "5 5 " : "") + "1 1 0 0 16 32 48\n")
    let flags = ["-ffreestanding", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
    for (compiler, file) in [
      (["gcc", "-std=c99"], "twice.c"), (["g++", "-std=c++17"], "twice.cpp"),
    ] {
      try folder.write(
        file, "#include \"tiny.h\"\n#include \"tiny.h\"\nint main(void) { return 0; }\n")
      let result = try runProgram(compiler + flags + [file], in: folder.path)
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test(arguments: [
    (
      "--freestanding", "--freestanding is for objects, not for a shared library",
      "give --emit object"
    ),
    (
      "--freestanding --emit archive", "--freestanding is for objects, not for archive",
      "give --emit object"
    ),
    (
      "--freestanding --emit assembly", "--freestanding is for objects, not for assembly",
      "give --emit object"
    ),
    (
      "--freestanding --emit object --target wasm32", "--freestanding is not for wasm32",
      "give --target x86_64-linux or aarch64-linux"
    ),
    (
      "--freestanding --emit object --target arm64-apple-macos",
      "--freestanding is not for arm64-apple-macos", "give --target x86_64-linux or aarch64-linux"
    ),
    (
      "--freestanding --emit object --cc gcc",
      "--cc names a C compiler, and --freestanding needs none", "leave it out"
    ),
    (
      "--freestanding --emit object --package cmake",
      "--package is for programs with a system, not for --freestanding", "leave it out"
    ),
    (
      "--freestanding --emit object --batch 1,2",
      "an object without a system is for one number of images, one size and one CPU",
      "give one with --batch, one with each --dim, and one with --cpu"
    ),
    (
      "--freestanding --emit object --target aarch64-linux --cpu armv8-a,armv8-a+dotprod",
      "an object without a system is for one number of images, one size and one CPU",
      "give one with --batch, one with each --dim, and one with --cpu"
    ),
    (
      "--target arm64-apple-macos",
      "--emit library is not for arm64-apple-macos, whose linker a Mac has",
      "give --emit object, and link it on the Mac with the C part beside it"
    ),
    (
      "--target arm64-apple-macos --emit archive",
      "--emit archive is not for arm64-apple-macos, whose linker a Mac has",
      "give --emit object, and link it on the Mac with the C part beside it"
    ),
    (
      "--target arm64-apple-macos --emit object --cc clang",
      "--cc names a C compiler, and an object for arm64-apple-macos needs none",
      "leave it out: the Mac's compiles the C part beside the object"
    ),
    (
      "--target arm64-apple-macos --emit object --package module-map",
      "--package is for libraries that are whole, and the C part of this one is left as source",
      "leave it out"
    ),
    (
      "--target aarch64-linux --emit archive --package cmake",
      "--package is for libraries that are whole, and the C part of this one is left as source",
      "name a C compiler with --cc, or leave it out"
    ),
    (
      "--target aarch64-none --emit object", "unknown target 'aarch64-none'",
      "did you mean 'aarch64-linux'? give one of x86_64-linux, aarch64-linux, wasm32, arm64-apple-macos"
    ),
    (
      "--target arm64-apple-macos --emit object --cpu x86-64",
      "unknown CPU 'x86-64' of arm64-apple-macos",
      "it is one of x86_64-linux: give --target x86_64-linux"
    ),
    (
      "--target arm64-apple-macos --emit object --cpu native",
      "the CPU 'native' is this machine's, which is no arm64-apple-macos",
      "leave --cpu out for code that runs on every CPU of arm64-apple-macos"
    ),
  ])
  func othersAreRefused(_ options: String, _ message: String, _ hint: String) throws {
    let folder = try tinyModel()
    let before = try folder.names()
    let result = try compile(options, in: folder)
    #expect(result.status == 2 && result.output == "")
    #expect(result.errors == "error: \(message)\n  \(hint)\n")
    #expect(try folder.names() == before)
  }

  @Test func oneThreadIsAllThatThereIs() throws {
    let folder = try tinyModel()
    let result = try compile("--freestanding --emit object --plan-threads 2", in: folder)
    #expect(result.status == 2)
    #expect(
      result.errors.hasSuffix(
        "error: an object without a system runs in one thread\n  leave --plan-threads out\n"))
    let threads = try compile("--freestanding --emit object --threads 2", in: folder)
    #expect(threads.status == 64 && threads.errors.contains("Unknown option '--threads'"))
  }

  /// Without any tool of the target: kernels and weights, and the C part as source.
  @Test(arguments: [("object", "tiny.o"), ("archive", "libtiny.a")])
  func anotherSystemsCPartIsSource(kind: String, file: String) throws {
    let folder = try tinyModel()
    let compiled = try compileAlone("--target aarch64-linux --emit \(kind)", in: folder)
    #expect(
      compiled.status == 0 && compiled.output == "\(file)\ntiny.h\ntiny.c\n", "\(compiled.errors)")
    #expect(
      compiled.errors.hasSuffix(
        "\(file): kernels and weights; the functions of the header are in tiny.c, for a C compiler of aarch64-linux\n"
      ), "\(compiled.errors)")
    let source = String(decoding: try folder.read("tiny.c"), as: UTF8.self)
    #expect(source.contains("#include \"tiny.h\"") && !source.contains("#include \"resin"))
    let bytes = try folder.read(file)
    if kind == "object" {
      #expect(try undefinedNames(ofObject: bytes).filter { $0 != "tiny" } == [])
    } else {
      #expect(bytes.prefix(8) == Array("!<arch>\n".utf8)[...])
      let listed = try runProgram(["ar", "t", file], in: folder.path)
      #expect(listed.output == "kernels.o\n", "\(listed.errors)")
      let symbols = try runProgram(["nm", "--print-armap", file], in: folder.path)
      #expect(symbols.output.contains("tiny_steps in kernels.o\ntiny_weights_data in kernels.o"))
    }
  }

  @Test func severalSizesAndFilesOfWeightsGoToo() throws {
    let folder = try tinyModel()
    let compiled = try compileAlone(
      "--target aarch64-linux --cpu armv8-a,armv8-a+dotprod --batch 1,3 --emit object --weights-mode separate -o net.v2.o",
      in: folder)
    #expect(
      compiled.output == "net.v2.o\nnet.v2.h\nnet.v2.weights\nnet.v2.c\n", "\(compiled.errors)")
    let source = String(decoding: try folder.read("net.v2.c"), as: UTF8.self)
    #expect(source.contains("#include \"net.v2.h\""))
    let names = try functions(ofObject: folder.read("net.v2.o")).map(\.name)
    for suffix in ["_b1_armv8_a", "_b1_armv8_a_dotprod", "_b3_armv8_a", "_b3_armv8_a_dotprod"] {
      #expect(names.contains("tiny\(suffix)_steps"))
    }
    try folder.write("net.c", "sum = direct\n")
    let over = try compile(
      "--target aarch64-linux --emit object --overrides net.c -o net.o", in: folder)
    #expect(over.status == 2 && over.errors.contains("net.c: error: this file is read here"))
    #expect(try folder.read("net.c") == Array("sum = direct\n".utf8))
  }

  /// The C part has the name that a program has often, too.
  @Test func aProgramOfTheUsersIsKept() throws {
    let folder = try tinyModel()
    try folder.write("tiny.c", "int main(void) { return 0; }\n")
    let refused = try compile("--target aarch64-linux --emit object", in: folder)
    #expect(refused.status == 2 && refused.output == "")
    #expect(
      refused.errors
        == "tiny.c: error: there is another file where the C part of the model goes\n"
        + "  move it, or name the model in another way with --name or -o\n")
    #expect(try folder.read("tiny.c") == Array("int main(void) { return 0; }\n".utf8))
    let named = [
      "--target aarch64-linux --emit object -o net.o",
      "--target aarch64-linux --emit object -o net.o",
    ]
    for options in named {
      let written = try compileAlone(options, in: folder)
      #expect(written.output == "net.o\nnet.h\nnet.c\n", "a second time too: \(written.errors)")
    }
  }

  @Test func objectsForMacOSAreMachO() throws {
    let folder = try tinyModel()
    let compiled = try compileAlone("--target arm64-apple-macos --emit object", in: folder)
    #expect(
      compiled.status == 0 && compiled.output == "tiny.o\ntiny.h\ntiny.c\n", "\(compiled.errors)")
    #expect(
      compiled.errors.hasSuffix(
        "tiny.o: kernels and weights; the functions of the header are in tiny.c, for a C compiler of arm64-apple-macos\n"
      ), "\(compiled.errors)")
    let object = try folder.read("tiny.o")
    // The magic number of 64 bits, and the number of AArch64.
    #expect(object.prefix(8) == [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1])
    #expect(try undefinedNames(ofObject: object) == [])
    let text = try compile("--target arm64-apple-macos --emit assembly", in: folder)
    #expect(text.output == "tiny.s\n", "\(text.errors)")
    #expect(String(decoding: try folder.read("tiny.s"), as: UTF8.self).contains("_tiny_steps:"))
  }
}
