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
  private var cpu: GlueCPU { GlueCPU(name: name, sets: contents.levels) }

  /// The text of the source file.
  var text: String {
    [
      [opening, cpu.text, separate ? weightFunctions : nil].compactMap { $0 },
      contents.variants.map {
        GlueVariant(contents: contents, variant: $0, checksum: checksumLiteral, cpu: cpu).text
      },
      hasChoice ? choice : [publicRun, getters],
      contents.variants.count == 1 ? [] : [list],
      [
        PictureFunctions(contents, inputs: header.inputs).definitions, header.classify?.definition,
      ].compactMap { $0 },
    ].flatMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var severalBatches: Bool { contents.batches.count > 1 }
  /// Whether callers choose among numbers of images or sizes.
  private var hasChoice: Bool { contents.choices.count > 1 }

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
      \(best(of: contents.variants, runCall))
    }
    """
  }

  /// The call of one variant's function with the parameters of the public one.
  private func runCall(_ variant: LibraryVariant) -> String {
    let inputs = cInitializer(header.inputs, empty: "NULL")
    let outputs = cInitializer(header.outputs, empty: "NULL")
    return
      "run_all\(variant.suffix)(\(separate ? "weights" : "NULL"), (const void *const[])\(inputs), "
      + "(void *const[])\(outputs), workspace, workspace_bytes, parallel)"
  }

  /// Statements that return something for the best of these variants that the machine has all features
  /// of; for the last, where there is none, which says so when it is run.
  private func best(
    of variants: some BidirectionalCollection<LibraryVariant>, _ value: (LibraryVariant) -> String
  ) -> String {
    let conditional = variants.dropLast().map {
      "if (\(cpu.has($0.interface.instructionSet))) return \(value($0));"
    }
    return (conditional + variants.suffix(1).map { "return \(value($0));" })
      .joined(separator: " ")
  }

  private var getters: String {
    """
    const resin_model *\(name)_model(void) {
      \(best(of: contents.variants) { "&model\($0.suffix)" })
    }

    __attribute__((weak)) const resin_model *resin_model_get(void) { return \(name)_model(); }
    """
  }

  /// All descriptors.
  private var list: String {
    """
    int32_t \(name)_models(const resin_model *const **models) {
      static const resin_model *const all[] = {\(contents.variants.map { "&model\($0.suffix)" }.joined(separator: ", "))};
      *models = all;
      return \(contents.variants.count);
    }

    __attribute__((weak)) int32_t resin_models(const resin_model *const **models) {
      return \(name)_models(models);
    }
    """
  }

  // MARK: Several numbers of images, or sizes

  private var choice: [String] {
    [placeOfSizes, publicRunOfSizes, modelAt, gettersOfSizes]
      + (severalBatches ? [gettersOfBatch] : [])
      + (contents.dimensions.isEmpty ? [] : [gettersOfDimensions])
  }

  /// What callers choose: how many values each has, and the code for any other.
  private var chosen: [(values: [Int], code: String)] {
    (severalBatches ? [(contents.batches, "RESIN_BAD_BATCH")] : [])
      + contents.dimensions.map { ($0.extents, "RESIN_BAD_SIZES") }
  }

  private var placeOfSizes: String {
    let switches = chosen.enumerated().map { number, parameter in
      let cases = parameter.values.enumerated().map { index, value in
        "    case \(value): place += \(index); break;"
      }
      return """
          place *= \(parameter.values.count);
          switch (size\(number)) {
        \(cases.joined(separator: "\n"))
            default: return -\(parameter.code);
          }
        """
    }
    let parameters = chosen.indices.map { "int64_t size\($0)" }.joined(separator: ", ")
    return """
      // Which of the library's code is for this choice, or a code below 0 where none is.
      static int32_t place_of_sizes(\(parameters)) {
        int32_t place = 0;
      \(switches.joined(separator: "\n"))
        return place;
      }
      """
  }

  /// A case for each choice.
  private func cases(_ value: (LibraryVariant) -> String) -> String {
    contents.choices.enumerated().map { place, variants in
      "    case \(place): \(best(of: variants, value))"
    }.joined(separator: "\n")
  }

  /// The names of the parameters that choose.
  private var choosing: [String] { (severalBatches ? ["batch"] : []) + header.extents }

  private var publicRunOfSizes: String {
    """
    int32_t \(name)_run(\(header.runParameters)) {
      switch (place_of_sizes(\(choosing.joined(separator: ", ")))) {
    \(cases(runCall))
        case -RESIN_BAD_BATCH: return RESIN_BAD_BATCH;
        default: return RESIN_BAD_SIZES;
      }
    }
    """
  }

  private var modelAt: String {
    """
    static const resin_model *model_at(int32_t place) {
      switch (place) {
    \(cases { "&model\($0.suffix)" })
        default: return NULL;
      }
    }
    """
  }

  private var gettersOfSizes: String {
    """
    const resin_model *\(name)_model(void) { return model_at(0); }

    __attribute__((weak)) const resin_model *resin_model_get(void) { return \(name)_model(); }
    """
  }

  private var gettersOfBatch: String {
    let firsts = contents.dimensions.map { "\($0.extents[0])" }
    return """
      const resin_model *\(name)_model_of_batch(int64_t batch) {
        return model_at(place_of_sizes(\((["batch"] + firsts).joined(separator: ", "))));
      }

      __attribute__((weak)) const resin_model *resin_model_of_batch(int64_t batch) {
        return \(name)_model_of_batch(batch);
      }

      __attribute__((weak)) int32_t resin_model_batches(const int64_t **batches) {
        static const int64_t all[] = {\(contents.batches.map { "\($0)" }.joined(separator: ", "))};
        *batches = all;
        return \(contents.batches.count);
      }
      """
  }

  private var gettersOfDimensions: String {
    let dimensions = contents.dimensions
    let lists = dimensions.enumerated().map {
      "static const int64_t extents_\($0)[] = {\($1.list)};"
    }
    let entries = dimensions.enumerated().map { index, dimension in
      "  {\(cString(dimension.name)), \(dimension.extents.count), extents_\(index)},"
    }
    let extents = dimensions.indices.map { "extents[\($0)]" }
    return """
      \(lists.joined(separator: "\n"))
      static const resin_dimension dimensions[] = {
      \(entries.joined(separator: "\n"))
      };

      const resin_model *\(name)_model_of_sizes(\(header.sizeParameters.joined(separator: ", "))) {
        return model_at(place_of_sizes(\(choosing.joined(separator: ", "))));
      }

      __attribute__((weak)) const resin_model *resin_model_of_sizes(int64_t batch, const int64_t *extents) {
        \(severalBatches ? "" : "(void)batch;")
        return \(name)_model_of_sizes(\(((severalBatches ? ["batch"] : []) + extents).joined(separator: ", ")));
      }

      __attribute__((weak)) int32_t resin_model_dimensions(const resin_dimension **list) {
        *list = dimensions;
        return \(dimensions.count);
      }
      """
  }

  private var checksumLiteral: String { "UINT64_C(0x\(String(checksum, radix: 16)))" }
}
