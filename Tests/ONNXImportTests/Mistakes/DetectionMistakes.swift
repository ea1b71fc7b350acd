/// One node of regions or boxes on x f32[1, 4, 6, 6], rois f32[3, 4], boxes f32[1, 5, 4] and scores f32[1, 2,
/// 5].
private func node(
  _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXWriter.Attribute)] = [],
  opset: Int = 16, error: String, hint: String? = nil
) -> Mistake {
  .node(
    kind, inputs, attributes, opset: opset, error: error, hint: hint
  ) { writer in
    writer.input("x", 1, 4, 6, 6)
    writer.input("rois", 3, 4)
    writer.input("boxes", 1, 5, 4)
    writer.input("scores", 1, 2, 5)
    writer.input("limit", [.fixed(1)], element: 7)
    writer.input("share", 1)
    writer.ones("one", 1)
    writer.integers("images", 0, 0, 0)
    writer.integers("two", 2, 2)
    writer.integers("many", 1 << 62)
  }
}

/// Nodes of regions and boxes that cannot be imported, and why.
let detectionMistakes: [Mistake] = [
  node("RoiAlign", ["x", "rois"], error: "its operand 3 is missing"),
  node(
    "RoiAlign", ["x", "boxes", "images"],
    error: "roi_align takes regions [R, 4] of f32, not f32[1, 5, 4]"),
  node(
    "RoiAlign", ["rois", "rois", "images"],
    error: "roi_align takes an image [N, C, H, W], not f32[3, 4]"),
  node(
    "RoiAlign", ["x", "rois", "two"],
    error: "roi_align of regions f32[3, 4] needs i64[3] that say in which image each is, not i64[2]"
  ),
  node(
    "RoiAlign", ["x", "rois", "images"], [("mode", .string("median"))],
    error: "mode 'median' is not one that ONNX defines"),
  node(
    "RoiAlign", ["x", "rois", "images"], [("mode", .int(1))],
    error: "the attribute 'mode' is not of kind STRING"),
  node(
    "RoiAlign", ["x", "rois", "images"], [("coordinate_transformation_mode", .string("pixel"))],
    error: "coordinate_transformation_mode 'pixel' is not one that ONNX defines"),
  node(
    "RoiAlign", ["x", "rois", "images"],
    [("coordinate_transformation_mode", .string("half_pixel"))], opset: 10,
    error: "the attribute 'coordinate_transformation_mode' is not supported"),
  node(
    "RoiAlign", ["x", "rois", "images"], [("sampling_ratio", .int(1 << 40))],
    error: "roi_align takes 0 to 256 samples, not 1099511627776"),
  node(
    "RoiAlign", ["x", "rois", "images"], [("output_height", .int(0))],
    error: "roi_align needs a size of at least one row and column"),
  node(
    "RoiAlign", ["x", "rois", "images"], [("output_height", .int(1 << 62))],
    error:
      "roi_align of f32[3, 4] has a result of shape [3, 4, 4611686018427387904, 1], which is too "
      + "large"),
  node(
    "NonMaxSuppression", ["boxes", "rois"],
    error: "scores [images, classes, boxes] are needed, not f32[3, 4]"),
  node(
    "NonMaxSuppression", ["scores", "scores", "many"],
    error: "non_max_suppression takes boxes [N, B, 4] of f32, not f32[1, 2, 5]"),
  node(
    "NonMaxSuppression", ["boxes", "scores", "two"],
    error: "its max_output_boxes_per_class must be one integer"),
  node(
    "NonMaxSuppression", ["boxes", "scores", "limit"],
    error: "its max_output_boxes_per_class ('limit') depends on the data that the model is given",
    hint: "static shapes need it to follow from constants and shapes"),
  node(
    "NonMaxSuppression", ["boxes", "scores", "many", "share"],
    error: "its iou_threshold must be a constant with one element"),
  node(
    "NonMaxSuppression", ["boxes", "scores", "many", "one", "share"],
    error: "its score_threshold must be a constant with one element"),
  node(
    "NonMaxSuppression", ["boxes", "scores", "many"], [("center_point_box", .string("yes"))],
    error: "the attribute 'center_point_box' is not of kind INT"),
  node(
    "Compress", ["rois", "scores"], [("axis", .int(0))],
    error: "a condition f32[1, 2, 5] does not fit axis 0 of f32[3, 4]"),
]
