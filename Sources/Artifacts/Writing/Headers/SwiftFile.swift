import CResinRuntime
import GraphIR
import Planning

/// `NAME.swift`: a struct that loads a shared library and runs it.
///
/// It needs no header: it looks functions up by their names, with the types that this library gives them.
struct SwiftFile {
  let contents: LibraryContents
  let header: Header
  let file: String
  let inputs: [String]
  let outputs: [String]
  /// The parameters that choose among the library's code: images, and extents.
  let choosing: [String]

  /// Creates the text for a library of this file name.
  init(_ contents: LibraryContents, file: String) {
    self.contents = contents
    self.file = file
    header = Header(contents)
    let interface = contents.interface
    let names = parameterNames(
      for: ((interface.inputs + interface.outputs).map(\.name)
        + contents.dimensions.map { $0.name.lowercased() }).map {
          Self.taken.contains($0) ? "\($0)_" : $0
        }, besides: contents.batches.count > 1 ? ["batch"] : [])
    inputs = Array(names.prefix(interface.inputs.count))
    outputs = Array(names.dropFirst(inputs.count).prefix(interface.outputs.count))
    choosing =
      (contents.batches.count > 1 ? ["batch"] : [])
      + names.dropFirst(inputs.count + outputs.count)
  }

  /// Words of Swift, and names that the functions use themselves.
  private static let taken: Set<String> = Set(
    """
    Any Self Type actor all any as associatedtype async await borrowing consuming counts defer deinit extension
    fallthrough fileprivate func guard import in init inout internal is let library nil nonisolated open precedencegroup
    protocol repeat rethrows self some subscript super throws typealias var where
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  /// Types that the text uses, or that no struct can be called.
  private static let types: Set<String> = [
    "Any", "Array", "Bool", "Bundle", "Class", "Error", "Failure", "Float", "Foundation", "Int",
    "Library", "NSLock", "Optional", "Output", "PixelFormat", "Protocol", "Self", "Sendable",
    "String", "Swift", "Type", "Void",
  ]

  /// The struct's name: `MobilenetV2` for `mobilenet_v2`.
  var type: String {
    let name = contents.interface.name.split(separator: "_").map {
      $0.prefix(1).uppercased() + $0.dropFirst()
    }.joined()
    return Self.types.contains(name) ? "\(name)Model" : name
  }

  var name: String { contents.interface.name }
  var separate: Bool { contents.weightsMode == .separate }
  var ports: [ModelInterface.Port] { contents.interface.inputs + contents.interface.outputs }

  /// The text of the file.
  var text: String {
    let labels = contents.labels.first { !$0.isEmpty }
    return """
      // The model \(name) for Swift. `resin compile --package swift` wrote this and \(file) beside it, which go
      // together.
      import Foundation

      /// The model `\(name)`. Any number of threads and tasks may use one at once; where it has several threads of its own,
      /// one run at a time has them.
      public struct \(type): Sendable {
      \(outputStruct)

      \(Self.failure)

        /// The names of the classes; empty where the model has none.
        public static let labels: [String] = [\(labels?.map { "\n    \($0.debugDescription)," }.joined() ?? "")\(labels == nil ? "" : "\n  ")]

        private let library: Library

        /// Loads the library at a path\(separate ? ", and its weights from the file beside it" : "").
        ///
        /// - Parameter threads: those of a run; 0 for as many as the process may keep busy.
        public init(path: String, threads: Int = 1) throws {
          library = try Library(path: path, threads: threads)
        }

      #if SWIFT_PACKAGE
        /// Loads the library that is a resource of this module, as the build tool plugin makes it.
        ///
        /// - Parameter threads: those of a run; 0 for as many as the process may keep busy.
        public init(threads: Int = 1) throws {
          guard let path = Bundle.module.path(forResource: \(resource.name), ofType: \(resource.type)) else {
            throw Failure("the module's resources have no " + \(file.debugDescription))
          }
          try self.init(path: path, threads: threads)
        }
      #endif

      \(([call] + pictures + [loading]).joined(separator: "\n\n"))
      }

      """
  }

  /// The library's file as the bundle of a module asks for it.
  private var resource: (name: String, type: String) {
    let parts = file.split(separator: ".", omittingEmptySubsequences: false)
    let name = parts.dropLast().joined(separator: ".")
    return (name.debugDescription, String(parts.last ?? "").debugDescription)
  }

  private var outputStruct: String {
    let fields = zip(outputs, contents.interface.outputs).map { name, port in
      "    /// \(port.type)\(Self.other(than: name, port))\n    public let \(name): [\(port.type.element.swiftType)]"
    }
    return """
        /// What a run gives: dense tensors, whose last extent varies fastest.
        public struct Output: Sendable {
      \(fields.joined(separator: "\n"))
        }
      """
  }

  private static func other(than name: String, _ port: ModelInterface.Port) -> String {
    name == port.name ? "" : ", the model's '\(cComment(port.name))'"
  }

  private static let failure = """
      /// What went wrong, in words.
      public struct Failure: Swift.Error, CustomStringConvertible {
        public let description: String

        fileprivate init(_ description: String) { self.description = description }
      }
    """

  // MARK: Runs

  private var call: String {
    let interface = contents.interface
    let parameters =
      choosing.map { "\($0): Int" }
      + zip(inputs, interface.inputs).map { "\($0): [\($1.type.element.swiftType)]" }
    let described = zip(inputs, interface.inputs).map {
      "  ///   - \($0): \($1.type)\(Self.other(than: $0, $1))"
    }
    let choices = choosing.map { name in "  ///   - \(name): \(words(for: name))" }
    let checks = inputs.enumerated().map {
      "    try Self.check(\(interface.inputs[$0].name.debugDescription), \($1).count, counts[\($0)])"
    }
    let results = zip(outputs, interface.outputs).enumerated().map { index, output in
      "    var \(output.0) = [\(output.1.type.element.swiftType)](repeating: \(output.1.type.element.swiftZero), "
        + "count: counts[\(inputs.count + index)])"
    }
    let arguments =
      choosing.map { "Int64(\($0))" } + (separate ? ["library.weights"] : []) + inputs
      + outputs.map { "&\($0)" } + ["$0", "\(workspaceBytes)", "library.parallel"]
    return """
        /// Runs the model. Throws where arrays have another number of elements, or a run fails.
        ///
        /// - Parameters:
      \((choices + described).joined(separator: "\n"))
        public func callAsFunction(\(parameters.joined(separator: ", "))) throws -> Output {
      \(counts)
      \((checks + results).joined(separator: "\n"))
          try library.check(
            library.withWorkspace {
              library.run(\(arguments.joined(separator: ", ")))
            })
          return Output(\(outputs.map { "\($0): \($0)" }.joined(separator: ", ")))
        }

        private static func check(_ name: String, _ count: Int, _ wanted: Int) throws {
          guard count == wanted else {
            throw Failure("'\\(name)' has \\(wanted) elements; the array for it has \\(count)")
          }
        }
      """
  }

  private func words(for choice: String) -> String {
    if choice == "batch" {
      return "the images of the run, one of "
        + contents.batches.map(String.init).joined(separator: ", ")
    }
    let place = choosing.count - contents.dimensions.count
    let dimension = contents.dimensions[(choosing.firstIndex(of: choice) ?? place) - place]
    return "the extent '\(cComment(dimension.name))', one of \(dimension.list)"
  }

  /// The elements of inputs and outputs, for what was chosen.
  private var counts: String {
    func list(_ variant: LibraryVariant) -> String {
      let ports = variant.interface.inputs + variant.interface.outputs
      return "[\(ports.map { "\($0.type.elementCount)" }.joined(separator: ", "))]"
    }
    let choices = contents.choices.compactMap(\.first)
    guard !choosing.isEmpty else { return "    let counts = \(list(choices[0]))" }
    let rows = choices.map { variant in
      let values = (contents.batches.count > 1 ? [variant.batch] : []) + variant.extents
      return "      [\(values.map(String.init).joined(separator: ", "))]: \(list(variant)),"
    }
    let code = contents.dimensions.isEmpty ? RESIN_BAD_BATCH.rawValue : RESIN_BAD_SIZES.rawValue
    return """
          let all: [[Int]: [Int]] = [
      \(rows.joined(separator: "\n"))
          ]
          guard let counts = all[[\(choosing.joined(separator: ", "))]] else { throw library.failure(\(code)) }
      """
  }

  /// Bytes of workspace for whatever a network does.
  var workspaceBytes: Int {
    let runs = contents.variants.map(\.interface.workspaceBytes).max() ?? 0
    return max(runs, header.classify?.workspaceBytes ?? 0)
  }
}

extension ElementType {
  /// The type that stands for an element in Swift, of the same bits.
  var swiftType: String {
    switch self {
    case .float32: "Float"
    case .int64: "Int64"
    case .int32: "Int32"
    case .int8: "Int8"
    case .uint8: "UInt8"
    case .bool: "Bool"
    }
  }

  fileprivate var swiftZero: String { self == .bool ? "false" : "0" }
}
