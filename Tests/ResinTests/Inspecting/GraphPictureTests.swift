import Foundation
import Resin
import TestSupport
import Testing

/// The pictures in `docs/images/graphs` are what `resin inspect --svg` draws.
///
/// A picture has the name of the text in `Models` that it shows. `make pictures`, or
/// `RESIN_UPDATE_EXPECTED=1 swift test -c release --filter GraphPictureTests`, draws all of them anew.
@Suite struct GraphPictureTests {
  private static let folder = packagePath("docs/images/graphs")
  private static let isUpdating =
    ProcessInfo.processInfo.environment["RESIN_UPDATE_EXPECTED"] != nil

  static let names: [String] = {
    let files = FileManager.default.enumerator(atPath: folder)
    let pictures = (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".svg") }
    return pictures.map { String($0.dropLast(4)) }.sorted()
  }()

  @Test(arguments: names) func picturesAreWhatTheCommandDraws(_ name: String) throws {
    let scratch = try ScratchFolder()
    let model = try ModelFile(
      path: packagePath("Models/\(name).resin"), weights: .random(seed: 1))
    let committed = "\(Self.folder)/\(name).svg"
    try model.draw(.optimised, to: Self.isUpdating ? committed : scratch.path("g.svg"))
    guard !Self.isUpdating else { return }
    let drawn = try scratch.read("g.svg")
    #expect(try drawn == Array(Data(contentsOf: URL(fileURLWithPath: committed))))
    #expect(drawn.count < 80_000)
  }

  /// Every family is shown, and the documentation shows every picture.
  @Test func picturesAreShown() throws {
    let text = try String(contentsOfFile: packagePath("docs/residual-networks.md"), encoding: .utf8)
    #expect(Self.names.count >= 14)
    for name in Self.names { #expect(text.contains("images/graphs/\(name).svg"), "\(name)") }
  }
}
