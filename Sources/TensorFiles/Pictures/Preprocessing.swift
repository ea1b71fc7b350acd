import CResinRuntime
import Diagnostics
import GraphIR

/// Turns a picture into one image of an input: resize, crop, channel order, scale, mean and
/// deviation, as torchvision's transforms do on Pillow images. The work is done by the code that
/// compiled libraries have, `CResinRuntime/picture.c`.
///
/// - Parameters:
///   - type: the input's type, f32 `[N, C, H, W]` or `[N, H, W, C]`, with C = 3, or 1 for `gray8`; or
///     u8, which takes the levels as they are.
/// - Returns: one image of that type.
/// - Throws: `DiagnosticError` where the clause is not one for the type (`check(for:)`), or what it
///   makes of the picture has not the input's size or is too large.
public func preprocess(
  _ picture: Picture, as clause: ImagePreprocessing, for type: TensorType
) throws -> Tensor {
  let input = try clause.layout(of: type).size
  let shape = [1] + type.shape.dropFirst()
  let count = shape.reduce(1, *)
  return try clause.withCStructure { clause in
    try checkExtents(of: picture, &clause, input)
    func fill(_ elements: UnsafeMutableRawPointer?, _ element: resin_element) throws {
      let code = resin_picture_input(
        &clause, type.shape.map(Int64.init), Int32(element.rawValue), picture.pixels,
        Int64(picture.width), Int64(picture.height), Int64(3 * picture.width),
        Int32(RESIN_RGB8.rawValue), elements)
      guard code == Int32(RESIN_OK.rawValue) else {
        throw DiagnosticError(
          "a picture of \(picture.extentText) cannot be resized: \(String(cString: resin_error(code)))"
        )
      }
    }
    if type.element == .uint8 {
      var levels = [UInt8](repeating: 0, count: count)
      try fill(&levels, RESIN_U8)
      return Tensor(shape, elements: levels)
    }
    var values = [Float](repeating: 0, count: count)
    try fill(&values, RESIN_F32)
    return Tensor(shape, floats: values)
  }
}

extension ImagePreprocessing {
  /// Throws where no picture becomes an input of a type this way, whatever its size.
  public func check(for type: TensorType) throws { _ = try layout(of: type) }

  /// Where the channels of an input are.
  fileprivate func layout(of type: TensorType) throws -> PictureLayout {
    guard let layout = PictureLayout(of: type, channels: channels.count),
      (1...Self.maximumSide).contains(layout.size.height),
      (1...Self.maximumSide).contains(layout.size.width)
    else {
      throw DiagnosticError(
        "a picture as \(channels.rawValue) does not fit an input of type \(type)",
        hint: "the input must be f32[N, \(channels.count), height, width]")
    }
    if let mistake = mistake(for: type) {
      throw DiagnosticError(mistake.message, hint: mistake.hint)
    }
    guard type.element != .uint8 || keepsLevels else {
      throw DiagnosticError(
        "an input of type \(type) takes the levels of a picture as they are, without scale, mean and deviation",
        hint: "preprocess as 'none', which has scale 1")
    }
    return layout
  }

  /// Calls a function with the clause as libraries have it in their descriptor.
  package func withCStructure<Result>(
    _ body: (inout resin_preprocessing) throws -> Result
  ) rethrows -> Result {
    try channels.rawValue.withCString { channels in
      try mean.withUnsafeBufferPointer { mean in
        try deviation.withUnsafeBufferPointer { deviation in
          var clause = resin_preprocessing()
          clause.channels = channels
          clause.channel_count = Int32(mean.count)
          switch resize {
          case .shorterSide(let side): clause.resize = Int64(side)
          case .size(let size):
            (clause.resize_height, clause.resize_width) = (Int64(size.height), Int64(size.width))
          case nil: break
          }
          if let crop {
            (clause.crop_height, clause.crop_width) = (Int64(crop.height), Int64(crop.width))
          }
          clause.interpolation = interpolation.cValue
          clause.scale = scale
          (clause.mean, clause.deviation) = (mean.baseAddress, deviation.baseAddress)
          return try body(&clause)
        }
      }
    }
  }
}

extension ImagePreprocessing.Interpolation {
  /// What a descriptor calls it: a value of `enum resin_interpolation`.
  package var cValue: Int32 {
    let value: resin_interpolation =
      switch self {
      case .bilinear: RESIN_BILINEAR
      case .bicubic: RESIN_BICUBIC
      case .nearest: RESIN_NEAREST
      }
    return Int32(value.rawValue)
  }
}

/// Throws where what a clause makes of a picture has not the input's size, or is too large on the way
/// there.
private func checkExtents(
  of picture: Picture, _ clause: inout resin_preprocessing, _ input: Pair
) throws {
  var extents: [Int64] = [0, 0]
  resin_resized_extent(
    &clause, [Int64(input.height), Int64(input.width)],
    [Int64(picture.height), Int64(picture.width)], &extents)
  let resized = Pair(Int(extents[0]), Int(extents[1]))
  // The first of the two passes gives the new width and still the old height.
  let most = Picture.maximumPixelCount
  guard resized.width <= most / picture.height, resized.width <= most / resized.height else {
    throw DiagnosticError(
      "cannot resize a picture of \(picture.extentText) to \(resized.width)×\(resized.height): the limit is \(most) pixels"
    )
  }
  let isCropped = clause.crop_height > 0
  guard !isCropped || (resized.height >= input.height && resized.width >= input.width) else {
    throw DiagnosticError(
      "a picture of \(resized.width)×\(resized.height) pixels is too small for a crop of \(input.width)×\(input.height)"
    )
  }
  guard isCropped || resized == input else {
    throw DiagnosticError(
      "preprocessing gives \(resized.width)×\(resized.height) pixels, but the input takes \(input.width)×\(input.height)",
      hint: "crop to \(input.width)×\(input.height)")
  }
}

extension Picture {
  /// Width by height, for messages.
  fileprivate var extentText: String { "\(width)×\(height) pixels" }
}
