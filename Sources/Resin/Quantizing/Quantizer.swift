import Artifacts
import Diagnostics
import GraphIR
import Passes
import Planning

/// Quantises a model to 8 bits after its training, by what it computes on some images.
///
/// Every convolution and linear layer with known weights reads activations of 256 levels (u8) and has weights of i8
/// with a scale for each output channel, and a bias of i32; what it gives, and sums of residual blocks, are f32 until the next layer reads them.
/// Ranges are those of the least squared error, and biases keep the mean of every channel. The same model and
/// images give the same result.
///
/// - Parameters:
///   - source: the model in f32.
///   - images: what it is run on.
///   - labels: the right class of each image; nil where they are not known.
///   - maximumLoss: how much of right answers (with labels), of equal answers (without), or of exactness (no
///     classifier) may be lost on the images, from 0 to 1: layers go back to f32 until it is not more. Any where nil.
///   - threads: how many to run on.
///   - report: is told how far each phase is, from 0 to 1.
/// - Throws: where the model has no layer to quantise, is quantised already, or cannot be compiled or run.
public func quantize(
  _ source: ModelFile, images: CalibrationImages, labels: [Int]? = nil, maximumLoss: Double? = nil,
  threads: Int = 1,
  report: @escaping (QuantizationPhase, _ fraction: Double) throws -> Void = { _, _ in }
) throws -> QuantizedModel {
  let graph = try quantizableGraph(of: source)
  let layers = graph.quantizableLayers()
  let compiler = try GraphCompiler(source, threads: threads)
  let calibration = Calibration(compiler: compiler, graph: graph, images: images, onRun: report)
  let ranges = try calibration.ranges(of: layers)
  var scheme = QuantizationScheme(ranges: ranges)
  scheme.corrections = try calibration.biasCorrections(of: layers, ranges)
  var costs: [LayerCost] = []
  var score: ModelScore
  if let maximumLoss {
    var search = LossSearch(calibration, scheme, layers, labels: labels)
    score = try search.run(maximumLoss: maximumLoss)
    (scheme, costs) = (search.scheme, search.costs)
    guard scheme.floatLayers.count < layers.count else {
      throw DiagnosticError(
        "no layer can be quantised within this loss", at: .subject(source.path),
        hint: "allow more with --max-loss")
    }
  } else {
    score = try calibration.score(of: scheme, labels: labels)
  }
  return QuantizedModel(
    source: source, graph: try graph.quantized(by: scheme), score: score,
    layerCount: (layers.count - scheme.floatLayers.count, layers.count), layers: costs,
    scheme: scheme)
}

/// The graph of a model in which layers can be quantised.
///
/// - Throws: where there is no layer for it.
func quantizableGraph(of source: ModelFile) throws -> Graph {
  let place = Diagnostic.Place.subject(source.path)
  guard source.hasWeights else {
    throw DiagnosticError(
      "the model needs weights, and there is no file '\(ModelFile.weightsBeside(source.path))'",
      at: place, hint: "give a file with --weights")
  }
  var graph = source.graph
  guard !graph.isQuantized else {
    throw DiagnosticError(
      "the model is quantised already", at: place, hint: "give the model that it was made from")
  }
  optimizeLayers(&graph)
  let layers = graph.quantizableLayers()
  guard !layers.isEmpty else {
    throw DiagnosticError(
      "the model has no convolution or linear layer with known weights, so nothing can be quantised",
      at: place)
  }
  for layer in layers {
    guard (layer.weights.floats + layer.bias).allSatisfy(\.isFinite) else {
      throw DiagnosticError(
        "a weight of '\(layer.name)' is infinite or no number", at: place)
    }
  }
  return graph
}

extension Graph {
  /// Whether something is in levels already.
  fileprivate var isQuantized: Bool {
    order.contains { id in
      switch self[id].operation {
      case .quantize, .dequantize: true
      default: false
      }
    }
  }

  /// The graph with the layers of a scheme in 8 bits.
  func quantized(by scheme: QuantizationScheme) throws -> Graph {
    var graph = self
    try graph.quantize(by: scheme)
    return graph
  }
}

extension Calibration {
  /// Compares the model in 8 bits with itself in f32 on all images.
  func score(of scheme: QuantizationScheme, labels: [Int]?) throws -> ModelScore {
    let float = try compiler.session(graph)
    var keeper = ScoreKeeper(labels: labels, classOutput: graph.classOutput)
    var run = 0
    try self.run(try graph.quantized(by: scheme), .score) { outputs, newImages in
      let wanted = try float.run(inputs: try images.inputs(ofRun: run))
      keeper.add(outputs, float: wanted, newImages: newImages)
      run += 1
    }
    return keeper.score
  }
}
