import GraphIR

/// Regions of blocked images, sampled to one size: a vector of channels at a time.
public struct AlignRegionsKernel: Hashable, Sendable {
  public var lanes: Int
  public var input: ImageView
  /// One image per region.
  public var output: ImageView
  public var attributes: RegionAlignment

  public var regions: Int { output.batch }

  /// Independent shares: regions.
  public var tasks: Int { regions }
}

/// Which boxes of every class of every image are kept of those that overlap.
public struct SuppressBoxesKernel: Hashable, Sendable {
  public var lanes: Int
  /// Classes of every image.
  public var classes: Int
  /// Classes of all images.
  public var lines: Int
  public var boxes: Int
  public var attributes: Suppression
  public var scratch: TaskScratch?

  /// Elements of a plane of the scratch: a number of each box.
  public var planeElements: Int { roundUp(boxes, to: lanes) }

  /// Planes of the scratch: two sides along both axes, and scores.
  public static let planes = 5

  package var scratchBytes: Int { ElementType.float32.bytes(Self.planes * planeElements) }

  /// Independent shares: classes of all images.
  public var tasks: Int { lines }
}

/// The places of the elements that are true, one after another.
public struct TruePlacesKernel: Hashable, Sendable {
  public var count: Int
}

extension Planner {
  mutating func planAlignRegions(_ id: NodeID, _ attributes: RegionAlignment) {
    let node = graph[id]
    let (input, inputView) = blockedInput(of: id)
    let (regions, images) = (plainPlace(of: node.inputs[1]), plainPlace(of: node.inputs[2]))
    let (output, outputView) = newBlockedImage(id)
    let kernel = AlignRegionsKernel(
      lanes: lanes, input: inputView, output: outputView, attributes: attributes)
    let samples = max(attributes.samples * attributes.samples, 1)
    addStep(
      .alignRegions(kernel), [input, regions, images, output], name: node.name,
      nodes: sources(of: id), flops: 8 * node.type.elementCount * samples,
      read: operandBytes(id), written: outputView.byteCount(lanes: lanes))
  }

  mutating func planSuppressBoxes(_ id: NodeID, _ attributes: Suppression) {
    let node = graph[id]
    let scores = graph[node.inputs[1]].type.shape
    let kernel = SuppressBoxesKernel(
      lanes: lanes, classes: scores[1], lines: scores[0] * scores[1], boxes: scores[2],
      attributes: attributes)
    let arguments = node.inputs.map { plainPlace(of: $0) }
    addStep(
      .suppressBoxes(kernel), arguments + [newPlain(id)], name: node.name, nodes: sources(of: id),
      flops: 20 * kernel.lines * kernel.boxes * attributes.count, read: operandBytes(id),
      written: node.type.storedByteCount)
  }

  mutating func planTruePlaces(_ id: NodeID) {
    let node = graph[id]
    let input = plainPlace(of: node.inputs[0])
    addStep(
      .truePlaces(TruePlacesKernel(count: node.type.elementCount)), [input, newPlain(id)],
      name: node.name, nodes: sources(of: id), flops: 0, read: node.type.storedByteCount,
      written: node.type.storedByteCount)
  }
}
