import Diagnostics
import GraphIR

/// Turns a picture into one image of an input: resize, crop, channel order, scale, mean and
/// deviation, as torchvision's transforms do on Pillow images.
///
/// - Parameters:
///   - type: the input's type, f32 `[N, C, H, W]`, with C = 3, or 1 for `gray8`.
/// - Returns: f32 `[1, C, H, W]`.
/// - Throws: `DiagnosticError` where the type is no image of these channels, or the crop does not
///   give its size.
public func preprocess(
  _ picture: Picture, as clause: ImagePreprocessing, for type: TensorType
) throws -> Tensor {
  let channels = clause.channels == .gray ? 1 : 3
  guard type.element == .float32, type.rank == 4, type.shape[1] == channels,
    (1...1 << 15).contains(type.shape[2]), (1...1 << 15).contains(type.shape[3])
  else {
    throw DiagnosticError(
      "a picture as \(clause.channels.rawValue) does not fit an input of type \(type)",
      hint: "the input must be f32[N, \(channels), height, width]")
  }
  guard clause.mean.count == channels, clause.deviation.count == channels,
    clause.deviation.allSatisfy({ $0 != 0 })
  else {
    throw DiagnosticError(
      "preprocessing as \(clause.channels.rawValue) needs \(channels) means and as many deviations other than 0"
    )
  }
  let input = Pair(type.shape[2], type.shape[3])
  return try sized(picture, clause, input).normalised(clause)
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
        "a picture of \(resized.extentText) is too small for a crop of \(crop.height)×\(crop.width)"
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
      "preprocessing gives \(resized.extentText), but the input takes \(input.height)×\(input.width)",
      hint: "crop to \(input.height)×\(input.width)")
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
      "cannot resize a picture of \(picture.extentText) to \(result.height)×\(result.width): the limit is \(most) pixels"
    )
  }
  return result
}

extension Picture {
  /// Height by width, for messages.
  fileprivate var extentText: String { "\(height)×\(width) pixels" }

  /// The pixels as `[1, C, H, W]`: `(pixel · scale - mean) / deviation`.
  fileprivate func normalised(_ clause: ImagePreprocessing) -> Tensor {
    let count = width * height
    let channels = clause.channels == .gray ? 1 : 3
    var values = [Float](repeating: 0, count: channels * count)
    for channel in 0..<channels {
      let (mean, deviation) = (clause.mean[channel], clause.deviation[channel])
      let table: [Float] = (0..<256).map { level in
        let scaled = Float(level) * clause.scale
        return (scaled - mean) / deviation
      }
      for index in 0..<count {
        let level =
          switch clause.channels {
          case .rgb: pixels[3 * index + channel]
          case .bgr: pixels[3 * index + 2 - channel]
          case .gray: luminance(index)
          }
        values[channel * count + index] = table[Int(level)]
      }
    }
    return Tensor([1, channels, height, width], floats: values)
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
      let isGray = type.rank == 4 && type.shape[1] == 1
      return ImagePreprocessing(channels: isGray ? .gray : .rgb, scale: 1)
    default:
      throw DiagnosticError(
        "there is no preprocessing called '\(name)'",
        hint: nearestNamesHint(for: name, in: presetNames)
          ?? "choose one of \(presetNames.joined(separator: ", "))")
    }
  }
}
