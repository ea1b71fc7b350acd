// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Pools, whose operands and results are in `Goldens/pool.txt`.
let poolGoldens = GoldenCase.family(
  "pool",
  [
    ("max pool of resnet", .maxPool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: false, countIncludesPadding: false))),
    ("max pool ceil", .maxPool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: false))),
    ("max pool ceil padding", .maxPool(
      Pooling(
        kernel: Pair(2, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: false))),
    ("max pool dilation", .maxPool(
      Pooling(
        kernel: Pair(2, 3), stride: Pair(1, 2), padding: Padding(top: 0, left: 1, bottom: 0, right: 1),
        dilation: Pair(2, 2), ceilMode: false, countIncludesPadding: false))),
    ("average pool ceil False include False", .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: false, countIncludesPadding: false))),
    ("average pool ceil False include True", .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: false, countIncludesPadding: true))),
    ("average pool ceil True include False", .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: false))),
    ("average pool ceil True include True", .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: true))),
  ])
