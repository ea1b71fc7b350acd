import Artifacts
import Diagnostics
import GraphIR
import Resin
import TensorFiles
import TestSupport
import Testing

/// Many pictures, read and run on several threads.
@Suite struct PictureRunsTests {
  private let folder: ScratchFolder
  private let ready: ReadyModel
  private let reader: PictureReader

  init() throws {
    folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin",
      """
      model m
      input x: f32[N, 1, 28, 28] from gray8
      output y = reduce_mean(x, axes: [2, 3])
      """)
    let file = try ModelFile(path: path)
    ready = try compileInProcess(try #require(file.takingImagesApart()))
    reader = try PictureReader(for: file.inputPorts[0])
  }

  private static let digits = (0..<10).map { packagePath("Models/digits/samples/\($0).png") }

  private func runs(_ paths: [String], threads: Int) throws -> PictureRuns {
    let session = try BatchedSession(ready, pool: ThreadPool(threads: threads))
    return try PictureRuns(on: paths, reader: reader, session: session)
  }

  /// Whether so many that all threads have some, or fewer.
  @Test(arguments: [1, 3, 16], [1, 10, 75])
  func picturesRunInOrderWithTheBitsOfEachAlone(threads: Int, count: Int) throws {
    let paths = (0..<count).map {
      $0 % 7 == 2 ? folder.path("absent\($0).png") : Self.digits[$0 % 10]
    }
    let alone = try BatchedSession(ready, pool: ThreadPool(threads: 1))
    let expected = try Dictionary(
      uniqueKeysWithValues: Self.digits.map { ($0, try alone.run([reader.read($0)]).outputs) })
    let runs = try runs(paths, threads: threads)
    var (files, absent): ([String], [String]) = ([], [])
    while let run = try runs.next() {
      absent += run.failures.map { "\($0.diagnostics[0].place)" }
      guard let results = run.results else {
        #expect(run.files.isEmpty)
        continue
      }
      #expect(run.files.count == 1)
      #expect(results.outputs == expected[run.files[0]])
      files += run.files
    }
    #expect(files == paths.filter { !$0.contains("absent") })
    #expect(absent.count == paths.count - files.count)
    #expect(try runs.next() == nil)
  }

  @Test func picturesOfWhichNoneCanBeReadEnd() throws {
    let runs = try runs(["absent.png", "none.png"].map(folder.path), threads: 2)
    var failures = 0
    while let run = try runs.next() { failures += run.failures.count }
    #expect(failures == 2)
  }

  /// Threads that wait for room end when nobody asks for results any more.
  @Test func runsAreGivenUpInTheMiddle() throws {
    for threads in [1, 3] {
      let paths = (0..<200).map { Self.digits[$0 % 10] }
      #expect(try runs(paths, threads: threads).next()?.files == [paths[0]])
    }
  }
}
