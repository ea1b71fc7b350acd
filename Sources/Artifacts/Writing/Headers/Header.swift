import GraphIR
import Planning

/// The public header of a compiled model, `NAME.h`: self-contained, for C99 and C++.
struct Header {
  let contents: LibraryContents
  let interface: ModelInterface
  let name: String
  let prefix: String
  let separate: Bool
  /// The names of the parameters for inputs and for outputs.
  let inputs: [String]
  let outputs: [String]
  /// The names of the parameters for extents of the library's dimensions.
  let extents: [String]

  init(_ contents: LibraryContents) {
    self.contents = contents
    interface = contents.interface
    name = interface.name
    prefix = name.uppercased()
    separate = contents.weightsMode == .separate
    let ports = (interface.inputs + interface.outputs).map(\.name)
    // Names of axes are often capital letters alone, as macros are.
    let names = parameterNames(
      for: ports + contents.dimensions.map { $0.name.lowercased() },
      besides: contents.batches.count > 1 ? ["batch"] : [])
    inputs = Array(names.prefix(interface.inputs.count))
    outputs = Array(names.prefix(ports.count).suffix(interface.outputs.count))
    extents = Array(names.dropFirst(ports.count))
  }

  /// The functions that a library exports, in the order of the header.
  var exportedSymbols: [String] {
    let weights = separate ? ["weights_map", "weights_unmap", "weights_check"] : []
    let all =
      ["run"] + weights + ["pool_create", "pool_parallel", "pool_destroy", "error", "model"]
      + (severalBatches ? ["model_of_batch"] : []) + (severalSizes ? ["model_of_sizes"] : [])
      + (severalModels ? ["models"] : [])
    return all.map { "\(name)_\($0)" } + pictures.exportedSymbols
      + (classify.map { [$0.exportedSymbol] } ?? []) + ["resin_model_get"]
      + (severalBatches ? ["resin_model_of_batch", "resin_model_batches"] : [])
      + (severalSizes ? ["resin_model_of_sizes", "resin_model_dimensions"] : [])
      + (severalModels ? ["resin_models"] : [])
  }

  /// The parameters that choose among the library's code: images, and extents.
  var sizeParameters: [String] {
    ((severalBatches ? ["batch"] : []) + extents).map { "int64_t \($0)" }
  }

  /// The parameters of `NAME_run`: those that choose, weights in separate mode, inputs, outputs,
  /// workspace, parallel-for.
  var runParameters: String {
    var parameters = sizeParameters
    if separate { parameters.append("const void *weights") }
    parameters += zip(interface.inputs, inputs).map { "const \($0.type.element.cType) *\($1)" }
    parameters += zip(interface.outputs, outputs).map { "\($0.type.element.cType) *\($1)" }
    parameters += ["void *workspace", "size_t workspace_bytes"]
    return (parameters + (isFreestanding ? [] : ["const resin_parallel *parallel"]))
      .joined(separator: ", ")
  }

  private var isFreestanding: Bool { contents.form == .freestanding }
  private var pictures: PictureFunctions { PictureFunctions(contents, inputs: inputs) }
  /// The function that classifies pictures; nil where the library has none.
  var classify: ClassifyFunction? { ClassifyFunction(self) }
  var severalBatches: Bool { contents.batches.count > 1 }
  var severalSizes: Bool { !contents.dimensions.isEmpty }
  private var severalModels: Bool { contents.variants.count > 1 }

  /// The text of the header.
  var text: String {
    guard !isFreestanding else { return freestandingText }
    return [
      opening, sharedDeclarations, macros, "#ifdef __cplusplus\nextern \"C\" {\n#endif",
      "#if defined(__GNUC__)\n#pragma GCC visibility push(default)\n#endif",
      runDeclaration, pictures.declarations, classify?.declaration,
      separate ? weightsDeclarations : nil,
      otherDeclarations,
      "#if defined(__GNUC__)\n#pragma GCC visibility pop\n#endif",
      "#ifdef __cplusplus\n}\n#endif", ending,
    ].compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var opening: String {
    """
    // \(name): a model compiled by Resin \(cComment(contents.manifest.resinVersion)) to a native library.
    //
    \(tensorLines)
    // The code allocates nothing and keeps no state: any number of threads may run it at once, each
    // with its own workspace and outputs. It gives the same bits on every run and at any number of
    // threads.
    \(guardLines)
    """
  }

  /// What tensors are, and those of the model.
  var tensorLines: String {
    """
    // Tensors are dense and row-major: the last extent varies fastest, an image batch is [N, C, H,
    // W] where nothing else is said. Elements are float (f32), int64_t (i64), int32_t (i32), int8_t
    // (i8), uint8_t (u8), or uint8_t holding 0 or 1 (bool). Inputs and outputs need no more
    // alignment than their elements; outputs must not overlap inputs or each other.
    \(portLines)
    """
  }

  /// What keeps the header from being read twice.
  var guardLines: String {
    """
    #ifndef \(prefix)_H
    #define \(prefix)_H \(identity)
    """
  }

  /// Two libraries of one name cannot be told apart once they are linked.
  var ending: String {
    """
    #elif \(prefix)_H != \(identity)
    #error "two libraries have the name \(name): compile one of them with --name"
    #endif
    """
  }

  /// A number that differs from model to model, from training to training, and with the options.
  private var identity: String {
    var sum = SHA256()
    let manifest = contents.manifest
    sum.add([manifest.modelHash, manifest.weightsHash, manifest.options].joined(separator: "\n"))
    return "0x\(sum.hexadecimal.prefix(8))u"
  }

  /// The declarations that all models share; they guard themselves, so that two headers go
  /// together.
  private var sharedDeclarations: String {
    (EmbeddedSource.sharedHeaders + (classify == nil ? [] : [EmbeddedSource.classHeader]))
      .map(\.textAlone).joined(separator: "\n")
  }

  private var runDeclaration: String {
    """
    // Runs the model once over a whole batch.
    //
    // \(imagesSentence)
    //
    // \(batchSentence)\(separate ? "`weights` is what \(name)_weights_map gave. " : "")Inputs and outputs are as
    // above. `workspace` has at least \(prefix)_WORKSPACE_BYTES bytes, aligned to
    // \(prefix)_ALIGNMENT; it needs no initialisation and holds nothing from run to run. `parallel`
    // spreads the work over threads: \(name)_pool_parallel(pool), one of your own, or NULL for the
    // calling thread alone.
    //
    // Returns RESIN_OK, or another code of enum resin_code before anything is written:
    // RESIN_NULL_POINTER, RESIN_WORKSPACE_TOO_SMALL, RESIN_WORKSPACE_MISALIGNED,
    // RESIN_UNSUPPORTED_CPU\(separate ? ", RESIN_BAD_WEIGHTS" : "")\(severalBatches ? ", RESIN_BAD_BATCH" : "")\(severalSizes ? ", RESIN_BAD_SIZES" : "").
    int32_t \(name)_run(\(runParameters));
    """
  }

  /// Whether a caller may give fewer images than the inputs hold: see `resin_port.images`.
  private var imagesSentence: String {
    interface.inputs.contains { $0.images > 0 }
      ? "Every image is computed by itself: for fewer images, fill up the inputs with anything."
      : "Results may depend on all images of a run together: give as many as the inputs hold."
  }

  private var batchSentence: String {
    let batches = contents.batches.map { "\($0)" }.joined(separator: ", ")
    let sizes = zip(contents.dimensions, extents).map {
      "`\($1)`, the extent '\(cComment($0.name))', is one of \($0.list). "
    }
    return (severalBatches ? "`batch`, the images of the run, is one of \(batches). " : "")
      + sizes.joined()
  }

  private var weightsDeclarations: String {
    """
    // Maps the file of weights, read-only and shared between processes, and gives its address, or
    // NULL with RESIN_CANNOT_OPEN_WEIGHTS, or RESIN_BAD_WEIGHTS where it is another model's or not
    // whole. Do not shorten the file while it is mapped. Any number of threads may use one mapping.
    int32_t \(name)_weights_map(const char *path, const void **weights);

    // Reads all weights and compares their checksum: RESIN_OK or RESIN_BAD_WEIGHTS.
    int32_t \(name)_weights_check(const void *weights);

    // Ends a mapping. NULL is ignored.
    void \(name)_weights_unmap(const void *weights);
    """
  }

  private var otherDeclarations: String {
    """
    // A pool of `threads` threads, the calling one included (1...256; 0: as many as the process may
    // keep busy), or NULL. Runs that find the pool in use work alone. Idle threads sleep.
    resin_pool *\(name)_pool_create(int32_t threads);
    const resin_parallel *\(name)_pool_parallel(resin_pool *pool);
    void \(name)_pool_destroy(resin_pool *pool);

    // A code of enum resin_code in words.
    const char *\(name)_error(int32_t code);

    // What the model is, for programs that do not know it. resin_model_get is the same for every
    // library and looked up by name; in objects and archives it is weak, since a program may link
    // several models.
    const resin_model *\(name)_model(void);
    const resin_model *resin_model_get(void);
    """ + (severalBatches ? "\n\n" + batchDeclarations : "")
      + (severalSizes ? "\n\n" + sizesDeclarations : "")
      + (severalModels ? "\n\n" + listDeclaration : "")
  }

  private var listDeclaration: String {
    """
    // All models of the library: for each number of images\(severalSizes ? ", for each size" : "") one per level of the CPU, the best first.
    // Gives how many there are. The functions above take the best level that this CPU has; one of
    // these has its own, and refuses to run where the CPU lacks it.
    int32_t \(name)_models(const resin_model *const **models);
    int32_t resin_models(const resin_model *const **models);
    """
  }

  private var batchDeclarations: String {
    """
    // The same for runs of so many images, or NULL; the two above tell of the first number. Then all
    // numbers: gives how many there are.
    const resin_model *\(name)_model_of_batch(int64_t batch);
    const resin_model *resin_model_of_batch(int64_t batch);
    int32_t resin_model_batches(const int64_t **batches);
    """
  }

  private var sizesDeclarations: String {
    """
    // The same for these sizes, or NULL; where the others do not say the sizes, they tell of the first
    // ones. resin_model_of_sizes takes an extent for each of the dimensions that
    // resin_model_dimensions gives with their number; it looks at `batch` where there are several.
    const resin_model *\(name)_model_of_sizes(\(sizeParameters.joined(separator: ", ")));
    const resin_model *resin_model_of_sizes(int64_t batch, const int64_t *extents);
    int32_t resin_model_dimensions(const resin_dimension **dimensions);
    """
  }
}
