// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Operations on images, whose operands and results are in `Goldens/image.txt`.
let imageGoldens = GoldenCase.family(
  "image",
  [
    ("up-convolution", .transposedConvolution(
      TransposedConvolution(
        stride: Pair(2, 2), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        outputPadding: Pair(0, 0), dilation: Pair(1, 1), groups: 1, hasBias: true))),
    ("transposed conv, uneven", .transposedConvolution(
      TransposedConvolution(
        stride: Pair(2, 3), padding: Padding(top: 1, left: 0, bottom: 1, right: 0),
        outputPadding: Pair(1, 2), dilation: Pair(1, 1), groups: 1, hasBias: false))),
    ("transposed conv, groups, dilation", .transposedConvolution(
      TransposedConvolution(
        stride: Pair(1, 1), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        outputPadding: Pair(0, 0), dilation: Pair(2, 1), groups: 2, hasBias: false))),
    ("dynamic conv", .dynamicConvolution(Convolution())),
    ("resize nearest", .resize(Resize(size: Pair(5, 7), mode: .nearest, coordinates: .asymmetric, rounding: .floor))),
    ("resize nearest-exact", .resize(Resize(size: Pair(7, 3), mode: .nearest, rounding: .preferCeil))),
    ("resize bilinear", .resize(Resize(size: Pair(5, 7), mode: .linear))),
    ("resize aligned corners", .resize(Resize(size: Pair(5, 7), mode: .linear, coordinates: .alignCorners))),
    ("resize bicubic", .resize(Resize(size: Pair(4, 6), mode: .cubic))),
    ("local response norm", .localResponse(LocalResponse(size: 5, alpha: 0.5, beta: 0.75, bias: 2))),
    ("depth to space", .depthToSpace(DepthBlocks(block: 2, order: .crd))),
    ("space to depth", .spaceToDepth(DepthBlocks(block: 2, order: .crd))),
    ("prelu", .binary(.prelu, then: nil)),
  ])
