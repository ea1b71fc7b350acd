import GraphIR

/// What networks were trained with, by name.
extension PictureRecipe {
  /// The names of the recipes, in the order of the documentation.
  public static var names: [String] { all.map(\.name) }

  private static let imagenetMean: [Float] = [0.485, 0.456, 0.406]
  private static let imagenetDeviation: [Float] = [0.229, 0.224, 0.225]

  static let all: [(name: String, recipe: PictureRecipe)] = [
    // torchvision's evaluation transform for ImageNet classifiers: IMAGENET1K_V1.
    ("imagenet", imagenet(.resize(256), crop: .size(Pair(224)))),
    // The same for its weights of 2021 and later: IMAGENET1K_V2.
    ("imagenet-v2", imagenet(.resize(232), crop: .size(Pair(224)))),
    // timm's data configuration where a model says nothing else.
    ("timm", imagenet(.part(0.875), .bicubic, crop: .input)),
    // timm's for networks with Inception's mean and deviation: vision transformers, MLP-Mixer.
    (
      "inception",
      PictureRecipe(
        channels: .rgb, sizing: .part(0.875), interpolation: .bicubic, crop: .input, mean: [0.5],
        deviation: [0.5])
    ),
    // OpenAI's CLIP.
    (
      "clip",
      PictureRecipe(
        channels: .rgb, sizing: .part(1), interpolation: .bicubic, crop: .input,
        mean: [0.48145466, 0.4578275, 0.40821073],
        deviation: [0.26862954, 0.26130258, 0.27577711])
    ),
    // As the common CIFAR-10 ResNets were trained.
    ("cifar10", imagenet(.straight, crop: .size(Pair(32)))),
    // Networks from TensorFlow: levels from -1 to 1.
    (
      "tensorflow",
      PictureRecipe(
        channels: .rgb, sizing: .resize(256), crop: .size(Pair(224)), mean: [0.5], deviation: [0.5])
    ),
    // Networks from Caffe, and Keras's of that kind: levels from 0 to 255 without their mean.
    (
      "caffe",
      PictureRecipe(
        channels: .bgr, sizing: .resize(256), crop: .size(Pair(224)), scale: 1,
        mean: [103.939, 116.779, 123.68])
    ),
    ("unit", PictureRecipe()),
    ("none", PictureRecipe(scale: 1)),
  ]

  /// With ImageNet's mean and deviation.
  private static func imagenet(
    _ sizing: Sizing, _ interpolation: ImagePreprocessing.Interpolation = .bilinear,
    crop: Crop
  ) -> PictureRecipe {
    PictureRecipe(
      channels: .rgb, sizing: sizing, interpolation: interpolation, crop: crop, mean: imagenetMean,
      deviation: imagenetDeviation)
  }
}
