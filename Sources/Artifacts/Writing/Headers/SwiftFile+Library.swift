import CResinRuntime
import Planning

/// What of the struct loads the library, and holds it.
extension SwiftFile {
  /// The types of the library's functions, as Swift calls them.
  private var run: String {
    let integers = choosing.map { _ in "Int64" } + (separate ? ["UnsafeRawPointer?"] : [])
    let tensors =
      inputs.map { _ in "UnsafeRawPointer" } + outputs.map { _ in "UnsafeMutableRawPointer" }
    let rest = ["UnsafeMutableRawPointer", "Int", "UnsafeRawPointer?"]
    return "@convention(c) (\((integers + tensors + rest).joined(separator: ", "))) -> Int32"
  }

  /// Where the strings of the descriptor are that tell the library from others.
  private var identity: String {
    let offsets = [
      MemoryLayout<resin_model>.offset(of: \.model_sha256),
      MemoryLayout<resin_model>.offset(of: \.weights_sha256),
      MemoryLayout<resin_model>.offset(of: \.options),
    ]
    let manifest = contents.manifest
    return zip(offsets, [manifest.modelHash, manifest.weightsHash, manifest.options])
      .map { "\($0 ?? 0): \($1.debugDescription)" }.joined(separator: ", ")
  }

  private var weightFields: String {
    guard separate else { return "" }
    return """

          let weights: UnsafeRawPointer?
          private let unmap: @convention(c) (UnsafeRawPointer?) -> Void
      """
  }

  private var weightLoading: String {
    guard separate else { return "" }
    return """

            let map = try symbol("weights_map") as @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeRawPointer?>) -> Int32
            unmap = try symbol("weights_unmap")
            let file = URL(fileURLWithPath: path).deletingLastPathComponent().path + "/" + \(contents.weightsFileName.debugDescription)
            var weights: UnsafeRawPointer?
            let code = map(file, &weights)
            guard code == 0 else { throw Failure("\\(file): " + String(cString: words(code))) }
            self.weights = weights
      """
  }

  private var pictureFields: String {
    pictureSymbols.map { "\n    let \($0.name): \($0.type)" }.joined()
  }

  private var pictureLoading: String {
    pictureSymbols.map { "\n      \($0.name) = try symbol(\($0.name.debugDescription))" }.joined()
  }

  /// The class that holds the library.
  var loading: String {
    """
      /// The loaded library, its threads, and the memory of its runs.
      private final class Library: @unchecked Sendable {
        typealias Run = \(run)

        let run: Run\(pictureFields)
        /// What spreads a run over threads; nil for the calling one alone.
        let parallel: UnsafeRawPointer?\(weightFields)
        private let words: @convention(c) (Int32) -> UnsafePointer<CChar>
        private let pool: OpaquePointer?
        private let destroy: @convention(c) (OpaquePointer?) -> Void
        private let handle: Handle
        private let lock = NSLock()
        private var idle: [UnsafeMutableRawPointer] = []

        init(path: String, threads: Int) throws {
          // A path without a slash would be looked for in the system's folders.
          let path = URL(fileURLWithPath: path).path
          guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw Failure(dlerror().map { String(cString: $0) } ?? "\\(path): cannot be loaded")
          }
          self.handle = Handle(address: handle)
          func symbol<Function>(_ name: String) throws -> Function {
            guard let address = dlsym(handle, "\(name)_\\(name)") else {
              throw Failure("\\(path) is no library of the model \(name): it has no function \(name)_\\(name)")
            }
            return unsafeBitCast(address, to: Function.self)
          }
          let model = try symbol("model") as @convention(c) () -> UnsafeRawPointer
          try Self.check(model(), path)
          run = try symbol("run")
          words = try symbol("error")
          destroy = try symbol("pool_destroy")\(pictureLoading)\(weightLoading)
          guard threads != 1 else {
            pool = nil
            parallel = nil
            return
          }
          let create = try symbol("pool_create") as @convention(c) (Int32) -> OpaquePointer?
          let spread = try symbol("pool_parallel") as @convention(c) (OpaquePointer?) -> UnsafeRawPointer?
          pool = create(Int32(clamping: threads))
          parallel = spread(pool)
          guard pool != nil else { throw Failure("there is no pool of \\(threads) threads") }
        }

        deinit {
          destroy(pool)\(separate ? "\n      unmap(weights)" : "")
          for workspace in idle { workspace.deallocate() }
        }

        /// The library is the one that this text is for: of that model, those weights and those options.
        private static func check(_ model: UnsafeRawPointer, _ path: String) throws {
          let expected: KeyValuePairs<Int, String> = [\(identity)]
          guard model.load(as: UInt32.self) == \(RESIN_ABI_VERSION),
            expected.allSatisfy({ String(cString: model.load(fromByteOffset: $0, as: UnsafePointer<CChar>.self)) == $1 })
          else {
            throw Failure("\\(path) is not the library that \(type) was written for: compile the model again")
          }
        }

        /// Calls a function with memory that no other run has.
        func withWorkspace(_ body: (UnsafeMutableRawPointer) -> Int32) -> Int32 {
          let kept = lock.withLock { idle.popLast() }
          let workspace = kept ?? .allocate(byteCount: \(max(workspaceBytes, 1)), alignment: \(ModelInterface.alignment))
          defer { lock.withLock { idle.append(workspace) } }
          return body(workspace)
        }

        func failure(_ code: Int32) -> Failure { Failure(String(cString: words(code))) }

        func check(_ code: Int32) throws {
          if code != 0 { throw failure(code) }
        }
      }

      /// Closes the library when nothing of it is left.
      private final class Handle {
        private let address: UnsafeMutableRawPointer

        init(address: UnsafeMutableRawPointer) { self.address = address }

        deinit { dlclose(address) }
      }
    """
  }
}
