import Diagnostics
import Foundation
import TensorFiles
import Testing

@Suite struct AtomicWriteTests {
  @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try writeFileAtomically(path: path, bytes: [1, 2, 3])
      expectDiagnostic(["half way"]) {
        try writeFileAtomically(path: path) { sink in
          try sink.write([4])
          throw DiagnosticError("half way")
        }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }

  @Test func piecesFollowOneAnother() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try writeFileAtomically(path: path, mode: 0o755) { sink in
        for byte in UInt8(0)..<10 { try sink.write([byte, byte]) }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 20)
      #expect(FileManager.default.isExecutableFile(atPath: path))
    }
  }

  @Test func unwritablePlacesAreDiagnosed() throws {
    try withTemporaryFolder { folder in
      expectDiagnostic(["\(folder)/no/file: error: cannot write the file: No such file"]) {
        try writeFileAtomically(path: "\(folder)/no/file", bytes: [])
      }
      expectDiagnostic(["\(folder): error: cannot write here: it is a folder"]) {
        try writeFileAtomically(path: folder, bytes: [])
      }
      expectDiagnostic(["not a regular file"]) {
        try writeFileAtomically(path: "/dev/full", bytes: [1])
      }
    }
  }
}
