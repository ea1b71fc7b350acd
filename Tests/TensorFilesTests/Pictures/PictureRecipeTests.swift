import Diagnostics
import GraphIR
import TensorFiles
import Testing

/// How pictures become inputs, in words.
@Suite struct PictureRecipeTests {
  private static let imagenetMean: [Float] = [0.485, 0.456, 0.406]
  private static let imagenetDeviation: [Float] = [0.229, 0.224, 0.225]

  /// A clause with ImageNet's numbers.
  private static func imagenet(
    _ resize: ImagePreprocessing.Resize?, _ interpolation: ImagePreprocessing.Interpolation,
    _ crop: Int?
  ) -> ImagePreprocessing {
    ImagePreprocessing(
      channels: .rgb, resize: resize, interpolation: interpolation, crop: crop.map { Pair($0) },
      mean: imagenetMean, deviation: imagenetDeviation)
  }

  /// Words, the side of an input of three channels, what they mean.
  static let meanings: [(words: String, side: Int, clause: ImagePreprocessing)] = [
    ("imagenet", 224, imagenet(256, .bilinear, 224)),
    ("imagenet-v2", 224, imagenet(232, .bilinear, 224)),
    ("cifar10", 32, imagenet(nil, .bilinear, 32)),
    ("timm", 224, imagenet(256, .bicubic, 224)),
    ("timm", 288, imagenet(329, .bicubic, 288)),
    ("timm,crop_pct=0.9", 224, imagenet(248, .bicubic, 224)),
    ("timm,crop_pct=0.95", 224, imagenet(235, .bicubic, 224)),
    ("timm,crop_pct=1.0,bilinear", 224, imagenet(224, .bilinear, 224)),
    ("timm,resize=248", 224, imagenet(248, .bicubic, 224)),
    ("imagenet,crop_pct=0.95", 224, imagenet(235, .bilinear, 224)),
    ("timm,resize=248,crop=224", 224, imagenet(248, .bicubic, 224)),
    ("imagenet,resize=342,crop=299,interpolation=bicubic", 299, imagenet(342, .bicubic, 299)),
    (
      "resize=235,bicubic,crop=224,mean=0.485/0.456/0.406,std=0.229/0.224/0.225", 224,
      imagenet(235, .bicubic, 224)
    ),
    (
      "rgb8, resize=235, bicubic, crop=224, mean=0.485/0.456/0.406, deviation=0.229/0.224/0.225",
      224, imagenet(235, .bicubic, 224)
    ),
    (
      "inception", 224,
      ImagePreprocessing(
        channels: .rgb, resize: 256, interpolation: .bicubic, crop: Pair(224),
        mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
    ),
    (
      "clip", 224,
      ImagePreprocessing(
        channels: .rgb, resize: 224, interpolation: .bicubic, crop: Pair(224),
        mean: [0.48145466, 0.4578275, 0.40821073],
        deviation: [0.26862954, 0.26130258, 0.27577711])
    ),
    (
      "tensorflow", 224,
      ImagePreprocessing(
        channels: .rgb, resize: 256, crop: Pair(224), mean: [0.5, 0.5, 0.5],
        deviation: [0.5, 0.5, 0.5])
    ),
    (
      "caffe", 224,
      ImagePreprocessing(
        channels: .bgr, resize: 256, crop: Pair(224), scale: 1, mean: [103.939, 116.779, 123.68])
    ),
    (
      "caffe,rgb8", 224,
      ImagePreprocessing(
        channels: .rgb, resize: 256, crop: Pair(224), scale: 1, mean: [123.68, 116.779, 103.939])
    ),
    ("unit", 8, ImagePreprocessing(channels: .rgb)),
    ("none", 8, ImagePreprocessing(channels: .rgb, scale: 1)),
    ("scale=2/255", 8, ImagePreprocessing(channels: .rgb, scale: 2 / 255)),
    (
      "resize=8/8,nearest", 8,
      ImagePreprocessing(
        channels: .rgb, resize: .size(Pair(8)), interpolation: .nearest)
    ),
    (
      "bgr8,mean=0.5,std=-2", 8,
      ImagePreprocessing(
        channels: .bgr, mean: [0.5, 0.5, 0.5], deviation: [-2, -2, -2])
    ),
    (
      "imagenet,bgr8,resize=9,crop=8/8,mean=1/2/3", 8,
      ImagePreprocessing(
        channels: .bgr, resize: 9, crop: Pair(8), mean: [1, 2, 3],
        deviation: [0.225, 0.224, 0.229])
    ),
  ]

  @Test(arguments: meanings.indices)
  func wordsMean(_ index: Int) throws {
    let (words, side, clause) = Self.meanings[index]
    #expect(try PictureRecipe(words).clause(for: TensorType([1, 3, side, side])) == clause)
    #expect(try PictureRecipe(words).clause(for: TensorType([9, side, side, 3])) == clause)
  }

  @Test func greyIsForInputsOfOneChannel() throws {
    let grey = TensorType([1, 1, 28, 28])
    #expect(try PictureRecipe("unit").clause(for: grey) == ImagePreprocessing(channels: .gray))
    #expect(
      try PictureRecipe("bicubic,mean=0.1307,std=0.3081").clause(for: grey)
        == ImagePreprocessing(
          channels: .gray, interpolation: .bicubic, mean: [0.1307], deviation: [0.3081]))
    #expect(
      try PictureRecipe("none").clause(for: TensorType([1, 28, 28, 1], element: .uint8))
        == ImagePreprocessing(channels: .gray, scale: 1))
  }

  @Test func everyNameIsARecipe() throws {
    for name in PictureRecipe.names {
      let side = name == "cifar10" ? 32 : 224
      _ = try PictureRecipe(name).clause(for: TensorType([1, 3, side, side]))
    }
  }

  /// Words, and all that is said of them behind `--preprocess WORDS: error: `.
  static let mistakes: [(words: String, message: String)] = [
    ("imagnet", "there is no preprocessing called 'imagnet'\n  did you mean 'imagenet'?"),
    (
      "",
      "there is no preprocessing called ''\n  choose one of imagenet, imagenet-v2, timm, "
        + "inception, clip, cifar10, tensorflow, caffe, unit, none, or write KEY=VALUE, as in "
        + "resize=256,crop=224"
    ),
    ("unit,bicubc", "there is no preprocessing called 'bicubc'\n  did you mean 'bicubic'?"),
    (
      "bicubic,imagenet",
      "'imagenet' is a whole recipe, of which other parts change something\n  write it first, and no other"
    ),
    ("meen=1", "preprocessing has no 'meen'\n  did you mean 'mean'?"),
    (
      "x=1",
      "preprocessing has no 'x'\n  choose one of resize, interpolation, crop, crop_pct, "
        + "scale, mean, std, deviation"
    ),
    (
      "unit,mean",
      "'mean' has no value\n  write mean=0.485/0.456/0.406, or one number for all channels"
    ),
    (
      "std=", "'std=' has no value\n  write std=0.229/0.224/0.225, or one number for all channels"
    ),
    (
      "crop=224x224",
      "cannot read '224x224' in 'crop=224x224'\n  write crop=224, or height and width, crop=224/288"
    ),
    (
      "resize=1/2/3",
      "cannot read '1/2/3' in 'resize=1/2/3'\n  write the shorter side, resize=256, or height and width, resize=256/320"
    ),
    (
      "resize=99999999999999999999",
      "cannot read '99999999999999999999' in 'resize=99999999999999999999'\n  write the shorter side, resize=256, or height and width, resize=256/320"
    ),
    (
      "mean=0.5//0.5",
      "cannot read '' in 'mean=0.5//0.5'\n  write mean=0.485/0.456/0.406, or one number for all channels"
    ),
    (
      "scale=1/2/3",
      "cannot read '1/2/3' in 'scale=1/2/3'\n  write a number or a quotient, as in scale=1/255"
    ),
    (
      "crop_pct=0",
      "crop_pct is above 0 and not above 1, not '0'\n  write a part of the shorter side, as in crop_pct=0.875"
    ),
    (
      "crop_pct=nan",
      "crop_pct is above 0 and not above 1, not 'nan'\n  write a part of the shorter side, as in crop_pct=0.875"
    ),
    (
      "interpolation=lanczos",
      "there is no interpolation 'lanczos'\n  write one of bilinear, bicubic, nearest"
    ),
    ("interpolation=bicubik", "there is no interpolation 'bicubik'\n  did you mean 'bicubic'?"),
    ("mean=1,mean=2", "'mean' is given twice"),
    ("std=1,deviation=2", "'std' is given twice"),
    ("bicubic,bilinear", "'interpolation' is given twice"),
    ("rgb8,bgr8", "'channels' is given twice"),
    ("resize=9,crop_pct=1", "resize and crop_pct exclude each other\n  leave one of them out"),
    ("mean=1/2", "mean holds 3 numbers for rgb8, not 2"),
    (
      "imagenet,gray8",
      "a picture as gray8 does not fit an input of type f32[1, 3, 8, 8]\n  the input must be f32[N, 1, height, width]"
    ),
    ("mean=nan", "mean holds finite numbers"),
    ("std=0", "deviation holds numbers other than 0"),
    ("std=inf", "deviation holds numbers other than 0"),
    ("std=1/0/1", "deviation holds numbers other than 0"),
    ("scale=0", "scale is a number other than 0"),
    ("scale=1/0", "scale is a number other than 0"),
    ("resize=0,crop=8", "resize is from 1 to 32768, not 0"),
    ("resize=-8,crop=8", "resize is from 1 to 32768, not -8"),
    ("resize=8/40000,crop=8", "resize is from 1 to 32768, not 40000"),
    ("crop_pct=1e-300", "resize is from 1 to 32768, not 1000000000"),
    ("resize=7,crop=8", "a crop of 8×8 is larger than what resize leaves\n  resize to 8 or more"),
    ("resize=8/7,crop=8", "a crop of 8×8 is larger than what resize leaves\n  resize to 8 or more"),
    ("crop=0", "the crop must give the input f32[1, 3, 8, 8] its height and width\n  crop to 8×8"),
    (
      "imagenet", "the crop must give the input f32[1, 3, 8, 8] its height and width\n  crop to 8×8"
    ),
    (
      "resize=9",
      "resize does not give the input f32[1, 3, 8, 8] its height and width\n  crop to 8×8"
    ),
    (
      "resize=9/8",
      "resize does not give the input f32[1, 3, 8, 8] its height and width\n  crop to 8×8"
    ),
  ]

  @Test(arguments: mistakes.indices) func mistakesNameThePart(_ index: Int) {
    let (words, message) = Self.mistakes[index]
    #expect(failure(words, TensorType([1, 3, 8, 8])) == "--preprocess \(words): error: \(message)")
  }

  @Test func whatDoesNotFitTheInputIsNamed() {
    #expect(
      failure("imagenet,gray8", TensorType([1, 1, 224, 224]))
        == "--preprocess imagenet,gray8: error: mean holds 1 number for gray8, not 3")
    #expect(
      failure("timm", TensorType([1, 3, 8, 9]))
        == "--preprocess timm: error: crop_pct is for inputs as high as wide, and this one is f32[1, 3, 8, 9]\n  write resize and crop"
    )
    #expect(
      failure("unit", TensorType([1, 8, 8, 3], element: .uint8))
        == "--preprocess unit: error: an input of type u8[1, 8, 8, 3] takes the levels of a picture as they are, without scale, mean and deviation\n  preprocess as 'none', which has scale 1"
    )
    #expect(
      failure("unit", TensorType([1, 3, 8]))
        == "--preprocess unit: error: a picture as rgb8 does not fit an input of type f32[1, 3, 8]\n  the input must be f32[N, 3, height, width]"
    )
  }

  /// What is said of words for an input; empty where nothing is.
  private func failure(_ words: String, _ type: TensorType) -> String {
    do {
      _ = try PictureRecipe(words).clause(for: type)
      return ""
    } catch {
      return (error as? DiagnosticError)?.description ?? "another error: \(error)"
    }
  }
}
