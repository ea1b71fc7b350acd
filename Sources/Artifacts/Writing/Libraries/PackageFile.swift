import Planning

/// A file that makes a library known to a tool, beside the library.
public enum PackageFile: String, Sendable, CaseIterable {
  /// `NAME-config.cmake`, for `find_package(NAME)`: the target `NAME::NAME`.
  case cmake
  /// `NAME.pc`.
  case pkgConfig = "pkg-config"
  /// `NAME-module/module.modulemap`, for clang and Swift: the module `NAME`.
  case moduleMap = "module-map"
  /// `NAME.hpp`: the library for C++17.
  case cpp
  /// `NAME.swift`: a struct that loads a shared library.
  case swift

  /// Where the file lies, from the folder of the library on.
  func path(stem: String) -> String {
    switch self {
    case .cmake: "\(stem)-config.cmake"
    case .pkgConfig: "\(stem).pc"
    case .moduleMap: "\(stem)-module/module.modulemap"
    case .cpp: "\(stem).hpp"
    case .swift: "\(stem).swift"
    }
  }

  /// The file's text.
  func text(_ contents: LibraryContents, _ kind: LibraryKind, file: String) -> String {
    switch self {
    case .cmake: Self.cmake(contents, kind, file)
    case .pkgConfig: Self.pkgConfig(contents, kind, file)
    case .moduleMap: Self.moduleMap(contents, kind, file)
    case .cpp: CPPHeader(contents).text
    case .swift: SwiftFile(contents, file: file).text
    }
  }

  private static func cmake(
    _ contents: LibraryContents, _ kind: LibraryKind, _ file: String
  ) -> String {
    let stem = contents.fileStem
    // CMake knows no imported object: it is a file to be linked.
    let type =
      switch kind {
      case .library: "SHARED IMPORTED"
      case .archive: "STATIC IMPORTED"
      case .object: "INTERFACE IMPORTED"
      }
    let object = "\"${CMAKE_CURRENT_LIST_DIR}/\(file)\""
    let place =
      kind == .object
      ? "INTERFACE_LINK_LIBRARIES \"${CMAKE_CURRENT_LIST_DIR}/\(file);m;pthread\""
      : "IMPORTED_LOCATION \(object)"
        + (kind == .archive ? "\n    INTERFACE_LINK_LIBRARIES \"m;pthread\"" : "")
    // The name by which programs ask for it where they run.
    let soname = kind == .library ? "\n    IMPORTED_SONAME \"\(file)\"" : ""
    return """
      # find_package(\(stem)) gives the target \(stem)::\(stem).
      if(NOT TARGET \(stem)::\(stem))
        add_library(\(stem)::\(stem) \(type))
        set_target_properties(\(stem)::\(stem) PROPERTIES
          \(place)\(soname)
          INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}")
      endif()

      """.replacing("\n    I", with: "\n      I")
  }

  private static func pkgConfig(
    _ contents: LibraryContents, _ kind: LibraryKind, _ file: String
  ) -> String {
    let libraries =
      kind == .library ? "-L${folder} -l:\(file)" : "${folder}/\(file) -lm -lpthread"
    return """
      folder=${pcfiledir}

      Name: \(contents.fileStem)
      Description: a model compiled by Resin
      Version: \(contents.manifest.resinVersion)
      Cflags: -I${folder}
      Libs: \(libraries)

      """
  }

  private static func moduleMap(
    _ contents: LibraryContents, _ kind: LibraryKind, _ file: String
  ) -> String {
    // A module names a library as `-l` does; other files are named when a program is linked.
    let isNamed = kind != .object && file == kind.defaultFileName(model: contents.fileStem)
    let names = [contents.fileStem] + (kind == .archive ? ["m", "pthread"] : [])
    let links = names.map { "  link \"\($0)\"\n" }.joined()
    return """
      module \(contents.interface.name) {
        header "../\(contents.fileStem).h"
      \(isNamed ? links : "")  export *
      }

      """
  }
}
