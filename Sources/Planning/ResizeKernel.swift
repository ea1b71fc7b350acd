import GraphIR

/// Resizing of a blocked image, one vector of channels at a time: every pixel is a weighted sum of
/// `rows.width × columns.width` pixels, found in tables.
public struct ResizeKernel: Hashable, Sendable {
  /// What the pixels of the result are made of along one axis, in tables with `width` entries each.
  public struct Axis: Hashable, Sendable {
    /// Entries per row (or column) of the result.
    public var width: Int
    /// Rows (or columns) of the image; the last is repeated with weight 0 where there are fewer.
    public var indices: [Int]
    public var weights: [Float]

    /// Whether every pixel is one pixel of the image, as it is.
    public var isCopy: Bool { width == 1 && weights.allSatisfy { $0 == 1 } }

    init(_ taps: [ResizeTaps]) {
      let width = taps.map(\.indices.count).max() ?? 1
      self.width = width
      indices = taps.flatMap { taps in
        taps.indices + [Int](repeating: taps.indices.last!, count: width - taps.indices.count)
      }
      weights = taps.flatMap { taps in
        taps.weights + [Float](repeating: 0, count: width - taps.weights.count)
      }
    }
  }

  public var lanes: Int
  public var input: ImageView
  public var output: ImageView
  public var rows: Axis
  public var columns: Axis
  public var rowsPerTask: Int

  /// Groups of output rows that tasks are split by.
  public var rowGroups: Int { (output.height + rowsPerTask - 1) / rowsPerTask }

  /// Independent shares: groups of rows of every image.
  public var tasks: Int { input.batch * rowGroups }
}

extension Planner {
  mutating func planResize(_ id: NodeID, _ resize: Resize) throws {
    let node = graph[id]
    let shape = graph[node.inputs[0]].type.shape
    let image = Pair(shape[2], shape[3])
    let rows = ResizeKernel.Axis(resize.taps(axis: 0, of: image))
    let columns = ResizeKernel.Axis(resize.taps(axis: 1, of: image))
    guard rows.width * columns.width <= 64 else {
      throw PlanningError(
        message: "resizing with windows of \(rows.width)×\(columns.width) pixels has no kernel",
        hint: "at most 64 pixels; resize in several steps")
    }
    let (input, inputView) = blockedInput(of: id)
    let (output, outputView) = newBlockedImage(id)
    let kernel = ResizeKernel(
      lanes: lanes, input: inputView, output: outputView, rows: rows, columns: columns,
      rowsPerTask: (outputView.height + 15) / 16)
    addStep(
      .resize(kernel), [input, output], name: node.name, nodes: sources(of: id),
      flops: 2 * node.type.elementCount * (rows.width + 1) * columns.width,
      read: inputView.byteCount(lanes: lanes), written: outputView.byteCount(lanes: lanes))
  }
}
