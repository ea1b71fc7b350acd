// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Convolutions, whose operands and results are in `Goldens/convolution.txt`.
let convolutionGoldens = GoldenCase.family(
  "convolution",
  [
    ("conv plain", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), groups: 1, hasBias: false))),
    ("conv bias, odd sizes, two images", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), groups: 1, hasBias: true))),
    ("conv stride 2, padding 1", .convolution(
      Convolution(
        stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), groups: 1, hasBias: false))),
    ("conv uneven strides", .convolution(
      Convolution(
        stride: Pair(3, 2), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), groups: 1, hasBias: false))),
    ("conv uneven padding", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 0, left: 1, bottom: 2, right: 3),
        dilation: Pair(1, 1), groups: 1, hasBias: false))),
    ("conv dilation", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(3, 2), groups: 1, hasBias: false))),
    ("conv groups", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), groups: 2, hasBias: true))),
    ("conv depthwise", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), groups: 3, hasBias: false))),
    ("conv 1×1 stride 2", .convolution(
      Convolution(
        stride: Pair(2, 2), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), groups: 1, hasBias: false))),
    ("conv of one pixel", .convolution(
      Convolution(
        stride: Pair(1, 1), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), groups: 1, hasBias: false))),
  ])
