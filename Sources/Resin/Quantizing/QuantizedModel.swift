import GraphIR

/// What quantising is at, in this order.
public enum QuantizationPhase: Sendable, CaseIterable {
  /// The values of activations are counted.
  case ranges
  /// The means of layers are compared.
  case biases
  /// Each layer's error is measured.
  case errors
  /// The model in 8 bits is compared with itself in f32.
  case score
}

/// A layer that was, or might have been, quantised.
public struct LayerCost: Sendable {
  /// The name of its node.
  public let name: String
  /// The relative error of the outputs where this layer alone is in 8 bits.
  public let error: Double
  /// Multiply-adds of a run.
  public let products: Int
  /// Estimated cycles that 8 bits save.
  public let savedCycles: Double
  /// Whether it stays in f32.
  public var isFloat = false

  /// The squared error for each multiply-add that becomes cheaper.
  var price: Double { error * error / Double(max(1, products)) }
}

/// A model in 8 bits, and what is known of it.
public struct QuantizedModel: Sendable {
  /// The model in f32.
  public let source: ModelFile
  /// The graph with `quantize` and `dequantize` around its layers.
  public let graph: Graph
  /// How it does on the images.
  public let score: ModelScore
  /// How many layers are in 8 bits, and how many could be.
  public let layerCount: (quantized: Int, all: Int)
  /// All layers in order of execution, where there was a limit to what may be lost.
  public let layers: [LayerCost]
  let scheme: QuantizationScheme
}
