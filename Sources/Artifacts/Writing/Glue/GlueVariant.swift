import GraphIR
import Planning

/// The part of the glue that there is once for every number of images and every level that a library
/// is compiled for: checks, steps, descriptor.
struct GlueVariant {
  let contents: LibraryContents
  let variant: LibraryVariant
  /// The checksum of the weights as a literal of C.
  let checksum: String
  let cpu: GlueCPU

  private var interface: ModelInterface { variant.interface }
  private var name: String { interface.name }
  private var separate: Bool { contents.weightsMode == .separate }
  /// What the names of its functions and tables end with.
  private var mark: String { variant.suffix }

  var text: String {
    [stepsDeclaration, cpuCheck, argumentCheck, runRange, genericFunctions, portTables, descriptor]
      .joined(separator: "\n\n")
  }

  private var stepsDeclaration: String {
    "void \(name)\(mark)_steps(const void *const *bases, const resin_parallel *parallel, int32_t first, int32_t last);"
  }

  private var cpuCheck: String {
    """
    static int32_t check_cpu\(mark)(void) {
      return \(cpu.has(interface.instructionSet)) ? RESIN_OK : RESIN_UNSUPPORTED_CPU;
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
      static int32_t check_arguments\(mark)(const void *const *inputs, void *const *outputs, const void *workspace,
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
        return check_cpu\(mark)();
      }
      """
  }

  private var runRange: String {
    let weights =
      separate
      ? "  if (weights == NULL || (uintptr_t)weights % \(ModelInterface.alignment) != 0) return RESIN_BAD_WEIGHTS;"
      : "  weights = \(name)_weights_data;"
    return """
      static int32_t run_range\(mark)(const void *weights, const void *const *inputs, void *const *outputs, void *workspace,
                               size_t workspace_bytes, const resin_parallel *parallel, int32_t first,
                               int32_t last) {
        int32_t code = check_arguments\(mark)(inputs, outputs, workspace, workspace_bytes, parallel);
        if (code != RESIN_OK) return code;
        if (first < 0 || first > last || last > \(interface.stepCount)) return RESIN_BAD_STEPS;
      \(weights)
        const void *bases[2 + INPUTS + OUTPUTS] = {weights, workspace};
        for (int index = 0; index < INPUTS; index++) bases[2 + index] = inputs[index];
        for (int index = 0; index < OUTPUTS; index++) bases[2 + INPUTS + index] = outputs[index];
        \(name)_guarded_steps(\(name)\(mark)_steps, bases, parallel, first, last);
        return RESIN_OK;
      }
      """
  }

  private var genericFunctions: String {
    """
    static int32_t run_all\(mark)(const void *weights, const void *const *inputs, void *const *outputs, void *workspace,
                           size_t workspace_bytes, const resin_parallel *parallel) {
      return run_range\(mark)(weights, inputs, outputs, workspace, workspace_bytes, parallel, 0, \(interface.stepCount));
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
      tables.append("static const int64_t dims_\(index)\(mark)[] = \(dims);")
      var preprocessing = "NULL"
      if let clause = port.preprocessing {
        let function =
          index < interface.inputs.count && port.takesPictures
          ? PictureFunctions.function(index, of: port, in: variant) : nil
        tables += [
          function?.declaration, table(of: clause, index, function: function != nil),
          function?.definition,
        ].compactMap { $0 }
        preprocessing = "&preprocessing_\(index)\(mark)"
      }
      if !labels.isEmpty {
        let strings = labels.map { "  \(cString($0))," }.joined(separator: "\n")
        tables.append("static const char *const labels_\(index)\(mark)[] = {\n\(strings)\n};")
      }
      entries.append(
        "  {\(cString(port.name)), \(port.type.element.cConstant), \(port.type.rank), dims_\(index)\(mark), "
          + "\(preprocessing), \(labels.count), \(labels.isEmpty ? "NULL" : "labels_\(index)\(mark)"), \(port.images)},"
      )
    }
    let steps = variant.steps.map { step in
      let counts = [
        step.flops, step.operations, step.weightBytes, step.readBytes, step.writtenBytes,
      ]
      return "  {\(cString(step.name)), \(cString(step.kernel)), "
        + counts.map { "\($0).0" }.joined(separator: ", ") + "},"
    }
    let features = interface.instructionSet.features.map { cString($0.name) }
    return
      (tables + [
        "static const resin_port ports\(mark)[] = {\n\(lines(entries, empty: "  {0},"))\n};",
        "static const resin_step steps\(mark)[] = {\n\(lines(steps, empty: "  {0},"))\n};",
        "static const char *const features\(mark)[] = \(cInitializer(features, empty: "NULL"));",
      ]).joined(separator: "\n")
  }

  private func table(of clause: ImagePreprocessing, _ index: Int, function: Bool) -> String {
    let extents = clause.withCStructure {
      [$0.resize, $0.resize_height, $0.resize_width, $0.crop_height, $0.crop_width]
    }
    return """
      static const float mean_\(index)\(mark)[] = \(cInitializer(clause.mean.map(cFloat), empty: "0"));
      static const float deviation_\(index)\(mark)[] = \(cInitializer(clause.deviation.map(cFloat), empty: "0"));
      static const resin_preprocessing preprocessing_\(index)\(mark) = {
        \(cString(clause.channels.rawValue)), \(extents.map(String.init).joined(separator: ", ")), \(clause.interpolation.cConstant),
        \(clause.mean.count), \(cFloat(clause.scale)), mean_\(index)\(mark), deviation_\(index)\(mark),
        \(function ? "preprocess_\(index)\(mark)" : "NULL")};
      """
  }

  private var descriptor: String {
    """
    static const resin_model model\(mark) = {
      .abi_version = RESIN_ABI_VERSION,
      .struct_bytes = sizeof(resin_model),
      .name = \(cString(name)),
      .resin_version = \(cString(contents.manifest.resinVersion)),
      .instruction_set = \(cString(interface.instructionSet.rawValue)),
      .feature_count = \(interface.instructionSet.features.count),
      .features = features\(mark),
      .input_count = INPUTS,
      .inputs = ports\(mark),
      .output_count = OUTPUTS,
      .outputs = ports\(mark) + INPUTS,
      .step_count = \(interface.stepCount),
      .steps = steps\(mark),
      .workspace_bytes = \(interface.workspaceBytes)u,
      .alignment = \(ModelInterface.alignment),
      .weights_mode = \(separate ? "RESIN_WEIGHTS_SEPARATE" : "RESIN_WEIGHTS_EMBEDDED"),
      .weights_bytes = \(interface.weightsBytes)u,
      .weights_checksum = \(checksum),
      .weights_file = \(separate ? cString(contents.weightsFileName) : "NULL"),
      .llvm_version = \(cString(contents.manifest.llvmVersion)),
      .options = \(cString(contents.manifest.options)),
      .model_sha256 = \(cString(contents.manifest.modelHash)),
      .weights_sha256 = \(cString(contents.manifest.weightsHash)),
      .check_cpu = check_cpu\(mark),
      .run = run_all\(mark),
      .run_steps = run_range\(mark),
      .map_weights = \(separate ? "\(name)_weights_map" : "NULL"),
      .unmap_weights = \(separate ? "\(name)_weights_unmap" : "NULL"),
      .create_pool = \(name)_pool_create,
      .destroy_pool = \(name)_pool_destroy,
      .pool_parallel = \(name)_pool_parallel,
      .error = \(name)_error,
    };
    """
  }

  private func lines(_ entries: [String], empty: String) -> String {
    entries.isEmpty ? empty : entries.joined(separator: "\n")
  }
}
