import Artifacts
import Foundation
import TestSupport
import Testing

@Suite struct HeaderTests {
  private static let compilers = [
    ["gcc", "-std=c99"], ["clang", "-std=c99"], ["gcc", "-std=c11"], ["g++", "-std=c++17"],
    ["clang++", "-std=c++17"],
  ].filter { hasProgram($0[0]) }

  @Test func headersCompileWithoutWarnings() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents(.separate).write(.library, to: folder.path("libaffine.so"))
    try FixtureModel.digits().contents(labels: [["zero \\", "one??/"]])
      .write(.library, to: folder.path("libdigits.so"))
    try FixtureModel.mixed().contents().write(.library, to: folder.path("libmixed.so"))
    for type in ["c", "cpp"] {
      try folder.write(
        "all.\(type)",
        """
        #include "affine.h"
        #include "digits.h"
        #include "mixed.h"
        #include "affine.h"
        static const int64_t dims[] = DIGITS_IMAGE_DIMS;
        int main(void) { return dims[3] == 28 && AFFINE_X_RANK == 2 && MIXED_INT__ELEMENTS == 1 ? 0 : 1; }
        """)
    }
    let flags = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion", "-fsyntax-only"]
    for compiler in Self.compilers {
      let source = compiler[0].hasSuffix("++") ? "all.cpp" : "all.c"
      let result = try runProgram(compiler + flags + [source], in: folder.path)
      #expect(result.status == 0, "\(compiler): \(result.errors)")
    }
  }

  @Test(arguments: [["gcc"], ["clang"]].filter { hasProgram($0[0]) })
  func bundledSourcesCompileWithoutWarnings(compiler: [String]) throws {
    let runtime = packagePath("Sources/CResinRuntime")
    let folder = try ScratchFolder()
    let sources = ["pool", "cpu", "picture", "classes", "steps", "weights", "error"].map {
      "\(runtime)/\($0).c"
    }
    let flags = [
      "-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-DRESIN_PREFIX=m",
    ]
    let result = try runProgram(
      compiler + flags + ["-I\(runtime)/include", "-c"] + sources, in: folder.path)
    #expect(result.status == 0, "\(result.errors)")
  }
}
