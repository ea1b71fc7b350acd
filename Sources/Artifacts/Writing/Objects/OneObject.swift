import Diagnostics
import KernelGen
import LLVMKit
import Planning

/// The object of a library that LLVM makes alone: kernels, the function that runs them and weights are one
/// module, so that no linker has to know the platform.
struct OneObject {
  private let contents: LibraryContents
  private let modules: GeneratedModules
  private let name: String

  /// - Precondition: the contents have modules.
  init(_ contents: LibraryContents) {
    self.contents = contents
    modules = contents.kernelModules!
    name = contents.interface.name
  }

  private var isFreestanding: Bool { contents.form == .freestanding }

  /// The object's bytes.
  ///
  /// - Throws: where code needs what an object without a system cannot have.
  func bytes() throws -> [UInt8] {
    let platform = contents.platform
    let names = contents.interface.instructionSet.llvmNames
    let target = try Target(
      triple: (isFreestanding ? platform.freestandingTriple : nil) ?? platform.triple,
      cpu: names.cpu, features: names.features)
    let m = IRModule(name: name)
    for module in modules.modules { try m.link(bitcode: module) }
    var weights: Value?
    if contents.weightsMode == .embedded {
      weights = m.constantMemory(
        "\(name)_weights_data", UnsafeRawBufferPointer(contents.weights.bytes),
        alignment: ModelInterface.alignment,
        section: platform.isELF ? LibrarySize.weightsSection : nil)
    }
    if isFreestanding {
      FreestandingRun(interface: contents.interface).emit(weights: weights, into: m)
      for function in LibraryFunction.allCases where modules.calls.contains(function.rawValue) {
        function.emit(into: m)
      }
      m.leaveMemoryBelowStack()
    }
    try target.optimize(m, pipeline: "verify")
    let object = try target.object(m)
    if isFreestanding { try checkIsWhole(object) }
    return object
  }

  /// Throws where an object calls anything.
  private func checkIsWhole(_ object: [UInt8]) throws {
    // The file that an object was made from, which it names, is here the model.
    let missing = try undefinedNames(ofObject: object).filter { !$0.isEmpty && $0 != name }
    guard missing.isEmpty else {
      throw DiagnosticError(
        "code for \(contents.interface.instructionSet) calls \(missing.sorted().joined(separator: ", ")), "
          + "which there is only with a system", at: .subject("model '\(name)'"),
        hint: "leave --freestanding out")
    }
  }
}
