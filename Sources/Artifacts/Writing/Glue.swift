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
      opening, cpuCheck, argumentCheck, runRange, genericFunctions,
      separate ? weightFunctions : nil,
      publicRun, portTables, descriptor,
    ].compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var opening: String {
    """
    // The functions of the model '\(name)' around its kernels.
    #include "\(name).h"

    #include <math.h>

    #include "resin_support.h"

    enum { INPUTS = \(interface.inputs.count), OUTPUTS = \(interface.outputs.count), STEPS = \(interface.stepCount) };

    // The kernels, and the weights in the layout that they read.
    void \(name)_steps(const void *const *bases, const resin_parallel *parallel, int32_t first, int32_t last);
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

  private var argumentCheck: String {
    var workspace: [String] = []
    if interface.workspaceBytes > 0 {
      workspace = [
        "  if (workspace == NULL) return RESIN_NULL_POINTER;",
        "  if (workspace_bytes < \(interface.workspaceBytes)u) return RESIN_WORKSPACE_TOO_SMALL;",
        "  if ((uintptr_t)workspace % \(ModelInterface.alignment) != 0) return RESIN_WORKSPACE_MISALIGNED;",
      ]
    } else {
      workspace = ["  (void)workspace;", "  (void)workspace_bytes;"]
    }
    return """
      static int32_t check_arguments(const void *const *inputs, void *const *outputs, const void *workspace,
                                     size_t workspace_bytes, const resin_parallel *parallel) {
        if (inputs == NULL || outputs == NULL) return RESIN_NULL_POINTER;
        for (int index = 0; index < INPUTS; index++) {
          if (inputs[index] == NULL) return RESIN_NULL_POINTER;
        }
        for (int index = 0; index < OUTPUTS; index++) {
          if (outputs[index] == NULL) return RESIN_NULL_POINTER;
        }
        if (parallel != NULL && parallel->run == NULL) return RESIN_NULL_POINTER;
      \(workspace.joined(separator: "\n"))
        return check_cpu();
      }
      """
  }

  private var runRange: String {
    let weights =
      separate
      ? "  if (weights == NULL || (uintptr_t)weights % \(ModelInterface.alignment) != 0) return RESIN_BAD_WEIGHTS;"
      : "  weights = \(name)_weights_data;"
    return """
      static int32_t run_range(const void *weights, const void *const *inputs, void *const *outputs, void *workspace,
                               size_t workspace_bytes, const resin_parallel *parallel, int32_t first,
                               int32_t last) {
        int32_t code = check_arguments(inputs, outputs, workspace, workspace_bytes, parallel);
        if (code != RESIN_OK) return code;
        if (first < 0 || first > last || last > STEPS) return RESIN_BAD_STEPS;
      \(weights)
        const void *bases[2 + INPUTS + OUTPUTS] = {weights, workspace};
        for (int index = 0; index < INPUTS; index++) bases[2 + index] = inputs[index];
        for (int index = 0; index < OUTPUTS; index++) bases[2 + INPUTS + index] = outputs[index];
        \(name)_guarded_steps(\(name)_steps, bases, parallel, first, last);
        return RESIN_OK;
      }
      """
  }

  private var genericFunctions: String {
    """
    static int32_t run_all(const void *weights, const void *const *inputs, void *const *outputs, void *workspace,
                           size_t workspace_bytes, const resin_parallel *parallel) {
      return run_range(weights, inputs, outputs, workspace, workspace_bytes, parallel, 0, STEPS);
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
    let inputs = cInitializer(header.inputs, empty: "NULL")
    let outputs = cInitializer(header.outputs, empty: "NULL")
    return """
      int32_t \(name)_run(\(header.runParameters)) {
        return run_all(\(separate ? "weights" : "NULL"), (const void *const[])\(inputs), (void *const[])\(outputs),
                       workspace, workspace_bytes, parallel);
      }
      """
  }

  private var portTables: String {
    var tables: [String] = []
    var entries: [String] = []
    let none: [[String]] = interface.inputs.map { _ in [] }
    for (index, port) in (interface.inputs + interface.outputs).enumerated() {
      let labels = (none + contents.labels)[index]
      let dims = cInitializer(port.type.shape.map(String.init), empty: "0")
      tables.append("static const int64_t dims_\(index)[] = \(dims);")
      var preprocessing = "NULL"
      if let clause = port.preprocessing {
        tables.append(table(of: clause, index))
        preprocessing = "&preprocessing_\(index)"
      }
      if !labels.isEmpty {
        let strings = labels.map { "  \(cString($0))," }.joined(separator: "\n")
        tables.append("static const char *const labels_\(index)[] = {\n\(strings)\n};")
      }
      entries.append(
        "  {\(cString(port.name)), \(port.type.element.cConstant), \(port.type.rank), dims_\(index), "
          + "\(preprocessing), \(labels.count), \(labels.isEmpty ? "NULL" : "labels_\(index)")},")
    }
    let steps = contents.steps.map { step in
      let counts = [
        step.flops, step.operations, step.weightBytes, step.readBytes, step.writtenBytes,
      ]
      return "  {\(cString(step.name)), \(cString(step.kernel)), "
        + counts.map { "\($0).0" }.joined(separator: ", ") + "},"
    }
    let features = interface.instructionSet.requiredFeatures.map(cString)
    return
      (tables + [
        "static const resin_port ports[] = {\n\(lines(entries, empty: "  {0},"))\n};",
        "static const resin_step steps[] = {\n\(lines(steps, empty: "  {0},"))\n};",
        "static const char *const features[] = \(cInitializer(features, empty: "NULL"));",
      ]).joined(separator: "\n")
  }

  private func table(of clause: ImagePreprocessing, _ index: Int) -> String {
    """
    static const float mean_\(index)[] = \(cInitializer(clause.mean.map(cFloat), empty: "0"));
    static const float deviation_\(index)[] = \(cInitializer(clause.deviation.map(cFloat), empty: "0"));
    static const resin_preprocessing preprocessing_\(index) = {
      \(cString(clause.channels.rawValue)), \(clause.resize ?? 0), \(clause.crop?.height ?? 0),
      \(clause.crop?.width ?? 0), \(cFloat(clause.scale)), \(clause.mean.count), mean_\(index), deviation_\(index)};
    """
  }

  private var descriptor: String {
    """
    static const resin_model model = {
      .abi_version = RESIN_ABI_VERSION,
      .struct_bytes = sizeof(resin_model),
      .name = \(cString(name)),
      .resin_version = \(cString(contents.resinVersion)),
      .instruction_set = \(cString(interface.instructionSet.rawValue)),
      .feature_count = \(interface.instructionSet.requiredFeatures.count),
      .features = features,
      .input_count = INPUTS,
      .inputs = ports,
      .output_count = OUTPUTS,
      .outputs = ports + INPUTS,
      .step_count = STEPS,
      .steps = steps,
      .workspace_bytes = \(interface.workspaceBytes)u,
      .alignment = \(ModelInterface.alignment),
      .weights_mode = \(separate ? "RESIN_WEIGHTS_SEPARATE" : "RESIN_WEIGHTS_EMBEDDED"),
      .weights_bytes = \(interface.weightsBytes)u,
      .weights_checksum = \(checksumLiteral),
      .weights_file = \(separate ? cString(contents.weightsFileName) : "NULL"),
      .check_cpu = check_cpu,
      .run = run_all,
      .run_steps = run_range,
      .map_weights = \(separate ? "\(name)_weights_map" : "NULL"),
      .unmap_weights = \(separate ? "\(name)_weights_unmap" : "NULL"),
      .create_pool = \(name)_pool_create,
      .destroy_pool = \(name)_pool_destroy,
      .pool_parallel = \(name)_pool_parallel,
      .error = \(name)_error,
    };

    const resin_model *\(name)_model(void) { return &model; }

    __attribute__((weak)) const resin_model *resin_model_get(void) { return &model; }
    """
  }

  private var checksumLiteral: String { "UINT64_C(0x\(String(checksum, radix: 16)))" }

  private func lines(_ entries: [String], empty: String) -> String {
    entries.isEmpty ? empty : entries.joined(separator: "\n")
  }
}
