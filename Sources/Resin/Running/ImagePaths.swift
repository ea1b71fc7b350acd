import Diagnostics
import Foundation

/// The files that paths name: files themselves, the pictures of folders in the order of their names, and for `-` those that lines
/// on standard input name.
///
/// - Throws: where a folder cannot be read or has no picture, or no path names a file.
public func imagePaths(_ paths: [String]) throws -> [String] {
  let named = try paths.flatMap { path -> [String] in
    guard path == "-" else { return isFolder(path) ? try picturePaths(inFolder: path) : [path] }
    var lines: [String] = []
    while let line = readLine() { if !line.isEmpty { lines.append(line) } }
    return lines
  }
  guard !named.isEmpty else {
    throw DiagnosticError("no file is named", hint: "write one path a line on standard input")
  }
  return named
}

/// The PNG and JPEG files of a folder, in the order of their names, without those in folders inside it.
///
/// - Throws: where it cannot be read or has no picture.
func picturePaths(inFolder folder: String) throws -> [String] {
  let place = Diagnostic.Place.subject(folder)
  let files: [String]
  do {
    files = try FileManager.default.contentsOfDirectory(atPath: folder)
  } catch {
    throw DiagnosticError("cannot read the folder", at: place)
  }
  let names = files.filter { name in
    !name.hasPrefix(".")
      && ["png", "jpg", "jpeg"].contains(URL(fileURLWithPath: name).pathExtension.lowercased())
      && !isFolder("\(folder)/\(name)")
  }.sorted()
  guard !names.isEmpty else {
    throw DiagnosticError(
      "no picture is in the folder", at: place, hint: "PNG and JPEG pictures are read")
  }
  return names.map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
}
