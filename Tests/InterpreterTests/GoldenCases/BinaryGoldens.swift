// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Functions of two elements, whose operands and results are in `Goldens/binary.txt`.
let binaryGoldens = GoldenCase.family(
  "binary",
  [
    ("add", .binary(.add, then: nil)),
    ("subtract", .binary(.subtract, then: nil)),
    ("multiply", .binary(.multiply, then: nil)),
    ("minimum", .binary(.minimum, then: nil)),
    ("maximum", .binary(.maximum, then: nil)),
    ("remainder", .binary(.remainder, then: nil)),
    ("divide", .binary(.divide, then: nil)),
    ("power", .binary(.power, then: nil)),
    ("add then relu", .binary(.add, then: .relu)),
  ])
