import Diagnostics
import Planning
import TensorFiles

/// The files of a module of WebAssembly at a path: itself, and the script beside it through which it is
/// used.
///
/// - Throws: where the module would have the name of its script.
public func moduleFiles(at path: String) throws -> [String] {
  let script = sibling("\(withoutEnding(baseName(of: path))).mjs", of: path)
  guard script != path else {
    throw DiagnosticError(
      "the module would have the name of its script", at: .subject(path),
      hint: "give a name that ends in '.wasm'")
  }
  return [path, script]
}

extension LibraryContents {
  /// Writes a module of WebAssembly, weights included, with the script through which it is used.
  ///
  /// Both files appear together or, where anything fails, none. The same contents give the same bytes.
  ///
  /// - Parameter path: where the module goes; its folder exists.
  /// - Returns: the files, the module first.
  /// - Throws: what is wrong with the model's name or size, the place, or the linker.
  /// - Precondition: there is code for WebAssembly alone, for one number of images and one size.
  public func writeModule(to path: String) throws -> [String] {
    precondition(platform == .wasm32 && variants.count == 1, "no module has several variants")
    try interface.checkName()
    let memory = ModuleMemory(interface: interface, platform: platform, weights: weights)
    try checkSize(memory.byteCount)
    let paths = try moduleFiles(at: path)
    let files = StagedFiles()
    let script = ModuleScript(self, module: baseName(of: path))
    try files.write(paths[1]) { try $0.write(Array(script.text.utf8)) }
    let toolchain = try Toolchain(CompilerCommands(linkerOf: platform))
    try link(
      [try memory.object(), try memory.library()] + kernelObjects, exports: memory.exports,
      toolchain)
    let module = try toolchain.file(Self.linked)
    try files.write(path) { try $0.write(module.bytes) }
    try files.commit()
    return paths
  }

  /// What the linker writes, in its folder.
  private static let linked = "module.wasm"

  private func link(
    _ objects: [[UInt8]], exports: [String], _ toolchain: borrowing Toolchain
  ) throws {
    let names = objects.indices.map { "part\($0).o" }
    for (name, object) in zip(names, objects) { try toolchain.add(name, object) }
    try toolchain.run(
      toolchain.compiler + [
        "--no-entry", "--stack-first", "-z", "stack-size=\(Self.stackBytes)",
        compact ? "--strip-all" : "--strip-debug",
      ] + exports.map { "--export=\($0)" } + ["-o", Self.linked] + names)
  }

  /// Bytes of the stack, of which a run takes few.
  private static let stackBytes = 256 << 10

  /// Throws where no engine would take the module: https://www.w3.org/TR/wasm-js-api-2/#limits.
  private func checkSize(_ memoryBytes: Int) throws {
    guard interface.weightsBytes < 1 << 30 - 1 << 24 else {
      throw DiagnosticError(
        "the weights take \(interface.weightsBytes >> 20) MiB, and a module of WebAssembly may have 1 GiB",
        at: .subject("model '\(interface.name)'"),
        hint: "give --weights-type f16, or --optimize size, by which they take less")
    }
    guard memoryBytes < 1 << 32 - 1 << 24 else {
      throw DiagnosticError(
        "the model takes \(memoryBytes >> 20) MiB of memory, and WebAssembly has 4 GiB",
        at: .subject("model '\(interface.name)'"), hint: "give a smaller --batch, or smaller inputs"
      )
    }
  }
}
