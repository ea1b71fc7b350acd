import Diagnostics
import GraphIR
import TensorFiles

/// Binds the open axes of a graph's inputs: the first axis to the batch, others to extents that the
/// user names.
struct InputShapes {
  private let batch: Int
  private let dimensions: [String: Int]
  /// Symbols of first axes, which mean the batch wherever they stand.
  private let batchSymbols: Set<String>
  /// How many axes have each symbol.
  private let symbolCounts: [String: Int]
  /// Whether an input leaves its first axis open: another that fixes it is no batch of images then.
  private let leavesBatchOpen: Bool
  private var unusedDimensions: Set<String>
  private var knownKeys: [String] = []

  init(inputs: [Onnx_ValueInfoProto], options: ONNXOptions) {
    batch = options.batch
    dimensions = options.dimensions
    unusedDimensions = Set(options.dimensions.keys)
    var symbols: Set<String> = []
    for input in inputs {
      if let first = input.type.tensorType.shape.dim.first,
        case .dimParam(let symbol) = first.value,
        !Self.saysNothing(symbol), options.dimensions[symbol] == nil
      {
        symbols.insert(symbol)
      }
    }
    batchSymbols = symbols
    symbolCounts = inputs.flatMap(\.type.tensorType.shape.dim).reduce(into: [:]) { counts, axis in
      if case .dimParam(let symbol) = axis.value { counts[symbol, default: 0] += 1 }
    }
    leavesBatchOpen = inputs.contains { input in
      guard let first = input.type.tensorType.shape.dim.first,
        options.dimensions["\(input.name).0"] == nil
      else { return false }
      return switch first.value {
      case .dimValue(let extent): extent <= 0
      case .dimParam(let symbol): symbol.isEmpty || symbols.contains(symbol)
      case nil: true
      }
    }
  }

  /// Whether a symbol is what an exporter writes for any open axis, so that two axes that have it may
  /// differ.
  private static func saysNothing(_ symbol: String) -> Bool {
    ["", "?", "-1", "None"].contains(symbol)
  }

  /// The static type of an input.
  ///
  /// - Throws: `Refusal` where it is no tensor, an axis stays open, or the file fixes another
  ///   batch.
  mutating func type(of input: Onnx_ValueInfoProto) throws -> TensorType {
    guard case .tensorType(let type) = input.type.value else {
      throw Refusal(
        "the input is not a tensor; sequences, maps and optional values are not supported")
    }
    let element = try StoredType(number: type.elemType).element
    guard type.hasShape else {
      throw Refusal("the input has no shape", hint: "export the model with a shape for it")
    }
    var shape: [Int] = []
    for (axis, dimension) in type.shape.dim.enumerated() {
      shape.append(try extent(of: dimension, axis: axis, input: input.name))
    }
    try checkSize(of: shape)
    return TensorType(shape, element: element)
  }

  /// Refuses names of extents that no input has.
  func checkEveryDimensionWasUsed() throws {
    guard let name = unusedDimensions.sorted().first else { return }
    throw Refusal(
      "no input has an open axis '\(name)'",
      hint: nearestNamesHint(for: name, in: knownKeys)
        ?? (knownKeys.isEmpty
          ? "every axis is fixed" : "open axes: " + knownKeys.joined(separator: ", ")))
  }

  private mutating func extent(
    of dimension: Onnx_TensorShapeProto.Dimension, axis: Int, input: String
  ) throws -> Int {
    let key = "\(input).\(axis)"
    switch dimension.value {
    // Some exporters write 0 or -1 for an axis that is open.
    case .dimValue(let extent) where extent > 0:
      if axis == 0, batch != 1, extent != batch, !leavesBatchOpen {
        throw Refusal(
          "the file fixes a batch of \(extent), but \(batch) was asked for",
          hint: "export the model with a dynamic batch axis")
      }
      return Int(extent)
    case .dimParam(let symbol)
    where !Self.saysNothing(symbol) || axis > 0 && dimensions[symbol] != nil:
      // What is said of one axis goes before what is said of all with its symbol.
      let common = try given(symbol)
      if let extent = try given(key) ?? common { return extent }
      if batchSymbols.contains(symbol) { return batch }
      let hint = "give it a value, as in --dim \(symbol)=224"
      throw Refusal(
        "the extent '\(symbol)' of axis \(axis) is open",
        hint: symbolCounts[symbol, default: 1] == 1
          ? hint : "\(hint), or to each axis its own, as in --dim \(key)=224")
    default:
      if let extent = try given(key) { return extent }
      if axis == 0 { return batch }
      throw Refusal(
        "the extent of axis \(axis) is open", hint: "give it a value, as in --dim \(key)=224")
    }
  }

  private mutating func given(_ key: String) throws -> Int? {
    if !knownKeys.contains(key) { knownKeys.append(key) }
    guard let extent = dimensions[key] else { return nil }
    unusedDimensions.remove(key)
    guard extent >= 1 else {
      throw Refusal("the extent \(extent) given for '\(key)' is not at least 1")
    }
    return extent
  }
}
