internal import CLLVM

/// A function in the code section of an object file.
public struct ObjectFunction: Sendable {
  public var name: String
  /// From the beginning of the section.
  public var offset: Int
  public var size: Int
}

/// The functions that the symbol table of a relocatable object file lists in its code section.
///
/// - Throws: what LLVM has to say of bytes that are none.
public func functions(ofObject bytes: [UInt8]) throws(LLVMFailure) -> [ObjectFunction] {
  try symbols(ofObject: bytes).filter { $0.section == ".text" && $0.function.size > 0 }.map(
    \.function)
}

/// The names that the symbol table of a relocatable object file lists and that none of its sections has:
/// what it expects of other objects, and the file that it was made from, where the format says one.
///
/// - Throws: what LLVM has to say of bytes that are none.
public func undefinedNames(ofObject bytes: [UInt8]) throws(LLVMFailure) -> [String] {
  try symbols(ofObject: bytes).filter { $0.section == nil }.map(\.function.name)
}

/// All symbols with their sections.
private func symbols(
  ofObject bytes: [UInt8]
) throws(LLVMFailure) -> [(function: ObjectFunction, section: String?)] {
  let buffer = bytes.withUnsafeBytes {
    LLVMCreateMemoryBufferWithMemoryRangeCopy($0.baseAddress, $0.count, "object")
  }
  defer { LLVMDisposeMemoryBuffer(buffer) }
  var message: UnsafeMutablePointer<CChar>?
  guard let binary = LLVMCreateBinary(buffer, nil, &message) else {
    defer { LLVMDisposeMessage(message) }
    throw LLVMFailure(description: message.map { String(cString: $0) } ?? "no object file")
  }
  defer { LLVMDisposeBinary(binary) }
  let symbol = LLVMObjectFileCopySymbolIterator(binary)
  let section = LLVMObjectFileCopySectionIterator(binary)
  defer {
    LLVMDisposeSymbolIterator(symbol)
    LLVMDisposeSectionIterator(section)
  }
  var result: [(function: ObjectFunction, section: String?)] = []
  while LLVMObjectFileIsSymbolIteratorAtEnd(binary, symbol) == 0 {
    defer { LLVMMoveToNextSymbol(symbol) }
    guard let name = LLVMGetSymbolName(symbol) else { continue }
    LLVMMoveToContainingSection(section, symbol)
    let isThere = LLVMObjectFileIsSectionIteratorAtEnd(binary, section) == 0
    let place = isThere ? LLVMGetSectionName(section).map { String(cString: $0) } : nil
    result.append(
      (
        ObjectFunction(
          name: String(cString: name), offset: Int(LLVMGetSymbolAddress(symbol)),
          size: Int(LLVMGetSymbolSize(symbol))), place
      ))
  }
  return result
}
