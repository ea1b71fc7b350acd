import Diagnostics
import Planning
import TensorFiles

/// What a compilation leaves behind.
public enum LibraryKind: String, Sendable, CaseIterable {
  /// A shared library.
  case library
  /// One relocatable object file with kernels, weights and everything they need.
  case object
  /// A static library with that object.
  case archive

  /// The name of the file where the user gives none.
  public func defaultFileName(model: String) -> String {
    switch self {
    case .library: "lib\(model).so"
    case .object: "\(model).o"
    case .archive: "lib\(model).a"
    }
  }

  /// What a file of this kind is called after, and header and weights beside it too: `cats` for
  /// `libcats.so`, `libcats.so.1`, `libcats.a` and `cats.o`.
  func stem(of path: String) -> String {
    let name = baseName(of: path)
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    while parts.count > 2, parts.contains("so"), Int(parts.last ?? "") != nil { parts.removeLast() }
    let stem = withoutEnding(parts.joined(separator: "."))
    return self != .object && stem.hasPrefix("lib") && stem.utf8.count > 3
      ? String(stem.dropFirst(3)) : stem
  }
}

extension LibraryKind {
  /// The files of a library at a path: itself, its header, in separate mode its weights, its C part where it
  /// is left as source, and those that make it known to tools.
  ///
  /// - Throws: where the library would have the name of one of the others, and where a tool takes none of this
  ///   kind.
  public func files(
    at path: String, _ mode: WeightsMode, form: LibraryForm = .whole,
    with packages: [PackageFile] = []
  ) throws -> [String] {
    guard self == .library || !packages.contains(.swift) else {
      throw DiagnosticError(
        "--package swift is for shared libraries, not for --emit \(rawValue)",
        hint: "give --package module-map, which Swift imports")
    }
    let stem = stem(of: path)
    let beside =
      (mode == .separate ? ["\(stem).h", "\(stem).weights"] : ["\(stem).h"])
      + (form == .kernels ? ["\(stem).c"] : [])
      + packages.map { $0.path(stem: stem) }
    let files = [path] + beside.map { sibling($0, of: path) }
    guard Set(files).count == files.count else {
      throw DiagnosticError(
        "the library would have the name of "
          + (form == .kernels ? "its header, weights or C part" : "its header or weights"),
        at: .subject(path))
    }
    return files
  }
}

extension LibraryContents {
  /// Writes the library with its header, and with its file of weights in separate mode, both beside
  /// it and named after it.
  ///
  /// All files appear together or, where anything fails, none. The same contents give the same
  /// bytes.
  ///
  /// - Parameters:
  ///   - path: where the library goes; its folder exists.
  ///   - packages: the tools to make it known to, by files beside it.
  ///   - compiler: the command that calls a C compiler of the platform; looked for where nil.
  /// - Returns: the files, the library first.
  /// - Throws: what is wrong with the model's name, the place, or the C compiler.
  @discardableResult
  public func write(
    _ kind: LibraryKind, to path: String, with packages: [PackageFile] = [],
    compiler: String? = nil
  ) throws -> [String] {
    try interface.checkName()
    var contents = self
    contents.fileStem = kind.stem(of: path)
    guard form == .whole else { return try contents.writeAlone(kind, to: path) }
    return try contents.writeFiles(
      kind, to: path, with: packages, CompilerCommands(for: platform, given: compiler))
  }

  private func writeFiles(
    _ kind: LibraryKind, to path: String, with packages: [PackageFile],
    _ commands: CompilerCommands
  ) throws -> [String] {
    let header = Header(self)
    let paths = try kind.files(at: path, weightsMode, with: packages)
    let files = StagedFiles()
    let staged = try files.stage(path)
    try files.write(paths[1]) { try $0.write(Array(header.text.utf8)) }
    let checksum = WeightsFile.checksum(of: weights)
    if weightsMode == .separate { try writeWeights(to: paths[2], checksum, in: files) }
    for (package, place) in zip(packages, paths.suffix(packages.count)) {
      let text = package.text(self, kind, file: baseName(of: path))
      if package == .moduleMap {
        try files.makeFolder(String(place.dropLast("/module.modulemap".count)))
      }
      try files.write(place) { try $0.write(Array(text.utf8)) }
    }
    let toolchain = try Toolchain(commands)
    let objects = try compile(kind, header: header, checksum: checksum, toolchain)
    try link(
      objects, kind, header: header, to: absolutePath(staged), named: baseName(of: path), toolchain)
    try files.commit()
    return paths
  }

  /// Writes the file of weights.
  func writeWeights(to path: String, _ checksum: UInt64, in files: StagedFiles) throws {
    try files.write(path) { sink in
      try sink.write(
        WeightsFile.header(
          model: interface.name, weightsBytes: interface.weightsBytes, checksum: checksum))
      try sink.write(UnsafeRawBufferPointer(weights.bytes))
    }
  }

  /// Compiles glue, bundled sources and weights; gives the names of all object files, kernels
  /// included.
  private func compile(
    _ kind: LibraryKind, header: Header, checksum: UInt64, _ toolchain: borrowing Toolchain
  ) throws -> [String] {
    let name = interface.name
    let bundled = bundledSources
    for source in EmbeddedSource.headers + bundled {
      try toolchain.add(source.name, source.bytes)
    }
    try toolchain.add("\(name).h", Array(header.text.utf8))
    try toolchain.add("glue.c", Array(Glue(self, header: header, checksum: checksum).text.utf8))
    // Profilers find the callers of a kernel by frame pointers. Pictures give the same bits everywhere.
    var flags = [
      "-std=c11", "-O2", "-ffp-contract=off", "-fPIC", "-fvisibility=hidden",
      "-fno-omit-frame-pointer",
      "-DRESIN_PREFIX=\(name)",
    ]
    if let sizesText { flags.append("-DRESIN_SIZES=\(sizesText)") }
    if kind == .library { flags.append("-DRESIN_OLDEST_GLIBC") }
    let sources = ["glue.c"] + bundled.map(\.name)
    try toolchain.runAll(sources.map { toolchain.compiler + ["-c"] + flags + [$0] })
    var objects = sources.map { String($0.split(separator: ".")[0]) + ".o" }
    if weightsMode == .embedded {
      let object = WeightsObject(
        symbol: "\(name)_weights_data", elfMachine: platform.architecture.elfMachine!,
        bytes: UnsafeRawBufferPointer(weights.bytes),
        alignment: compact ? ModelInterface.alignment : 4096)
      try toolchain.add("weights_data.o") { try object.write(to: $0) }
      objects.append("weights_data.o")
    }
    for (index, object) in kernelObjects.enumerated() {
      try toolchain.add("kernels\(index).o", object)
      objects.append("kernels\(index).o")
    }
    return objects
  }

  /// What the model is bundled with.
  var bundledSources: [EmbeddedSource] {
    let takesPictures = interface.inputs.contains(where: \.takesPictures)
    return EmbeddedSource.bundled + (takesPictures ? [.picture] : [])
      + (Header(self).classify == nil ? [] : [.classes])
  }

  /// What `RESIN_SIZES` stands for in the bundled sources, as a literal of C; nil where there is one size.
  var sizesText: String? {
    dimensions.isEmpty ? nil : cString("; it has some for " + dimensions.text)
  }

  /// The library that has the functions of threads before glibc 2.34.
  private static let threads = "libpthread.so.0"

  private func link(
    _ objects: [String], _ kind: LibraryKind, header: Header, to path: String,
    named fileName: String,
    _ toolchain: borrowing Toolchain
  ) throws {
    switch kind {
    case .library:
      let exports = header.exportedSymbols.map { "    \($0);\n" }.joined()
      let map = "{\n  global:\n\(exports)  local: *;\n};\n"
      try toolchain.add("exports.map", Array(map.utf8))
      // A library's calls of its own functions stay within it, also where another version of the
      // same model was loaded before.
      var flags = [
        "-Wl,-Bsymbolic", "-Wl,-soname,\(fileName)", "-Wl,--version-script=exports.map",
        "-Wl,--no-undefined",
        "-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,--build-id=none", "-lm", "-lpthread",
        "-Wl,--no-as-needed", Self.threads,
      ]
      // Before glibc 2.34 the functions of threads are in a library of their own, which newer ones have for its name
      // alone, often without a file to link with.
      try toolchain.add("threads.c", Array("".utf8))
      let empty = ["-shared", "-nostdlib", "-fPIC", "-Wl,-soname,\(Self.threads)", "threads.c"]
      try toolchain.run(toolchain.compiler + empty + ["-o", Self.threads])
      // Code and constants then share pages; profilers no longer see the names of kernels.
      if compact { flags += ["-s", "-Wl,-z,noseparate-code"] }
      try toolchain.run(toolchain.compiler + ["-shared", "-o", path] + objects + flags)
    case .object:
      try toolchain.run(toolchain.compiler + relocatable(objects, path))
    case .archive:
      let object = "\(interface.name).o"
      try toolchain.run(toolchain.compiler + relocatable(objects, object))
      // `ar` adds to an archive that exists, and takes an empty file for a damaged one.
      try toolchain.run(try toolchain.archiver() + ["rcsD", "archive.a", object])
      try toolchain.run(["cp", "archive.a", path])
    }
  }

  private func relocatable(_ objects: [String], _ path: String) -> [String] {
    ["-r", "-nostdlib", "-Wl,--build-id=none", "-o", path] + objects
  }
}
