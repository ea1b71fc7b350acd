// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Pools on literal operands, with PyTorch's results.
let poolGoldens: [GoldenCase] = [
  GoldenCase(
    "max pool of resnet",
    .maxPool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: false, countIncludesPadding: false)),
    operands: [
    Tensor(
    [1, 2, 6, 6],
    floats: [
      1.875, -1.125, -1.375, 1.25, 0.125, -0.5, 0.125, 1.375, -1.375, 1.75, 0.375, -0.25, -1.5,
      0.875, 0.125, 0.5, -1.375, -1.25, -0.25, 2, 0.375, 0.625, 1.75, 0.25, -1.625, -2, -1, 0.75,
      1, -1.375, 1, -1.125, 1, 1.75, -1.375, 0.25, 0.125, -0.875, 0.5, -1.875, 0.375, -0.125,
      0.125, -0.625, -0.625, -0.875, 1.625, 1.125, 0.375, -0.375, -1, -1, -0.5, -2, 0.75, -0.625,
      1.75, 1.125, -0.875, 0.625, 1.125, -2, 1.125, 0.5, 0.875, 1.375, 1.25, 0.75, -1.375, -0.25,
      -1.375, -1.375,
    ]),
    ],
    expected: Tensor(
    [1, 2, 3, 3],
    floats: [
      1.875, 1.75, 1.75, 2, 2, 1.75, 2, 2, 1.75, 0.125, 0.5, 1.625, 0.75, 1.75, 1.625, 1.25, 1.75,
      1.375,
    ])),
  GoldenCase(
    "max pool ceil",
    .maxPool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 0, left: 0, bottom: 0, right: 0),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: false)),
    operands: [
    Tensor(
    [1, 1, 6, 6],
    floats: [
      0.125, 0.5, -1.25, -1.5, -2, 1, 2, 0.75, 1, 0.75, 0.375, -1.625, 1.125, 1, -0.25, 1.625,
      -1.625, -0.25, -1.125, 1.875, 1.375, -1.5, 0.75, 0.25, -0.75, 1.5, 0.125, 0.625, -2, 1.875,
      -1.875, 0.25, 2, -1.5, 0, 0.875,
    ]),
    ],
    expected: Tensor(
    [1, 1, 3, 3],
    floats: [
      2, 1.625, 1, 1.875, 1.625, 1.875, 2, 2, 1.875,
    ])),
  GoldenCase(
    "max pool ceil padding",
    .maxPool(
      Pooling(
        kernel: Pair(2, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: false)),
    operands: [
    Tensor(
    [1, 1, 5, 6],
    floats: [
      1.25, 0.25, -2, -0.375, -1.5, 1.25, 1.5, -0.875, -1.625, 0.125, -0.125, 2, -1.25, 1.5,
      -1.875, -1.25, -0.625, -1.125, -0.75, 0, -2, -1.875, -1.5, -1.5, -1.125, 0.75, 0.5, -0.375,
      -0.125, -0.875,
    ]),
    ],
    expected: Tensor(
    [1, 1, 3, 4],
    floats: [
      1.25, 0.25, 1.25, 1.25, 1.5, 1.5, 2, 2, 0.75, 0.75, -0.125, -0.875,
    ])),
  GoldenCase(
    "max pool dilation",
    .maxPool(
      Pooling(
        kernel: Pair(2, 3), stride: Pair(1, 2), padding: Padding(top: 0, left: 1, bottom: 0, right: 1),
        dilation: Pair(2, 2), ceilMode: false, countIncludesPadding: false)),
    operands: [
    Tensor(
    [1, 1, 6, 7],
    floats: [
      1, 0.5, -0.25, -1, -1.875, -0.375, -0.375, -1.125, 0.875, -0.875, -1.25, 0.875, -0.875,
      -1.375, 0, -0.125, 1.375, 1.875, 0.625, -1.625, -1.25, -1.875, -0.375, 0, 0.75, 0.875, 1,
      -2, -1, 0.875, -0.25, -1, 1.375, -0.25, 0.625, -1.25, -0.125, 1.375, -0.75, -0.75, -1.25,
      -0.625,
    ]),
    ],
    expected: Tensor(
    [1, 1, 4, 3],
    floats: [
      1.875, 1.875, 1.875, 0.875, 1, 1, 1.875, 1.875, 1.875, 0.75, 1, 1,
    ])),
  GoldenCase(
    "average pool ceil False include False",
    .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: false, countIncludesPadding: false)),
    operands: [
    Tensor(
    [1, 1, 6, 7],
    floats: [
      -0.5, 1.125, 0.625, -0.75, -0.5, 1.25, -0.375, 1.875, -1.25, 0.375, -0.5, 1.875, -0.375,
      -1.25, -0.25, -1.875, 0.25, -1.625, 1.125, -1.125, -1.375, -1.625, 1, 1, -1, -0.125, -1.5,
      0.5, 1.625, 1.75, -1.125, -1, 0.875, -0.375, -0.875, -0.5, -0.375, 0, 0.875, -0.625, -1.875,
      -2,
    ]),
    ],
    expected: Tensor(
    [1, 1, 3, 4],
    floats: [
      0.3125, -0.0625, 0.166666672, -0.1875, -0.354166657, -0.402777791, -0.361111104,
      -0.854166687, 0.3125, 0.125, -0.527777791, -1.02083337,
    ])),
  GoldenCase(
    "average pool ceil False include True",
    .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: false, countIncludesPadding: true)),
    operands: [
    Tensor(
    [1, 1, 6, 7],
    floats: [
      -0.125, 1.375, -2, -0.625, 0.25, 0, 0.75, 0, 1.125, -1.875, -2, 1.375, 1.125, -1.375, 0,
      0.75, -2, -1.625, -0.5, -0.75, -0.125, 0.375, 0.375, 0.875, 0.875, -1, 0.375, 0, -0.25,
      1.125, -1.25, -1.625, 1.25, -1.75, 0.375, -0.5, -1.625, -1.625, -0.25, -0.375, -1, -2,
    ]),
    ],
    expected: Tensor(
    [1, 1, 3, 4],
    floats: [
      0.263888896, -0.444444448, 0.013888889, 0.055555556, 0.291666657, -0.388888896,
      -0.236111104, -0.0833333358, -0.055555556, -0.347222209, -0.388888896, -0.444444448,
    ])),
  GoldenCase(
    "average pool ceil True include False",
    .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: false)),
    operands: [
    Tensor(
    [1, 1, 6, 7],
    floats: [
      1.75, -1.5, 1, -0.375, -1.75, 1, -0.25, -1.25, -1.5, -0.125, 1.875, 1.625, -0.875, -0.125,
      1.25, -0.125, 0.125, 0.875, 0.5, 1.625, 0.375, 0.75, 0.5, 0.5, 1.375, 0.5, 0.375, -2, -0.5,
      -1.125, -1.375, 1.5, -0.375, 1.375, 1.75, 0.5, -1.125, -1.125, 0.125, -0.375, 1, -1,
    ]),
    ],
    expected: Tensor(
    [1, 1, 4, 4],
    floats: [
      -0.625, -0.104166664, 0.25, -0.0625, -0.0625, 0.388888896, 0.875, -0.104166664,
      -0.166666672, -0.0833333358, 0.611111104, 0.25, -0.3125, -0.708333313, 0.25, 0,
    ])),
  GoldenCase(
    "average pool ceil True include True",
    .averagePool(
      Pooling(
        kernel: Pair(3, 3), stride: Pair(2, 2), padding: Padding(top: 1, left: 1, bottom: 1, right: 1),
        dilation: Pair(1, 1), ceilMode: true, countIncludesPadding: true)),
    operands: [
    Tensor(
    [1, 1, 6, 7],
    floats: [
      -0.5, -1.875, 1.125, -1, -0.375, 1.25, 0.375, -1.25, 0.125, 1.125, 1, -1.375, 0.125, -1.75,
      0.75, -0.375, 1.625, 0.5, 0.25, -1.5, -0.625, -0.125, -2, 1.5, -0.75, -0.125, -0.875, -0.75,
      -0.75, -0.875, -0.5, 1, -1, 0.5, -0.75, 0.375, -1.125, -0.25, -0.5, 0.5, -0.125, 0.75,
    ]),
    ],
    expected: Tensor(
    [1, 1, 4, 4],
    floats: [
      -0.388888896, 0.055555556, -0.0416666679, 0, -0.319444448, 0.305555552, -0.305555552,
      -0.597222209, -0.5, -0.388888896, -0.152777776, -0.138888896, -0.125, -0.3125, -0.020833334,
      0.104166664,
    ])),
]
