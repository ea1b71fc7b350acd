import Diagnostics
import GraphIR

/// Turns a picture into one image of an input: resize, crop, channel order, scale, mean and
/// deviation, as torchvision's transforms do on Pillow images.
///
/// - Parameters:
///   - type: the input's type, f32 `[N, C, H, W]` or `[N, H, W, C]`, with C = 3, or 1 for `gray8`; or
///     u8, which takes the levels as they are.
/// - Returns: one image of that type.
/// - Throws: `DiagnosticError` where the type is no image of these channels, the crop does not
///   give its size, or levels of u8 are to change.
public func preprocess(
  _ picture: Picture, as clause: ImagePreprocessing, for type: TensorType
) throws -> Tensor {
  let layout = try clause.layout(of: type)
  let image = try sized(picture, clause, layout.size)
  let levels = image.levels(clause.channels, layout)
  let shape = [1] + type.shape.dropFirst()
  return type.element == .uint8
    ? Tensor(shape, elements: levels)
    : Tensor(shape, floats: normalised(levels, clause, layout))
}

extension ImagePreprocessing {
  /// Throws where no picture becomes an input of a type this way, whatever its size.
  public func check(for type: TensorType) throws { _ = try layout(of: type) }

  /// Where the channels of an input are.
  fileprivate func layout(of type: TensorType) throws -> PictureLayout {
    let count = channels == .gray ? 1 : 3
    guard let layout = PictureLayout(of: type, channels: count),
      (1...1 << 15).contains(layout.size.height), (1...1 << 15).contains(layout.size.width)
    else {
      throw DiagnosticError(
        "a picture as \(channels.rawValue) does not fit an input of type \(type)",
        hint: "the input must be f32[N, \(count), height, width]")
    }
    guard mean.count == count, deviation.count == count, deviation.allSatisfy({ $0 != 0 }) else {
      throw DiagnosticError(
        "preprocessing as \(channels.rawValue) needs \(count) means and as many deviations other than 0"
      )
    }
    let takesLevels =
      scale == 1 && mean.allSatisfy { $0 == 0 } && deviation.allSatisfy { $0 == 1 }
    guard type.element != .uint8 || takesLevels else {
      throw DiagnosticError(
        "an input of type \(type) takes the levels of a picture as they are, without scale, mean and deviation",
        hint: "preprocess as 'none'")
    }
    return layout
  }
}

/// `(level · scale - mean) / deviation` of every level.
private func normalised(
  _ levels: [UInt8], _ clause: ImagePreprocessing, _ layout: PictureLayout
) -> [Float] {
  let channels = clause.mean.count
  let tables = (0..<channels).map { channel in
    (0..<256).map { level in
      (Float(level) * clause.scale - clause.mean[channel]) / clause.deviation[channel]
    }
  }
  let plane = levels.count / channels
  return levels.indices.map { index in
    tables[layout.hasChannelsLast ? index % channels : index / plane][Int(levels[index])]
  }
}

/// The picture at the size of the input.
private func sized(_ picture: Picture, _ clause: ImagePreprocessing, _ input: Pair) throws
  -> Picture
{
  let target = try resizedExtent(of: picture, clause, clause.crop ?? input)
  var resized = picture.resized(width: target.width, height: target.height)
  if let crop = clause.crop {
    guard (1...resized.width).contains(crop.width), (1...resized.height).contains(crop.height)
    else {
      throw DiagnosticError(
        "a picture of \(resized.extentText) is too small for a crop of \(crop.width)×\(crop.height)"
      )
    }
    // Python's round() goes to the even neighbour from the middle.
    let left = (Double(resized.width - crop.width) / 2).rounded(.toNearestOrEven)
    let top = (Double(resized.height - crop.height) / 2).rounded(.toNearestOrEven)
    resized = resized.cropped(
      left: Int(left), top: Int(top), width: crop.width, height: crop.height)
  }
  guard resized.width == input.width, resized.height == input.height else {
    throw DiagnosticError(
      "preprocessing gives \(resized.extentText), but the input takes \(input.width)×\(input.height)",
      hint: "crop to \(input.width)×\(input.height)")
  }
  return resized
}

/// The size to resize to: the shorter side as the clause says and the longer in proportion, cut to
/// a whole number as torchvision does; or `target`.
private func resizedExtent(
  of picture: Picture, _ clause: ImagePreprocessing, _ target: Pair
) throws -> Pair {
  var result = target
  if let side = clause.resize {
    guard (1...1 << 15).contains(side) else {
      throw DiagnosticError("cannot resize the shorter side to \(side) pixels")
    }
    result =
      picture.width <= picture.height
      ? Pair(side * picture.height / picture.width, side)
      : Pair(side, side * picture.width / picture.height)
  }
  // The first of the two passes gives the new width and still the old height.
  let most = Picture.maximumPixelCount
  guard result.width >= 1, result.height >= 1, result.width <= most / picture.height,
    result.width <= most / result.height
  else {
    throw DiagnosticError(
      "cannot resize a picture of \(picture.extentText) to \(result.width)×\(result.height): the limit is \(most) pixels"
    )
  }
  return result
}

extension Picture {
  /// Width by height, for messages.
  fileprivate var extentText: String { "\(width)×\(height) pixels" }

  /// The levels of the channels in the order of a layout.
  fileprivate func levels(
    _ channels: ImagePreprocessing.Channels, _ layout: PictureLayout
  ) -> [UInt8] {
    let count = width * height
    let channelCount = channels == .gray ? 1 : 3
    var levels = [UInt8](repeating: 0, count: channelCount * count)
    for channel in 0..<channelCount {
      for index in 0..<count {
        let place =
          layout.hasChannelsLast ? channelCount * index + channel : channel * count + index
        levels[place] =
          switch channels {
          case .rgb: pixels[3 * index + channel]
          case .bgr: pixels[3 * index + 2 - channel]
          case .gray: luminance(index)
          }
      }
    }
    return levels
  }

  /// ITU-R 601 luminance with Pillow's weights and rounding.
  private func luminance(_ index: Int) -> UInt8 {
    let red = Int(pixels[3 * index]) * 19595
    let green = Int(pixels[3 * index + 1]) * 38470
    let blue = Int(pixels[3 * index + 2]) * 7471
    return UInt8((red + green + blue + 0x8000) >> 16)
  }
}

extension ImagePreprocessing {
  /// The names of the presets that `preset(named:for:)` knows.
  public static let presetNames = ["imagenet", "cifar10", "tensorflow", "none"]

  private static let imagenetMean: [Float] = [0.485, 0.456, 0.406]
  private static let imagenetDeviation: [Float] = [0.229, 0.224, 0.225]

  /// torchvision's evaluation transform for ImageNet classifiers: shorter side 256, centre crop
  /// 224.
  public static let imagenet = ImagePreprocessing(
    channels: .rgb, resize: 256, crop: Pair(224), mean: imagenetMean,
    deviation: imagenetDeviation)

  /// Pictures of 32×32, with ImageNet's mean and deviation, as the common CIFAR-10 ResNets were
  /// trained.
  public static let cifar10 = ImagePreprocessing(
    channels: .rgb, crop: Pair(32), mean: imagenetMean, deviation: imagenetDeviation)

  /// What networks from TensorFlow take: shorter side 256, centre crop 224, levels from -1 to 1.
  public static let tensorflow = ImagePreprocessing(
    channels: .rgb, resize: 256, crop: Pair(224), mean: [0.5, 0.5, 0.5],
    deviation: [0.5, 0.5, 0.5])

  /// A preset by its name on the command line; `none` gives the raw levels from 0 to 255 at the
  /// input's size, grey where the input has one channel.
  ///
  /// - Throws: `DiagnosticError` where there is no preset of that name.
  public static func preset(named name: String, for type: TensorType) throws -> ImagePreprocessing {
    switch name {
    case "imagenet": return imagenet
    case "cifar10": return cifar10
    case "tensorflow": return tensorflow
    case "none":
      let isGray =
        PictureLayout(of: type, channels: 3) == nil && PictureLayout(of: type, channels: 1) != nil
      return ImagePreprocessing(channels: isGray ? .gray : .rgb, scale: 1)
    default:
      throw DiagnosticError(
        "there is no preprocessing called '\(name)'",
        hint: nearestNamesHint(for: name, in: presetNames)
          ?? "choose one of \(presetNames.joined(separator: ", "))")
    }
  }
}
