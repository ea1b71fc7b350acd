import Artifacts
import Diagnostics
import TestSupport
import Testing

@Suite struct LibrarySizeTests {
  @Test(arguments: [LibraryKind.library, .object], [false, true])
  func partsAddUpToTheFile(kind: LibraryKind, compact: Bool) throws {
    let folder = try ScratchFolder()
    var contents = try FixtureModel.affine().contents()
    contents.compact = compact
    let path = folder.path("affine.bin")
    try contents.write(kind, to: path)
    let size = try LibrarySize(path: path)
    #expect(size.total == (try folder.read("affine.bin")).count)
    #expect(LibrarySize.Part.allCases.reduce(0) { $0 + size[$1] } == size.total)
    #expect(size[.weights] == 24)
    #expect(size[.code] > 1000)
    #expect(size[.descriptor] > 200)
    #expect(size[.linking] > 500)
  }

  @Test func compactLibrariesAreSmallerAndRun() throws {
    let folder = try ScratchFolder()
    var contents = try FixtureModel.affine().contents()
    try contents.write(.library, to: folder.path("usual.so"))
    contents.compact = true
    try contents.write(.library, to: folder.path("compact.so"))
    let sizes = try ["usual.so", "compact.so"].map { try LibrarySize(path: folder.path($0)).total }
    #expect(sizes[1] < sizes[0] * 3 / 4)
    _ = try LoadedLibrary(path: folder.path("compact.so"))
  }

  @Test func filesWithoutWholeHeadersAreRefused() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents().write(.library, to: folder.path("affine.so"))
    let whole = try folder.read("affine.so")
    for count in [0, 3, 40, 63, 64, 100, whole.count / 2, whole.count - 1] {
      let path = try folder.write("short.so", Array(whole.prefix(count)))
      #expect(throws: DiagnosticError.self, "\(count)") { try LibrarySize(path: path) }
    }
    // Every field of the header that says where sections are, at its extremes.
    for field in [40..<48, 58..<60, 60..<62, 62..<64] {
      for byte in [UInt8(0xff), 0x7f, 0] {
        var damaged = whole
        for index in field { damaged[index] = byte }
        // A table that is elsewhere or empty may be read as sections; it must not trap.
        _ = try? LibrarySize(path: folder.write("damaged.so", damaged))
      }
    }
    #expect(throws: DiagnosticError.self) { try LibrarySize(path: folder.path("affine.h")) }
    #expect(throws: DiagnosticError.self) { try LibrarySize(path: folder.path("absent.so")) }
  }
}
