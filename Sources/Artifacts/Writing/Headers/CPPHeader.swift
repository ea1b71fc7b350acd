import Planning

/// `NAME.hpp`: the functions of a library for C++17, in the namespace of the model's name.
struct CPPHeader {
  private let contents: LibraryContents
  private let header: Header
  private let name: String
  private let separate: Bool

  init(_ contents: LibraryContents) {
    self.contents = contents
    header = Header(contents)
    name = contents.interface.name
    separate = contents.weightsMode == .separate
  }

  /// The parameters of `run` that choose among the library's code, as they are called.
  private var choosing: [String] {
    (contents.batches.count > 1 ? ["batch"] : []) + header.extents
  }

  /// The model for them.
  private var model: String {
    if !contents.dimensions.isEmpty {
      return "::\(name)_model_of_sizes(\(choosing.joined(separator: ", ")))"
    }
    return choosing.isEmpty ? "::\(name)_model()" : "::\(name)_model_of_batch(batch)"
  }

  private var parameters: String {
    let interface = contents.interface
    let inputs = zip(interface.inputs, header.inputs).map {
      "resin::span<const \($0.type.element.cType)> \($1)"
    }
    let outputs = zip(interface.outputs, header.outputs).map {
      "resin::span<\($0.type.element.cType)> \($1)"
    }
    return (header.sizeParameters + inputs + outputs).joined(separator: ", ")
  }

  private var checks: String {
    let inputs = header.inputs.enumerated().map {
      "    resin::check_size(\($1), model->inputs[\($0)]);"
    }
    let outputs = header.outputs.enumerated().map {
      "    resin::check_size(\($1), model->outputs[\($0)]);"
    }
    return (inputs + outputs).joined(separator: "\n")
  }

  private var arguments: String {
    let tensors = (header.inputs + header.outputs).map { "\($0).data()" }
    return
      (choosing + (separate ? ["weights_.get()"] : []) + tensors
      + [
        "workspace_.get()", "workspace_bytes",
        "::\(name)_pool_parallel(pool_.get())",
      ])
      .joined(separator: ", ")
  }

  /// The bytes that are enough for every function of the class.
  private var workspaceBytes: String {
    let (run, classify) = (
      "\(header.prefix)_WORKSPACE_BYTES", "\(header.prefix)_CLASSIFY_WORKSPACE_BYTES"
    )
    return header.classify == nil ? run : "\(run) > \(classify) ? \(run) : \(classify)"
  }

  /// The function that goes from a picture to classes, where the library has one.
  private var classify: String {
    guard let function = header.classify else { return "" }
    let names =
      function.extents + (separate ? ["weights_.get()"] : [])
      + PictureFunctions.arguments.dropLast()
    let parameters =
      function.extents.map { "std::int64_t \($0)" }
      + PictureFunctions.parameters + ["std::size_t count = 5"]
    return """


        // The `count` most probable classes of a picture, the best first, or all where there are fewer: see
        // \(name)_classify.
        std::vector<resin_class> classify(\(parameters.joined(separator: ", "))) {
          std::vector<resin_class> classes(count < \(header.prefix)_CLASSES ? count : \(header.prefix)_CLASSES);
          check(::\(name)_classify(\(names.joined(separator: ", ")), classes.data(), classes.size(),
            workspace_.get(), workspace_bytes, ::\(name)_pool_parallel(pool_.get())));
          return classes;
        }
      """
  }

  /// The code for what no model was found.
  private var missing: String {
    contents.dimensions.isEmpty ? "RESIN_BAD_BATCH" : "RESIN_BAD_SIZES"
  }

  private var constructor: String {
    guard separate else {
      return "  explicit network(std::int32_t threads = 1) : network_base(threads) {}"
    }
    return """
        // `weights` is the path of the file of weights.
        explicit network(const std::string &weights, std::int32_t threads = 1) : network_base(threads) {
          const void *address = nullptr;
          check(::\(name)_weights_map(weights.c_str(), &address));
          weights_.reset(address);
        }
      """
  }

  private var weights: String {
    guard separate else { return "" }
    return """

        struct unmap {
          void operator()(const void *weights) const noexcept { ::\(name)_weights_unmap(weights); }
        };
        std::unique_ptr<const void, unmap> weights_;
      """
  }

  /// The text of the header.
  var text: String {
    """
    // \(name) for C++17: a class with the threads and the memory of its runs. Errors are exceptions.
    #pragma once

    #include <cstddef>
    #include <cstdint>
    #include <memory>
    #include <new>
    #include <stdexcept>
    #include <string>
    #include <utility>\(header.classify == nil ? "" : "\n#include <vector>")

    #include "\(contents.fileStem).h"

    \(Self.shared)

    namespace \(name) {

    // What a network is made of but its weights.
    class network_base {
     protected:
      static constexpr std::size_t workspace_bytes = \(workspaceBytes);

      explicit network_base(std::int32_t threads)
          : pool_(::\(name)_pool_create(threads)),
            workspace_(::operator new(workspace_bytes + 1, std::align_val_t{\(name.uppercased())_ALIGNMENT})) {
        if (pool_ == nullptr) throw std::runtime_error("no pool of " + std::to_string(threads) + " threads");
      }

      static void check(std::int32_t code) {
        if (code != RESIN_OK) throw resin::error(code, ::\(name)_error(code));
      }

      struct destroy {
        void operator()(resin_pool *pool) const noexcept { ::\(name)_pool_destroy(pool); }
      };
      struct release {
        void operator()(void *memory) const noexcept {
          ::operator delete(memory, std::align_val_t{\(name.uppercased())_ALIGNMENT});
        }
      };
      std::unique_ptr<resin_pool, destroy> pool_;
      std::unique_ptr<void, release> workspace_;
    };

    // The model with a pool of threads (0: as many as the process may keep busy) and a workspace. One thread at
    // a time may run it: give each thread one of its own.
    class network : network_base {
     public:
    \(constructor)

      // Runs the model: throws std::invalid_argument for spans of another size, resin::error where a run
      // fails.
      void run(\(parameters)) {
        const resin_model *model = \(model);
        if (model == nullptr) check(\(missing));
    \(checks)
        check(::\(name)_run(\(arguments)));
      }\(classify)\(weights.isEmpty ? "" : "\n\n private:\(weights)")
    };

    }  // namespace \(name)

    """
  }

  /// What all models share.
  private static let shared = """
    #ifndef RESIN_HPP
    #define RESIN_HPP
    namespace resin {

    // A code of enum resin_code, in words.
    class error : public std::runtime_error {
     public:
      error(std::int32_t code, const char *words) : std::runtime_error(words), code_(code) {}
      std::int32_t code() const noexcept { return code_; }

     private:
      std::int32_t code_;
    };

    // Elements that lie one behind the other: of a vector, an array, or a pointer and a count.
    template <class Element>
    class span {
     public:
      constexpr span(Element *data, std::size_t size) noexcept : data_(data), size_(size) {}
      template <std::size_t count>
      constexpr span(Element (&elements)[count]) noexcept : data_(elements), size_(count) {}
      template <class Container, class = decltype(static_cast<Element *>(std::declval<Container &>().data()))>
      constexpr span(Container &&container) noexcept : data_(container.data()), size_(container.size()) {}
      constexpr Element *data() const noexcept { return data_; }
      constexpr std::size_t size() const noexcept { return size_; }

     private:
      Element *data_;
      std::size_t size_;
    };

    // Throws where a span has not as many elements as an input or output.
    template <class Element>
    void check_size(span<Element> elements, const resin_port &port) {
      std::size_t count = 1;
      for (std::int32_t axis = 0; axis < port.rank; axis++) count *= static_cast<std::size_t>(port.dims[axis]);
      if (elements.size() == count) return;
      throw std::invalid_argument(std::string(port.name) + " has " + std::to_string(count) + " elements, not " +
                                  std::to_string(elements.size()));
    }

    }  // namespace resin
    #endif
    """
}
