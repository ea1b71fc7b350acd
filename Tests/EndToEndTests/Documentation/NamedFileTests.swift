import Foundation
import TestSupport
import Testing

/// Files and folders of this project that the documents name are there: `Sources/Planning/Plan.swift`,
/// or shorter `Planning/Plan.swift` and `PlanningTests/Goldens`.
@Suite struct NamedFileTests {
  @Test(arguments: DocumentationTests.documents)
  func namedFilesAreThere(_ document: String) throws {
    let text = try String(contentsOfFile: packagePath(document), encoding: .utf8)
    let name = /[`( ]([A-Za-z][\w.\-]*)((\/[\w+\-]+(\.[\w+\-]+)*)+)(?![\w*])/
    for match in text.matches(of: name) where isThere(match.1) {
      let path = match.1 + match.2
      // `NAME` stands for any.
      #expect(isThere(path) || path.contains("NAME"), "\(document): \(path)")
    }
  }

  private func isThere(_ path: Substring) -> Bool {
    ["", "Sources/", "Tests/"].contains {
      FileManager.default.fileExists(atPath: packagePath($0 + path))
    }
  }
}
