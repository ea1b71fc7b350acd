import Artifacts
import CResinRuntime
import Diagnostics
import Foundation
import Planning
import TestSupport
import Testing

@Suite struct LibraryFailureTests {
  @Test(arguments: [
    "", "1st", "_x", "a-b", "é", "resin", "resin_pool", String(repeating: "a", count: 200),
  ])
  func awkwardModelNamesAreRefused(name: String) throws {
    let folder = try ScratchFolder()
    var contents = try FixtureModel.affine().contents()
    contents.variants[0].interface.name = name
    #expect(throws: DiagnosticError.self) {
      try contents.write(.library, to: folder.path("library.so"))
    }
    #expect(try folder.names() == [])
  }

  @Test func nothingIsWrittenWhereTheLinkerFails() throws {
    let folder = try ScratchFolder()
    var contents = try FixtureModel.affine().contents()
    contents.kernelObjects = [Array("no object".utf8)]
    for kind in LibraryKind.allCases {
      let failure = #expect(throws: DiagnosticError.self) {
        try contents.write(kind, to: folder.path("out"))
      }
      #expect(failure?.description.contains("cc: error: failed with status 1") == true)
    }
    #expect(try folder.names() == [])
  }

  @Test func missingKernelsAreALinkFailure() throws {
    let folder = try ScratchFolder()
    var contents = try FixtureModel.affine().contents()
    contents.kernelObjects = []
    #expect(throws: DiagnosticError.self) {
      try contents.write(.library, to: folder.path("libaffine.so"))
    }
    #expect(try folder.names() == [])
  }

  @Test func placesThatCannotBeWrittenAreDiagnosed() throws {
    let folder = try ScratchFolder()
    let contents = try FixtureModel.affine().contents()
    try folder.write("file", "text")
    let paths = [
      folder.path, folder.path("absent/lib.so"), folder.path("file/lib.so"), "/dev/null",
    ]
    for path in paths {
      let failure = #expect(throws: DiagnosticError.self) { try contents.write(.library, to: path) }
      #expect(failure?.description.hasPrefix("\(path): error: cannot write") == true)
    }
    #expect(throws: DiagnosticError.self) {
      try contents.write(.library, to: folder.path("affine.h"))
    }
    #expect(try folder.names() == ["file"])
  }

  @Test func whatIsNoLibraryIsDiagnosed() throws {
    let folder = try ScratchFolder()
    let path = folder.path("libaffine.so")
    try FixtureModel.affine().contents().write(.library, to: path)
    let whole = try folder.read("libaffine.so")
    for count in [0, 3, 16, 63, 64, 100, 800, whole.count / 2, whole.count - 1] {
      try folder.write("short.so", Array(whole[..<count]))
      #expect(throws: DiagnosticError.self, "\(count) bytes") {
        try LoadedLibrary(path: folder.path("short.so"))
      }
    }
    for (offset, byte) in [(4, UInt8(1)), (5, 2), (16, 1), (18, 3), (54, 1), (56, 0), (39, 0x7f)] {
      var damaged = whole
      damaged[offset] = byte
      try folder.write("damaged.so", damaged)
      #expect(throws: DiagnosticError.self, "byte \(offset)") {
        try LoadedLibrary(path: folder.path("damaged.so"))
      }
    }
    try folder.write("text.so", "no library")
    for name in ["text.so", "absent.so", "affine.h", ""] {
      #expect(throws: DiagnosticError.self) { try LoadedLibrary(path: folder.path(name)) }
    }
  }

  @Test func foreignLibrariesAndVersionsAreDiagnosed() throws {
    let folder = try ScratchFolder()
    let sources = [
      "foreign": ("int foreign(void) { return 1; }", "no compiled model"),
      "null": ("void *resin_model_get(void) { return 0; }", "damaged: it has none"),
      "version": (
        "static const unsigned model = 99; const void *resin_model_get(void) { return &model; }",
        "speaks version 99"
      ),
      "size": (
        "static const unsigned model[2] = {\(RESIN_ABI_VERSION), 8}; const void *resin_model_get(void) { return model; }",
        "its size is 8 bytes"
      ),
    ]
    for (name, (source, message)) in sources {
      try folder.write("\(name).c", source)
      let built = try runProgram(
        ["cc", "-shared", "-fPIC", "-o", "\(name).so", "\(name).c"], in: folder.path)
      try #require(built.status == 0)
      let failure = #expect(throws: DiagnosticError.self) {
        try LoadedLibrary(path: folder.path("\(name).so"))
      }
      #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
    }
  }

  @Test func filesOfWeightsThatDoNotFitAreDiagnosed() throws {
    let folder = try ScratchFolder()
    let other = try ScratchFolder()
    let path = folder.path("libaffine.so")
    try FixtureModel.affine().contents(.separate).write(.library, to: path)
    try FixtureModel.affine(name: "other").contents(.separate)
      .write(.library, to: other.path("libother.so"))
    let whole = try folder.read("affine.weights")
    #expect(whole.count == 4096 + 24)
    var variants = [[], Array(whole.dropLast()), whole + [0], try other.read("other.weights")]
    for offset in [0, 8, 12, 16, 24, 32, 38] {
      var damaged = whole
      damaged[offset] ^= 1
      variants.append(damaged)
    }
    for variant in variants {
      try folder.write("affine.weights", variant)
      #expect(throws: DiagnosticError.self) { try LoadedLibrary(path: path) }
    }
    try FileManager.default.removeItem(atPath: folder.path("affine.weights"))
    let failure = #expect(throws: DiagnosticError.self) { try LoadedLibrary(path: path) }
    #expect(failure?.description.contains("affine.weights: error: ") == true)
  }
}
