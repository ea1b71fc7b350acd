import Artifacts
import Diagnostics
import GraphIR

/// What a model in f32 computes on images, as far as its quantisation depends on it.
struct Calibration {
  let compiler: GraphCompiler
  /// The model without fused nodes, batch normalisation folded into the layers.
  let graph: Graph
  let images: CalibrationImages
  /// Is told how many of the images have been seen, and may throw to end it.
  let onRun: (QuantizationPhase, _ fraction: Double) throws -> Void

  /// The ranges of what layers read, by the names of the layers' origins.
  ///
  /// - Throws: where a value is no finite number.
  func ranges(of layers: [QuantizedLayer]) throws -> [String: ActivationRange] {
    var origins: [NodeID] = []
    for layer in layers where !origins.contains(layer.origin) { origins.append(layer.origin) }
    var histograms = origins.map { _ in ValueHistogram() }
    try run(graph.computing(origins), .ranges) { values, _ in
      for (index, value) in values.enumerated() {
        value.floats.withUnsafeBufferPointer { histograms[index].add($0) }
      }
    }
    var ranges: [String: ActivationRange] = [:]
    for (origin, histogram) in zip(origins, histograms) {
      let name = graph[origin].name
      guard histogram.isFinite else {
        throw DiagnosticError(
          "the value '\(name)' is infinite or no number for some of the images",
          at: .subject(compiler.source.path), hint: "see it with 'resin run --dump'")
      }
      ranges[name] = ActivationRange(fitting: histogram)
    }
    return ranges
  }

  /// What the biases of layers lack so that each output channel keeps its mean, where the layer reads what it reads in f32,
  /// rounded. By name.
  func biasCorrections(
    of layers: [QuantizedLayer], _ ranges: [String: ActivationRange]
  ) throws -> [String: [Double]] {
    var twins = graph
    var errors: [NodeID] = []
    for layer in layers {
      guard let range = ranges[graph[layer.origin].name] else { continue }
      let data = try twins.addLevels(of: layer.data, range, name: "\(layer.name).data")
      let operands = try twins.quantizedOperands(of: layer, range, correction: nil)
      let node = graph[layer.node]
      let twin = try twins.add(
        node.operation.withBias, [data] + operands, name: "\(layer.name).twin")
      let error = try twins.add(
        .binary(.subtract, then: nil), [layer.node, twin], name: "\(layer.name).error")
      let channels = node.operation.isConvolution ? 1 : node.type.rank - 1
      let others = node.type.shape.indices.filter { $0 != channels }
      errors.append(
        try twins.add(
          .reduce(.mean, axes: others, keepDimensions: false), [error],
          name: "\(layer.name).mean"))
    }
    var sums = layers.map { [Double](repeating: 0, count: $0.bias.count) }
    try run(twins.computing(errors), .biases) { means, newImages in
      for (index, mean) in means.enumerated() {
        for (channel, value) in mean.floats.enumerated() {
          sums[index][channel] += Double(value) * Double(newImages)
        }
      }
    }
    let count = Double(images.count)
    return Dictionary(
      uniqueKeysWithValues: zip(layers, sums).map { layer, sum in
        (layer.name, sum.map { $0 / count })
      })
  }

  /// Runs a graph on all images.
  ///
  /// - Parameter body: gets the graph's outputs, and how many images are new in this run.
  func run(
    _ graph: Graph, _ phase: QuantizationPhase, body: ([Tensor], _ newImages: Int) throws -> Void
  ) throws {
    guard !graph.outputs.isEmpty else { return }
    let session = try compiler.session(graph)
    for run in 0..<images.runs {
      try onRun(phase, Double(run) / Double(images.runs))
      try body(
        try session.run(inputs: try images.inputs(ofRun: run)), images.newImages(ofRun: run))
    }
  }
}

extension Operation {
  fileprivate var isConvolution: Bool {
    if case .convolution = self { true } else { false }
  }
}
