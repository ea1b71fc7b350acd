import Diagnostics
import GraphIR
import Planning

/// Which inputs and outputs of a model hold images along their first axis, where it computes each
/// image by itself; the others are the same for all images.
struct ImagePorts: Sendable, Equatable {
  /// Images per run.
  var images: Int
  var inputs: [Bool]
  var outputs: [Bool]
}

extension ModelFile {
  /// The inputs as a compiled model asks for them.
  public var inputPorts: [ModelInterface.Port] { graph.inputPorts }

  /// The outputs as a compiled model gives them for inputs that it fits.
  public func outputPorts(for tensors: [Tensor]) -> [ModelInterface.Port] {
    guard let ports = imagePorts else { return graph.outputPorts }
    let images = zip(tensors, ports.inputs).first { $1 }?.0.shape[0]
    return zip(graph.outputPorts, ports.outputs).map { port, holdsImages in
      var port = port
      port.images = holdsImages ? ports.images : 0
      return port.holding(images)
    }
  }

  /// Whether every output is computed for each image by itself, whatever the others are.
  public var computesImagesByThemselves: Bool { findImagePorts().ports != nil }

  /// The model for inputs with any number of images: itself where it takes them or computes each
  /// image by itself; where images depend on each other, read again for all of them.
  ///
  /// - Parameters:
  ///   - types: per input, its type.
  ///   - values: names of values that are outputs besides the model's.
  ///   - mayReread: whether it may be read again; a model that then does not fit is refused when it runs.
  /// - Throws: where the model fixes another number of images.
  public func fitting(
    _ types: [TensorType], values: [String] = [], mayReread: Bool = true
  ) throws -> ModelFile {
    let own = inputPorts.map(\.type)
    guard types.count == own.count, types != own,
      let images = zip(types, own).first(where: { $0.shape.first != $1.shape.first })?
        .0.shape.first
    else { return self }
    let (ports, isCertain) = findImagePorts(values: values)
    // No model is read for no image.
    let mayReread = mayReread && images > 0
    guard let ports else { return mayReread ? try reread(images) : self }
    if mayReread, !isCertain, let other = try? reread(images),
      other.inputPorts.map(\.type) == types
    {
      return other
    }
    return marked(ports)
  }

  /// The model for images that come one after another; nil where its results depend on all of them together.
  public func takingImagesApart() -> ModelFile? { findImagePorts().ports.map(marked) }

  private func marked(_ ports: ImagePorts) -> ModelFile {
    var file = self
    file.imagePorts = ports
    return file
  }

  /// The ports that hold images; nil where an output depends on several of them, or it is not known
  /// on which.
  ///
  /// - Parameter values: names of values that are outputs besides the model's.
  /// - Returns: also whether the model was understood. Where it is for one image and cannot be read
  ///   for others, it is run image by image.
  func findImagePorts(values: [String] = []) -> (ports: ImagePorts?, isCertain: Bool) {
    let results = graph.outputs.map { graph[$0.node].name } + values
    guard let other = readForOtherImages() else { return (fixedImagePorts(results), false) }
    guard let places = openPlaces(results, in: other) else {
      return (fixedImagePorts(results), true)
    }
    return (ImagePorts(images: batch, places.inputs, places.outputs), true)
  }

  /// Whether the model is for any number of images, on all of which together its results depend.
  public var mixesImages: Bool {
    let results = graph.outputs.map { graph[$0.node].name }
    guard let other = readForOtherImages(), let places = openPlaces(results, in: other) else {
      return false
    }
    return ImagePorts(images: batch, places.inputs, places.outputs) == nil
  }

  /// The model for another number of images, a prime that is no factor of anything else: it shows where the images lie.
  private func readForOtherImages() -> (graph: Graph, images: Int)? {
    let number = batch == 47 ? 53 : 47
    return (try? readShapes(number)).map { ($0, number) }
  }

  /// Where images lie in the inputs and in some values; nil for a model that fixes their number.
  private func openPlaces(
    _ results: [String], in other: (graph: Graph, images: Int)
  ) -> (inputs: [ImagePlace], outputs: [ImagePlace])? {
    let places = ImagePlaces(in: other.graph, images: other.images, comparedWith: graph)
    let inputs = other.graph.inputs.map { places[$0.node] }
    guard inputs.contains(where: { $0 != .shared }) else { return nil }
    return (inputs, results.map { other.graph.node(named: $0).map { places[$0] } ?? .mixed })
  }

  /// The ports of a model that fixes its number of images: the first extent of all of them.
  private func fixedImagePorts(_ results: [String]) -> ImagePorts? {
    let outputs = results.compactMap { graph.node(named: $0) }
    let all = graph.inputs.map(\.node) + outputs
    guard outputs.count == results.count, let images = graph.batch, images > 0,
      all.allSatisfy({ graph[$0].type.shape.first == images })
    else { return nil }
    guard images > 1 else {
      return ImagePorts(
        images: 1, inputs: graph.inputs.map { _ in true }, outputs: results.map { _ in true })
    }
    let places = ImagePlaces(in: graph, images: images)
    return ImagePorts(
      images: images, graph.inputs.map { places[$0.node] }, outputs.map { places[$0] })
  }
}

extension ImagePorts {
  /// Nil where images do not lie along first axes.
  fileprivate init?(images: Int, _ inputs: [ImagePlace], _ outputs: [ImagePlace]) {
    guard (inputs + outputs).allSatisfy({ $0 == .shared || $0 == .axis(0) }) else { return nil }
    self.init(
      images: images, inputs: inputs.map { $0 == .axis(0) }, outputs: outputs.map { $0 == .axis(0) }
    )
  }
}

extension ModelInterface.Port {
  /// The port with another number of images, where it holds images.
  func holding(_ number: Int?) -> ModelInterface.Port {
    guard images > 0, let number, let rows = type.shape.first else { return self }
    var port = self
    port.type = TensorType([rows / images * number] + type.shape.dropFirst(), element: type.element)
    return port
  }
}

extension ModelInterface {
  /// Notes which ports hold images; none where `ports` is nil.
  mutating func mark(_ ports: ImagePorts?) {
    for (index, isMarked) in (ports?.inputs ?? []).enumerated() where isMarked {
      inputs[index].images = ports?.images ?? 0
    }
    for (index, isMarked) in (ports?.outputs ?? []).enumerated() where isMarked {
      outputs[index].images = ports?.images ?? 0
    }
  }
}

/// Why a model does not take images one by one.
///
/// - Parameters:
///   - model: its path.
///   - hint: how it takes them instead.
package func imagesTogether(of model: String, hint: String) -> DiagnosticError {
  DiagnosticError(
    "the model's results depend on all images together", at: .subject(model), hint: hint)
}
