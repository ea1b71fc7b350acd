import GraphIR
import Planning

/// The C source between the public functions of a model and its kernels: checks, descriptor,
/// weights.
struct Glue {
  private let contents: LibraryContents
  private let interface: ModelInterface
  private let header: Header
  private let name: String
  private let checksum: UInt64

  /// Creates the glue; `checksum` is that of the weights.
  init(_ contents: LibraryContents, header: Header, checksum: UInt64) {
    self.contents = contents
    self.interface = contents.interface
    self.header = header
    self.name = interface.name
    self.checksum = checksum
  }

  private var separate: Bool { contents.weightsMode == .separate }
  private var requiredLevel: Int {
    switch interface.instructionSet {
    case .baseline: 1
    case .avx2: 3
    case .avx512: 4
    }
  }

  /// The text of the source file.
  var text: String {
    [
      [opening, cpuCheck, separate ? weightFunctions : nil].compactMap { $0 },
      contents.variants.map {
        GlueVariant(contents: contents, variant: $0, checksum: checksumLiteral).text
      },
      contents.variants.count == 1 ? [publicRun, getters] : [publicRunOfBatch, gettersOfBatch],
    ].flatMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var opening: String {
    """
    // The functions of the model '\(name)' around its kernels.
    #include "\(name).h"

    #include <math.h>

    #include "resin_support.h"

    enum { INPUTS = \(interface.inputs.count), OUTPUTS = \(interface.outputs.count) };

    // The weights in the layout that kernels read.
    \(separate ? "" : "extern const unsigned char \(name)_weights_data[];")
    """
  }

  private var cpuCheck: String {
    """
    // The level of this machine, found when the library is loaded: asking the CPU takes tens of
    // microseconds on a virtual machine, too long for every run. 0 only while constructors of other
    // libraries run before this one.
    static int32_t machine_level;

    __attribute__((constructor)) static void find_machine_level(void) {
      machine_level = \(name)_cpu_level();
    }

    static int32_t check_cpu(void) {
      int32_t level = machine_level != 0 ? machine_level : \(name)_cpu_level();
      return level >= \(requiredLevel) ? RESIN_OK : RESIN_UNSUPPORTED_CPU;
    }
    """
  }

  private var weightFunctions: String {
    """
    int32_t \(name)_weights_map(const char *path, const void **weights) {
      return \(name)_weights_file_map(path, \(cString(name)), \(interface.weightsBytes)u, \(checksumLiteral), weights);
    }

    void \(name)_weights_unmap(const void *weights) {
      \(name)_weights_file_unmap(weights, \(interface.weightsBytes)u);
    }

    int32_t \(name)_weights_check(const void *weights) {
      if (weights == NULL) return RESIN_BAD_WEIGHTS;
      uint64_t checksum = \(name)_weights_checksum(weights, \(interface.weightsBytes)u);
      return checksum == \(checksumLiteral) ? RESIN_OK : RESIN_BAD_WEIGHTS;
    }
    """
  }

  private var publicRun: String {
    """
    int32_t \(name)_run(\(header.runParameters)) {
      \(runCall(contents.variants[0]))
    }
    """
  }

  /// The call of one variant's function with the parameters of the public one.
  private func runCall(_ variant: LibraryVariant) -> String {
    let inputs = cInitializer(header.inputs, empty: "NULL")
    let outputs = cInitializer(header.outputs, empty: "NULL")
    return
      "return run_all\(variant.suffix)(\(separate ? "weights" : "NULL"), (const void *const[])\(inputs), "
      + "(void *const[])\(outputs), workspace, workspace_bytes, parallel);"
  }

  private var getters: String {
    """
    const resin_model *\(name)_model(void) { return &model; }

    __attribute__((weak)) const resin_model *resin_model_get(void) { return &model; }
    """
  }

  // MARK: Several numbers of images

  private var publicRunOfBatch: String {
    let cases = contents.variants.map { "    case \($0.batch): \(runCall($0))" }
    return """
      int32_t \(name)_run(\(header.runParameters)) {
        switch (batch) {
      \(cases.joined(separator: "\n"))
          default: return RESIN_BAD_BATCH;
        }
      }
      """
  }

  private var gettersOfBatch: String {
    let first = contents.variants[0]
    let batches = contents.variants.map { "\($0.batch)" }.joined(separator: ", ")
    let cases = contents.variants.map { "    case \($0.batch): return &model\($0.suffix);" }
    return """
      const resin_model *\(name)_model(void) { return &model\(first.suffix); }

      const resin_model *\(name)_model_of_batch(int64_t batch) {
        switch (batch) {
      \(cases.joined(separator: "\n"))
          default: return NULL;
        }
      }

      __attribute__((weak)) const resin_model *resin_model_get(void) { return \(name)_model(); }

      __attribute__((weak)) const resin_model *resin_model_of_batch(int64_t batch) {
        return \(name)_model_of_batch(batch);
      }

      __attribute__((weak)) int32_t resin_model_batches(const int64_t **batches) {
        static const int64_t all[] = {\(batches)};
        *batches = all;
        return \(contents.variants.count);
      }
      """
  }

  private var checksumLiteral: String { "UINT64_C(0x\(String(checksum, radix: 16)))" }
}
