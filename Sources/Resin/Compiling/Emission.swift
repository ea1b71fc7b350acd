import Artifacts
import Diagnostics
import Foundation
import KernelGen
import Planning
import TensorFiles

/// What `resin compile` writes.
public enum EmitKind: String, Sendable, CaseIterable {
  /// A shared library with its header; for WebAssembly a module with its script.
  case library
  /// One relocatable object with its header.
  case object
  /// A static library with its header.
  case archive
  /// The kernels as LLVM IR.
  case llvmIR = "llvm-ir"
  /// The kernels in assembly.
  case assembly

  /// The name of the file where the user gives none.
  func defaultFileName(model: String, for platform: Platform) -> String {
    switch self {
    case .library where platform == .wasm32: "\(model).wasm"
    case .library: LibraryKind.library.defaultFileName(model: model)
    case .object: LibraryKind.object.defaultFileName(model: model)
    case .archive: LibraryKind.archive.defaultFileName(model: model)
    case .llvmIR: "\(model).ll"
    case .assembly: "\(model).s"
    }
  }

  /// Whether this is the module of WebAssembly that takes the place of a library.
  ///
  /// - Throws: where there is no such file for the platform, or none with such weights or tools.
  func isModule(
    for platform: Platform, weights mode: WeightsMode, with packages: [PackageFile]
  ) throws -> Bool {
    guard platform == .wasm32, LibraryKind(rawValue: rawValue) != nil else { return false }
    guard self == .library else {
      throw DiagnosticError(
        "--emit \(rawValue) is not for \(platform.rawValue), whose libraries are modules",
        hint: "leave --emit out")
    }
    guard mode == .embedded else {
      throw DiagnosticError(
        "a module of WebAssembly has its weights inside", hint: "leave --weights-mode out")
    }
    guard packages.isEmpty else {
      throw DiagnosticError(
        "--package is for native libraries, not for \(platform.rawValue)",
        hint: "leave it out: the script beside the module loads it")
    }
    return true
  }
}

extension EmitKind {
  /// How much of a library is written, and by what.
  ///
  /// Objects for another system are made by LLVM alone, unless a C compiler for it is named.
  ///
  /// - Throws: where nothing of this kind can be made for the platform, or not with such tools.
  public func form(
    for platform: Platform, freestanding: Bool, with packages: [PackageFile] = [],
    compiler: String? = nil
  ) throws -> LibraryForm {
    if freestanding {
      try checkFreestanding(platform, packages, compiler)
      return .freestanding
    }
    let isObject = self == .object || self == .archive
    if platform == .arm64MacOS, LibraryKind(rawValue: rawValue) != nil {
      guard self == .object else {
        throw DiagnosticError(
          "--emit \(rawValue) is not for \(platform.rawValue), whose linker a Mac has",
          hint: "give --emit object, and link it on the Mac with the C part beside it")
      }
      guard compiler == nil else {
        throw DiagnosticError(
          "--cc names a C compiler, and an object for \(platform.rawValue) needs none",
          hint: "leave it out: the Mac's compiles the C part beside the object")
      }
    } else {
      guard isObject, platform.isELF, platform != .host, compiler == nil else { return .whole }
    }
    guard packages.isEmpty else {
      throw DiagnosticError(
        "--package is for libraries that are whole, and the C part of this one is left as source",
        hint: platform.isELF ? "name a C compiler with --cc, or leave it out" : "leave it out")
    }
    return .kernels
  }

  private func checkFreestanding(
    _ platform: Platform, _ packages: [PackageFile], _ compiler: String?
  ) throws {
    guard self == .object else {
      throw DiagnosticError(
        "--freestanding is for objects, not for \(self == .library ? "a shared library" : rawValue)",
        hint: "give --emit object")
    }
    guard platform.isELF else {
      let others = Platform.allCases.filter(\.isELF).map(\.rawValue).joined(separator: " or ")
      throw DiagnosticError(
        "--freestanding is not for \(platform.rawValue)", hint: "give --target \(others)")
    }
    guard compiler == nil else {
      throw DiagnosticError(
        "--cc names a C compiler, and --freestanding needs none", hint: "leave it out")
    }
    guard packages.isEmpty else {
      throw DiagnosticError(
        "--package is for programs with a system, not for --freestanding", hint: "leave it out")
    }
  }
}

extension ModelFile {
  /// Throws where compiled code cannot be written to a path: to be asked before it is compiled.
  ///
  /// - Parameters:
  ///   - kind: what is written.
  ///   - platform: what the code is for.
  ///   - mode: where the weights go.
  ///   - packages: the tools to make the library known to.
  ///   - name: what the library is called in place of the model's name.
  ///   - path: as for `Compilation.write(_:weights:to:)`.
  ///   - form: how much of a library is written.
  public func checkOutputs(
    _ kind: EmitKind, for platform: Platform = .host, weights mode: WeightsMode,
    with packages: [PackageFile] = [], named name: String?, to path: String?,
    form: LibraryForm = .whole
  ) throws {
    let file = outputPath(
      path, usual: kind.defaultFileName(model: name ?? graph.name, for: platform))
    if try kind.isModule(for: platform, weights: mode, with: packages) {
      return try TensorFiles.checkOutputs(moduleFiles(at: file))
    }
    let library = LibraryKind(rawValue: kind.rawValue)
    guard library != nil || packages.isEmpty else {
      throw DiagnosticError(
        "--package is for libraries, objects and archives, not for \(kind.rawValue)")
    }
    guard library != nil || mode == .embedded else {
      throw DiagnosticError(
        "--weights-mode is for libraries, objects and archives, not for \(kind.rawValue)")
    }
    // The file in a folder of its own, which may not be there yet, is checked in it.
    let flat = packages.filter { $0 != .moduleMap }
    let files = try library?.files(at: file, mode, form: form, with: flat) ?? [file]
    try TensorFiles.checkOutputs(files)
    if form == .kernels, let source = files.last { try checkPlaceOfCPart(source) }
    if packages.contains(.moduleMap), let library {
      let path = try library.files(at: file, mode, with: [.moduleMap]).last ?? file
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try TensorFiles.checkOutputs(["module.modulemap"], inFolder: folder)
    }
  }
}

extension Compilation {
  /// Writes compiled code to a file, with header, script and weights beside it where the kind has them.
  ///
  /// - Parameters:
  ///   - kind: what to write.
  ///   - mode: where the weights of a library, object or archive go.
  ///   - packages: the tools to make a library, object or archive known to, by files beside it.
  ///   - path: the file, or an existing folder, where it gets its usual name; the current folder
  ///     where nil.
  ///   - compiler: the command that calls a C compiler of the plan's platform; looked for where nil and a
  ///     library is to be linked.
  ///   - freestanding: whether an object is for programs without a system.
  /// - Returns: the files that were written, the code first.
  /// - Throws: where it cannot be written or linked; nothing is written then.
  public func write(
    _ kind: EmitKind, weights mode: WeightsMode = .embedded, with packages: [PackageFile] = [],
    to path: String?, compiler: String? = nil, freestanding: Bool = false
  ) throws -> [String] {
    let platform = plan.machine.platform
    let form = try kind.form(
      for: platform, freestanding: freestanding, with: packages, compiler: compiler)
    let file = outputPath(
      path, usual: kind.defaultFileName(model: plan.interface.name, for: platform))
    if try kind.isModule(for: platform, weights: mode, with: packages) {
      let contents = try library(mode)
      return try clock.measure(.linking) { try contents.writeModule(to: file) }
    }
    func write(_ library: LibraryKind) throws -> [String] {
      let contents = try self.library(mode, form: form)
      return try clock.measure(.linking) {
        try contents.write(library, to: file, with: packages, compiler: compiler)
      }
    }
    switch kind {
    case .library: return try write(.library)
    case .object: return try write(.object)
    case .archive: return try write(.archive)
    case .llvmIR:
      try writeFileAtomically(path: file, bytes: Array(try text(.llvmIR).utf8))
    case .assembly:
      try writeFileAtomically(path: file, bytes: Array(try text(.assembly).utf8))
    }
    return [file]
  }
}

/// Where to write what has a usual name: the path itself, or that name in the folder that the path
/// is, or in the current folder where it is nil.
func outputPath(_ path: String?, usual name: String) -> String {
  guard let path else { return name }
  if path.hasSuffix("/") { return path + name }
  return isFolder(path) ? "\(path)/\(name)" : path
}

/// Whether a path leads to a folder that is there.
public func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    && isFolder.boolValue
}
