import GraphIR

/// `Resize` with scales or sizes that are known. Any two axes of an image are resized at once, other
/// axes one after another: the weights of all axes multiply.
func importResize(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let extents = context.shape(of: x)
  let isFirst = context.opset < 11
  let words = try ResizeWords(context)
  let axes =
    try context.integers("axes").map { try context.axes($0, rank: extents.count) }
    ?? Array(extents.indices)
  var targets = extents.map { ResizeTarget(size: $0) }
  if !isFirst, context.hasOperand(1) {
    // Only the mode `tf_crop_and_resize` looks at it.
    _ = try context.operandType(1)
  }
  let scales = isFirst ? 1 : 2
  if let stated = try context.knownScales(scales) {
    guard !words.cropsFirst else {
      throw Refusal("scales with tf_crop_and_resize are not supported; sizes are")
    }
    guard stated.count == axes.count else {
      throw Refusal("scales \(stated) do not fit \(context.type(of: x))")
    }
    for (axis, scale) in zip(axes, stated) {
      targets[axis] = try ResizeTarget(extent: extents[axis], scale: scale)
    }
    // Exporters write it here too, where it says nothing.
    _ = try context.string("keep_aspect_ratio_policy", default: "stretch")
  } else if context.hasOperand(3) {
    let stated = try context.knownIntegers(3, "sizes")
    guard stated.count == axes.count else {
      throw Refusal("sizes \(stated) do not fit \(context.type(of: x))")
    }
    for (axis, target) in zip(axes, try context.keptAspect(stated, of: axes.map { extents[$0] })) {
      targets[axis] = target
    }
  } else {
    throw Refusal("neither scales nor sizes are given")
  }
  if words.cropsFirst {
    return [
      .node(
        try importCropAndResize(
          context, axes: axes, sizes: axes.map { targets[$0].size },
          taps: words.resize(ResizeTarget(size: 1), ResizeTarget(size: 1), of: Pair(1)),
          outside: words.outside))
    ]
  }
  return [.node(try context.addResize(x, targets, words))]
}

/// `Upsample`, the operator before `Resize`: scales as an attribute (before set 9) or operand.
func importUpsample(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let extents = context.shape(of: x)
  let name = try context.string("mode", default: "nearest")
  guard let mode = GraphIR.Resize.Mode(rawValue: name == "bilinear" ? "linear" : name) else {
    throw Refusal("mode '\(name)' is not supported; nearest and linear are")
  }
  let stated =
    context.opset < 9
    ? try context.attribute("scales", .floats)?.floats : try context.knownScales(1)
  guard let stated, stated.count == extents.count else {
    throw Refusal("scales are missing or do not fit \(context.type(of: x))")
  }
  let targets = try zip(extents, stated).map { try ResizeTarget(extent: $0, scale: $1) }
  let words = ResizeWords(mode: mode, coordinates: .asymmetric, rounding: .floor)
  return [.node(try context.addResize(x, targets, words))]
}

/// The size of one axis of the result, with the scale where it is given.
private struct ResizeTarget {
  var size: Int
  var scale: Float?

  init(size: Int, scale: Float? = nil) {
    self.size = size
    self.scale = scale
  }

  init(extent: Int, scale: Float) throws {
    guard let size = GraphIR.Resize.size(of: extent, scale: scale) else {
      throw Refusal("an axis of \(extent) cannot be scaled by \(scale)")
    }
    self.init(size: size, scale: scale)
  }
}

/// The attributes that say how elements between others come about.
private struct ResizeWords {
  var mode: GraphIR.Resize.Mode
  var coordinates: GraphIR.Resize.Coordinates
  var rounding: GraphIR.Resize.Rounding
  var cubic: Float = -0.75
  var excludesOutside = false
  var antialiases = false
  /// Whether `nearest` takes the element above where an axis shrinks: the operator's first version,
  /// which did not say what it takes, came with such examples.
  var roundsUpWhereSmaller = false
  /// Whether only a region is resized, and what lies outside the image then.
  var cropsFirst = false
  var outside: Float = 0

  init(
    mode: GraphIR.Resize.Mode, coordinates: GraphIR.Resize.Coordinates,
    rounding: GraphIR.Resize.Rounding
  ) {
    self.mode = mode
    self.coordinates = coordinates
    self.rounding = rounding
  }

  init(_ context: OperatorContext) throws {
    func word<Word: RawRepresentable<String>>(_ name: String, default value: String) throws -> Word
    {
      let text = try context.string(name, default: value)
      guard let word = Word(rawValue: text) else {
        throw Refusal("\(name) '\(text)' is not supported")
      }
      return word
    }
    let isFirst = context.opset < 11
    mode = try word("mode", default: "nearest")
    cropsFirst =
      try context.string("coordinate_transformation_mode", default: "") == "tf_crop_and_resize"
    coordinates =
      try cropsFirst
      ? .alignCorners
      : word("coordinate_transformation_mode", default: isFirst ? "asymmetric" : "half_pixel")
    rounding = try word("nearest_mode", default: isFirst ? "floor" : "round_prefer_floor")
    roundsUpWhereSmaller = isFirst
    cubic = try context.float("cubic_coeff_a", default: -0.75)
    excludesOutside = try context.flag("exclude_outside")
    antialiases = try context.flag("antialias")
    outside = try context.float("extrapolation_value", default: 0)
  }

  func resize(_ height: ResizeTarget, _ width: ResizeTarget, of image: Pair) -> GraphIR.Resize {
    var scales: [Float]?
    if height.scale != nil || width.scale != nil {
      scales = [
        height.scale ?? Float(height.size) / Float(image.height),
        width.scale ?? Float(width.size) / Float(image.width),
      ]
    }
    let isSmaller = height.size < image.height || width.size < image.width
    let rounding = roundsUpWhereSmaller && isSmaller ? .ceil : self.rounding
    return GraphIR.Resize(
      size: Pair(height.size, width.size), mode: mode, coordinates: coordinates,
      rounding: mode == .nearest ? rounding : .preferFloor, scales: scales,
      cubicCoefficient: mode == .cubic ? cubic : -0.75,
      excludesOutside: (mode == .cubic || mode == .linear && antialiases) && excludesOutside,
      antialiases: mode != .nearest && antialiases
    ).canonical(for: image)
  }
}

extension OperatorContext {
  /// The scales of an operand that must be known; nil where it is absent or empty.
  fileprivate func knownScales(_ index: Int) throws -> [Float]? {
    guard hasOperand(index) else { return nil }
    guard let tensor = try knownOperand(index) else {
      throw Refusal("its scales depend on the data that the model is given")
    }
    guard case .float32(let values) = tensor.storage, !values.isEmpty else { return nil }
    return values
  }

  /// Sizes as `keep_aspect_ratio_policy` changes them: one scale for all axes, the smaller or the
  /// larger.
  fileprivate func keptAspect(_ sizes: [Int], of extents: [Int]) throws -> [ResizeTarget] {
    let policy = try string("keep_aspect_ratio_policy", default: "stretch")
    guard ["stretch", "not_larger", "not_smaller"].contains(policy) else {
      throw Refusal("keep_aspect_ratio_policy '\(policy)' is not one that ONNX defines")
    }
    guard (sizes + extents).allSatisfy({ (1...windowLimit).contains($0) }) else {
      throw Refusal("sizes \(sizes) of axes \(extents) are not from 1 to \(windowLimit)")
    }
    if policy == "stretch" { return sizes.map { ResizeTarget(size: $0) } }
    let scales = zip(sizes, extents).map { Float($0) / Float($1) }
    guard let scale = policy == "not_larger" ? scales.min() : scales.max() else { return [] }
    return extents.map {
      ResizeTarget(
        size: max(1, Int((Float($0) * scale).rounded(.toNearestOrAwayFromZero))), scale: scale)
    }
  }

  /// Adds the resizing of x to the targets, one per axis. Integers are resized as f32, within ±2²⁴ without an error:
  /// repeating pixels makes no other numbers.
  fileprivate func addResize(
    _ x: NodeID, _ targets: [ResizeTarget], _ words: ResizeWords
  ) throws -> NodeID {
    let element = type(of: x).element
    guard [.uint8, .int8, .int32, .int64].contains(element), words.mode == .nearest else {
      return try addResizeOfFloats(x, targets, words)
    }
    let numbers = try add(.cast(.float32), [x], suffix: "numbers")
    return try add(
      .cast(element), [try addResizeOfFloats(numbers, targets, words, suffix: "pixels")])
  }

  private func addResizeOfFloats(
    _ x: NodeID, _ targets: [ResizeTarget], _ words: ResizeWords, suffix: String? = nil
  ) throws -> NodeID {
    let shape = self.shape(of: x)
    try checkSize(of: targets.map(\.size))
    // A scale may resample an axis without a change of its size, but not where all keep theirs.
    guard targets.map(\.size) != shape else { return try add(.identity, [x], suffix: suffix) }
    let changed = shape.indices.filter {
      targets[$0].size != shape[$0] || targets[$0].scale.map { $0 != 1 } ?? false
    }
    let smaller = changed.filter { targets[$0].size < shape[$0] }
    let roundsAlike = !words.roundsUpWhereSmaller || smaller.isEmpty || smaller == changed
    if shape.count == 4, changed.allSatisfy({ $0 >= 2 }), roundsAlike {
      let resize = words.resize(targets[2], targets[3], of: Pair(shape[2], shape[3]))
      return try add(.resize(resize), [x], suffix: suffix)
    }
    var (result, extents) = (x, shape)
    for (step, axis) in changed.enumerated() {
      // One axis as the rows of an image, those behind it as its columns.
      let (outer, inner) = (extents[..<axis].reduce(1, *), extents[(axis + 1)...].reduce(1, *))
      let image = [1, outer, extents[axis], inner]
      let resize = words.resize(
        targets[axis], ResizeTarget(size: inner), of: Pair(extents[axis], inner))
      let rows = try add(.reshape(image), [result], suffix: "image\(step)")
      let resized = try add(.resize(resize), [rows], suffix: "axis\(axis)")
      extents[axis] = targets[axis].size
      let isLast = step == changed.count - 1
      result = try add(.reshape(extents), [resized], suffix: isLast ? suffix : "step\(step)")
    }
    return result
  }
}
