// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Sums over elements, and functions of them, whose operands and results are in `Goldens/sum.txt`.
let sumGoldens = GoldenCase.family(
  "sum",
  [
    ("batch norm", .batchNormalization(epsilon: 1e-5)),
    ("linear", .linear(hasBias: true, then: nil)),
    ("linear without bias", .linear(hasBias: false, then: .relu)),
    ("matmul broadcast", .matrixMultiply),
    ("softmax 0", .softmax(axis: 0)),
    ("softmax 1", .softmax(axis: 1)),
    ("softmax 2", .softmax(axis: 2)),
    ("global average pool", .globalAveragePool),
    ("reduce mean", .reduce(.mean, axes: [1, 3], keepDimensions: false)),
    ("reduce sum", .reduce(.sum, axes: [0], keepDimensions: true)),
    ("reduce max", .reduce(.maximum, axes: [2], keepDimensions: true)),
    ("reduce min", .reduce(.minimum, axes: [0, 1, 2, 3], keepDimensions: false)),
    ("reduce prod", .reduce(.product, axes: [2, 3], keepDimensions: false)),
  ])
