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
  var result: [ObjectFunction] = []
  while LLVMObjectFileIsSymbolIteratorAtEnd(binary, symbol) == 0 {
    defer { LLVMMoveToNextSymbol(symbol) }
    let size = LLVMGetSymbolSize(symbol)
    guard size > 0, let name = LLVMGetSymbolName(symbol) else { continue }
    LLVMMoveToContainingSection(section, symbol)
    guard LLVMObjectFileIsSectionIteratorAtEnd(binary, section) == 0,
      let place = LLVMGetSectionName(section), String(cString: place) == ".text"
    else { continue }
    result.append(
      ObjectFunction(
        name: String(cString: name), offset: Int(LLVMGetSymbolAddress(symbol)), size: Int(size)))
  }
  return result
}
