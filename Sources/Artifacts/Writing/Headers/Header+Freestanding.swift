import Planning

/// The header of an object for programs without a system.
extension Header {
  var freestandingText: String {
    [
      opening, "#include <stddef.h>\n#include <stdint.h>", EmbeddedSource.codes.textAlone, macros,
      separate ? offset : nil, "#ifdef __cplusplus\nextern \"C\" {\n#endif", declaration,
      "#ifdef __cplusplus\n}\n#endif", ending,
    ].compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var opening: String {
    let manifest = contents.manifest
    return """
      // \(name): a model compiled by Resin \(cComment(manifest.resinVersion)) to an object for programs without a system.
      //
      \(tensorLines)
      //
      // The object needs nothing of a system and calls nothing outside of itself: no C library, no
      // mathematics, no threads, no files, no memory but what a run is given, no errno. A run takes less
      // than 4 KB of stack, and 24 bytes for each input and output. It uses the registers for floats and vectors, and reads and writes inputs,
      // outputs and weights at any address: before the first run, switch these registers on
      \(requirements)
      // The code keeps no state: it may run in several places at once, such as cores or interrupts that
      // save all registers, each with its own workspace and outputs, and gives the same bits every time.
      //
      // Made with LLVM \(cComment(manifest.llvmVersion)) and: \(cComment(manifest.options)).
      // SHA-256 of the model: \(manifest.modelHash), of its weights: \(manifest.weightsHash).
      \(guardLines)
      """
  }

  /// What start code does for code of the architecture.
  private var requirements: String {
    interface.instructionSet.architecture == .aarch64
      ? """
      // (CPACR_EL1.FPEN) and, for addresses that are not aligned, have memory that is of the type
      // Normal, which all is not while the memory management unit is off.
      """
      : "// (CR0.EM, CR4.OSFXSR; for AVX and AVX-512 also CR4.OSXSAVE and XCR0)."
  }

  private var offset: String {
    """
    // Where in the file the weights begin: what is before them says whose they are.
    #define \(prefix)_WEIGHTS_OFFSET ((size_t)\(WeightsFile.headerBytes)u)
    """
  }

  private var declaration: String {
    let place =
      separate
      ? """
      // `weights` is where the bytes of \(contents.weightsFileName) from \(prefix)_WEIGHTS_OFFSET on are, at an
      // address that \(prefix)_ALIGNMENT divides; they are only read. Nothing is checked of them but that.

      """ : ""
    return """
      // Runs the model once over a whole batch.
      //
      \(place)// Inputs and outputs are as above. `workspace` has at least \(prefix)_WORKSPACE_BYTES bytes, aligned to
      // \(prefix)_ALIGNMENT; it needs no initialisation and holds nothing from run to run.
      //
      // Returns RESIN_OK, or another code of enum resin_code before anything is written:
      // RESIN_NULL_POINTER, RESIN_WORKSPACE_TOO_SMALL, RESIN_WORKSPACE_MISALIGNED\(separate ? ", RESIN_BAD_WEIGHTS" : "").
      int32_t \(name)_run(\(runParameters));
      """
  }
}
