import Diagnostics
import Foundation

/// The C part of a library as one source file, for the C compiler of a platform that this machine has none
/// of: the glue and all that models are bundled with.
struct GlueSource {
  private let contents: LibraryContents
  private let glue: Glue

  /// What tells such a file from others.
  static let opening = "// The C part of the model "

  init(_ contents: LibraryContents, _ glue: Glue) {
    self.contents = contents
    self.glue = glue
  }

  var text: String {
    let name = contents.interface.name
    let sources =
      EmbeddedSource.headers.dropFirst(EmbeddedSource.sharedHeaders.count).map(\.textAlone)
      + contents.bundledSources.map(\.textAlone) + [EmbeddedSource.withoutOurs(glue.text)]
    return """
      \(Self.opening)'\(name)': checks, threads, descriptor. Compile it as C11 and link it
      // together with the object beside it, which has kernels\(contents.weightsMode == .embedded ? " and weights" : ""), and the system's
      // mathematics and threads.
      #ifndef _GNU_SOURCE
      #define _GNU_SOURCE
      #endif
      #define RESIN_PREFIX \(name)
      #include "\(contents.fileStem).h"

      """ + (contents.sizesText.map { "#define RESIN_SIZES \($0)\n" } ?? "")
        + sources.map { "\n" + $0 }.joined()
  }
}

/// Throws where the place of a C part has another file, such as a program of the user's.
package func checkPlaceOfCPart(_ path: String) throws {
  guard let file = FileHandle(forReadingAtPath: path) else { return }
  defer { try? file.close() }
  let opening = Data(GlueSource.opening.utf8)
  guard (try? file.read(upToCount: opening.count)) != opening else { return }
  throw DiagnosticError(
    "there is another file where the C part of the model goes", at: .subject(path),
    hint: "move it, or name the model in another way with --name or -o")
}
