import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import TestSupport
import Testing

@Suite struct LibraryTests {
  private let x: [Float] = [1, 2, 3, 4, 5, -6]
  private let y: [Float] = [3, 6, 9, 12, 15, -6]

  @Test(arguments: WeightsMode.allCases, [1, 3])
  func aLibraryRunsThroughItsDescriptor(mode: WeightsMode, threads: Int) throws {
    let folder = try ScratchFolder()
    let contents = try FixtureModel.affine().contents(mode, labels: [["a \"b\"", "ü"]])
    let files = try contents.write(.library, to: folder.path("libaffine.so"))
    let names = ["libaffine.so", "affine.h"] + (mode == .separate ? ["affine.weights"] : [])
    #expect(files == names.map(folder.path))
    #expect(try folder.names() == names.sorted())

    let library = try LoadedLibrary(path: folder.path("libaffine.so"))
    #expect(library.interface == contents.interface)
    #expect(library.steps == contents.variants[0].steps)
    #expect(library.labels == [["a \"b\"", "ü"]])
    #expect(library.manifest == contents.manifest)
    #expect(library.levels == [.baseline])
    let session = try Session(library, threads: threads)
    #expect(try session.run(inputs: [Tensor([2, 3], floats: x)])[0].floats == y)
    #expect(try session.runTimed().count == 2)
    #expect(session.readOutputs()[0].floats == y)
  }

  @Test func portsOfEveryTypeAndAwkwardName() throws {
    let folder = try ScratchFolder()
    let path = folder.path("libmixed.so")
    try FixtureModel.mixed().contents().write(.library, to: path)
    let outputs = try Session(LoadedLibrary(path: path)).run(inputs: [
      Tensor([], floats: [0.5]), Tensor([2], integers: [3, -7]),
      Tensor([3], booleans: [true, false, true]),
    ])
    #expect(
      outputs == [
        Tensor([], floats: [-3.5]), Tensor([2], integers: [-3, 7]),
        Tensor([3], booleans: [false, true, false]),
      ])
    let header = String(decoding: try folder.read("mixed.h"), as: UTF8.self)
    #expect(
      header.contains(
        "int32_t mixed_run(const float *int_, const int64_t *NULL_, const uint8_t *a_b, float *a_b_2, "
          + "int64_t *workspace_2, uint8_t *t1, void *workspace, size_t workspace_bytes, "))
  }

  @Test(arguments: [
    ImagePreprocessing(
      channels: .gray, resize: 30, interpolation: .bicubic, crop: Pair(28), mean: [0.1307],
      deviation: [0.3081]),
    ImagePreprocessing(channels: .gray, resize: .size(Pair(28)), interpolation: .nearest),
    ImagePreprocessing(
      channels: .gray, resize: .size(Pair(40, 31)), interpolation: .bicubic, crop: Pair(28)),
  ])
  func filtersAndSizesComeBack(_ clause: ImagePreprocessing) throws {
    let folder = try ScratchFolder()
    var model = try FixtureModel.digits()
    model.interface.inputs[0].preprocessing = clause
    try model.contents().write(.library, to: folder.path("libdigits.so"))
    let library = try LoadedLibrary(path: folder.path("libdigits.so"))
    #expect(library.interface.inputs[0].preprocessing == clause)
  }

  @Test func preprocessingComesBack() throws {
    let folder = try ScratchFolder()
    var model = try FixtureModel.digits()
    model.interface.outputs[0].type = TensorType([1, 1, 2, 5])
    model.interface.outputs[0].preprocessing = ImagePreprocessing(
      channels: .gray, scale: 1, mean: [0.5], deviation: [127.5])
    try model.contents().write(.library, to: folder.path("libdigits.so"))
    let library = try LoadedLibrary(path: folder.path("libdigits.so"))
    #expect(library.interface.inputs == model.interface.inputs)
    #expect(
      library.interface.outputs.map(\.preprocessing)
        == model.interface.outputs.map(\.preprocessing))
  }

  @Test(arguments: WeightsMode.allCases) func theSameContentsGiveTheSameBytes(mode: WeightsMode)
    throws
  {
    let contents = try FixtureModel.affine().contents(mode)
    for kind in LibraryKind.allCases {
      let folders = [try ScratchFolder(), try ScratchFolder()]
      let name = kind.defaultFileName(model: "affine")
      for folder in folders { try contents.write(kind, to: folder.path(name)) }
      let names = try folders[0].names()
      #expect(try folders[1].names() == names)
      for file in names {
        #expect(try folders[0].read(file) == folders[1].read(file), "\(kind) \(file)")
        let text = String(decoding: try folders[0].read(file), as: UTF8.self)
        #expect(!text.contains("/tmp"), "\(kind) \(file) names a folder")
      }
    }
  }

  @Test func onlyPublicFunctionsAreExportedAndOnlyTheSystemIsNeeded() throws {
    let folder = try ScratchFolder()
    try FixtureModel.affine().contents(.separate).write(.library, to: folder.path("libaffine.so"))
    let symbols = try runProgram(["nm", "-D", folder.path("libaffine.so")])
    try #require(symbols.status == 0)
    let lines = symbols.output.split(separator: "\n").map { $0.split(separator: " ") }
    let exported = lines.filter { $0.count == 3 && $0[1] != "w" }.map { String($0[2]) }.sorted()
    #expect(
      exported == [
        "affine_error", "affine_model", "affine_pool_create", "affine_pool_destroy",
        "affine_pool_parallel", "affine_run", "affine_weights_check", "affine_weights_map",
        "affine_weights_unmap", "resin_model_get",
      ])
    let needed = lines.filter { $0.count == 2 && $0[0] == "U" }.map { String($0[1]) }
    #expect(needed.allSatisfy { $0.contains("@GLIBC_") }, "\(needed)")
    #expect(needed.contains { $0.hasPrefix("pthread_create@") })

    let headers = try runProgram(["readelf", "-dlW", folder.path("libaffine.so")]).output
    #expect(headers.contains("Library soname: [libaffine.so]"))
    #expect(headers.contains("GNU_RELRO"))
    #expect(headers.contains("BIND_NOW") || headers.contains("NOW"))
    let stack = try #require(headers.split(separator: "\n").first { $0.contains("GNU_STACK") })
    #expect(stack.contains("RW ") && !stack.contains("RWE"))
  }

  /// Every version of a function that a library asks for is of the glibc that docs/library.md names, or of an earlier one, and the
  /// library is asked for that has the functions of threads there.
  @Test func aLibraryNeedsNoGlibcThatIsNewerThanTheDocumentedOne() throws {
    let folder = try ScratchFolder()
    // This one has all that models are bundled with.
    try FixtureModel.digits().contents().write(.library, to: folder.path("libdigits.so"))
    let symbols = try runProgram(["readelf", "-VdW", folder.path("libdigits.so")])
    try #require(symbols.status == 0)
    let names = symbols.output.matches(of: /Name: GLIBC_([0-9.]+)/)
    let versions = Set(names.map { String($0.output.1) })
    #expect(versions.contains("2.2.5") || versions.contains("2.17"))
    for version in versions {
      let numbers = version.split(separator: ".").compactMap { Int($0) }
      #expect(numbers.lexicographicallyPrecedes([2, 18]), "GLIBC_\(version)")
    }
    #expect(symbols.output.contains("Shared library: [libpthread.so.0]"))
    let text = try String(
      contentsOfFile: packagePath("docs/library.md"), encoding: .utf8)
    #expect(text.contains("glibc 2.17"))
  }

  @Test func aLibraryForABetterCPUIsRefused() throws {
    let folder = try ScratchFolder()
    for set in InstructionSet.levels + [InstructionSet(CPUFeature.all(of: .x86))] {
      let path = folder.path("libaffine_\(set.features.count).so")
      try FixtureModel.affine(set: set).contents().write(.library, to: path)
      let missing = set.subtracting(.host).features.map(\.name)
      guard !missing.isEmpty else {
        #expect(try LoadedLibrary(path: path).interface.instructionSet == set)
        continue
      }
      let failure = #expect(throws: DiagnosticError.self) { try LoadedLibrary(path: path) }
      let text = failure?.description ?? ""
      #expect(text.contains("compiled for \(set.rawValue), which this machine is not"), "\(text)")
      #expect(text.contains("and lacks \(missing.joined(separator: ", "))"), "\(text)")
    }
  }

  @Test func wrongInputsAreDiagnosed() throws {
    let folder = try ScratchFolder()
    let path = folder.path("libaffine.so")
    try FixtureModel.affine().contents().write(.library, to: path)
    let session = try Session(LoadedLibrary(path: path))
    let failure = #expect(throws: DiagnosticError.self) {
      try session.run(inputs: [Tensor([3, 2], floats: x)])
    }
    #expect(failure?.description == "input 'x': error: expected f32[2, 3], found f32[3, 2]")
    #expect(throws: DiagnosticError.self) { try session.run(inputs: []) }
    #expect(throws: DiagnosticError.self) {
      try session.run(inputs: [Tensor([2, 3], integers: [1, 2, 3, 4, 5, 6])])
    }
  }
}
