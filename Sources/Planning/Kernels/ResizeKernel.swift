import GraphIR

/// Resizing of a blocked image, one vector of channels at a time: every pixel is a weighted sum of
/// `rows.width × columns.width` pixels, found in tables.
///
/// A window of many pixels takes two steps, one per axis.
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

  /// Whether code exists for every pixel of a window; loops go through a larger one.
  public var isUnrolled: Bool { rows.width * columns.width <= Self.mostUnrolledPixels }

  static let mostUnrolledPixels = 64

  /// Groups of output rows that tasks are split by.
  public var rowGroups: Int { (output.height + rowsPerTask - 1) / rowsPerTask }

  /// Independent shares: groups of rows of every image.
  public var tasks: Int { input.batch * rowGroups }
}

extension ResizeKernel.Axis {
  /// So many rows or columns as they are.
  fileprivate init(keeping count: Int) {
    (width, indices) = (1, Array(0..<count))
    weights = [Float](repeating: 1, count: count)
  }
}

extension Planner {
  mutating func planResize(_ id: NodeID, _ resize: Resize) {
    let shape = graph[graph[id].inputs[0]].type.shape
    let image = Pair(shape[2], shape[3])
    let rows = ResizeKernel.Axis(resize.taps(axis: 0, of: image))
    let columns = ResizeKernel.Axis(resize.taps(axis: 1, of: image))
    let (input, inputView) = blockedInput(of: id)
    let (output, outputView) = newBlockedImage(id)
    let isOneStep =
      rows.isCopy || columns.isCopy
      || rows.width * columns.width <= ResizeKernel.mostUnrolledPixels
    guard !isOneStep else {
      addResize(
        id, rows, columns, from: input, inputView, to: output, outputView, nodes: sources(of: id))
      return
    }
    // First along the axis that leaves less for the other.
    let (height, width) = (resize.size.height, resize.size.width)
    let startsWithRows = height * image.width <= image.height * width
    let between = startsWithRows ? Pair(height, image.width) : Pair(image.height, width)
    let view = ImageView.blocked([shape[0], shape[1], between.height, between.width], lanes: lanes)
    let place = newBuffer(graph[id].name, bytes: view.byteCount(lanes: lanes))
    addResize(
      id, startsWithRows ? rows : .init(keeping: image.height),
      startsWithRows ? .init(keeping: image.width) : columns, from: input, inputView, to: place,
      view, nodes: [])
    addResize(
      id, startsWithRows ? .init(keeping: height) : rows,
      startsWithRows ? columns : .init(keeping: width), from: place, view, to: output, outputView,
      nodes: sources(of: id))
  }

  private mutating func addResize(
    _ id: NodeID, _ rows: ResizeKernel.Axis, _ columns: ResizeKernel.Axis, from input: Place,
    _ inputView: ImageView, to output: Place, _ outputView: ImageView, nodes: [String]
  ) {
    let kernel = ResizeKernel(
      lanes: lanes, input: inputView, output: outputView, rows: rows, columns: columns,
      rowsPerTask: (outputView.height + 15) / 16)
    let pixels = outputView.batch * outputView.channels * outputView.height * outputView.width
    addStep(
      .resize(kernel), [input, output], name: graph[id].name, nodes: nodes,
      flops: 2 * pixels * (rows.width + 1) * columns.width,
      read: inputView.byteCount(lanes: lanes), written: outputView.byteCount(lanes: lanes))
  }
}
