import GraphIR

/// Regions and boxes. What depends on the data in ONNX gets its whole length back, with -1 behind it.
extension NodeWriter {
  mutating func exportRegionAlignment(_ attributes: RegionAlignment) throws {
    try add(
      "RoiAlign", inputs,
      [
        ("mode", .text(attributes.takesMaximum ? "max" : "avg")),
        ("output_height", .integer(attributes.size.height)),
        ("output_width", .integer(attributes.size.width)),
        ("sampling_ratio", .integer(attributes.samples)),
        ("spatial_scale", .float(attributes.scale)),
        (
          "coordinate_transformation_mode",
          .text(attributes.hasCentres ? "half_pixel" : "output_half_pixel")
        ),
      ])
  }

  /// Every class of every image by itself, and all one after another.
  mutating func exportSuppression(_ attributes: Suppression) throws {
    let (boxes, scores) = (types[0].shape, types[1].shape)
    var limits = [
      integers([attributes.count], "count"),
      constant(Tensor([1], floats: [attributes.overlap]), "overlap"),
    ]
    if attributes.score > -.infinity {
      limits.append(constant(Tensor([1], floats: [attributes.score]), "score"))
    }
    let third = constant(Tensor([], integers: [2]), "third")
    var lists: [String] = []
    for image in 0..<scores[0] {
      let own = SliceRange(start: image, end: image + 1)
      let whole = boxes.dropFirst().map { SliceRange(start: 0, end: $0) }
      let imageBoxes = try slice(inputs[0], [own] + whole, of: boxes, suffix: "\(image).boxes")
      for line in 0..<scores[1] {
        let ranges = [
          own, SliceRange(start: line, end: line + 1), SliceRange(start: 0, end: scores[2]),
        ]
        let name = "\(image).\(line)"
        let lineScores = try slice(inputs[1], ranges, of: scores, suffix: "\(name).scores")
        let rows = try add(
          "NonMaxSuppression", [imageBoxes, lineScores] + limits,
          [("center_point_box", .integer(attributes.hasCentres ? 1 : 0))], suffix: "\(name).rows")
        let kept = try add(
          "Gather", [rows, third], [("axis", .integer(1))], suffix: "\(name).kept")
        lists.append(try filled(kept, to: attributes.count, suffix: "\(name).list"))
      }
    }
    let joined = try add("Concat", lists, [("axis", .integer(0))], suffix: "lists")
    try reshape(joined, to: node.type.shape)
  }

  mutating func exportTruePlaces() throws {
    let count = node.type.elementCount
    let flat = try reshape(inputs[0], to: [count], suffix: "flat")
    let found = try add("NonZero", [flat], suffix: "found")
    let list = try add("Reshape", [found, integers([-1], "list_shape")], suffix: "list")
    try filled(list, to: count)
  }

  /// A list of places that is as long as the data says, with so many elements: -1 behind it.
  @discardableResult
  private mutating func filled(
    _ list: String, to count: Int, suffix: String? = nil
  ) throws -> String {
    let rest = integers([Int](repeating: -1, count: count), joined(suffix, "rest"))
    let whole = try add(
      "Concat", [list, rest], [("axis", .integer(0))], suffix: joined(suffix, "whole"))
    let (start, end) = (
      integers([0], joined(suffix, "start")), integers([count], joined(suffix, "end"))
    )
    return try add("Slice", [whole, start, end], suffix: suffix)
  }
}
