// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Movements, whose operands and results are in `Goldens/movement.txt`.
let movementGoldens = GoldenCase.family(
  "movement",
  [
    ("transpose", .transpose([2, 0, 1])),
    ("broadcast", .broadcast([2, 2, 3, 4])),
    ("slice", .slice([SliceRange(start: 1, end: 2), SliceRange(start: 2, end: -1, step: -2), SliceRange(start: 0, end: 4, step: 3)])),
    ("concat", .concatenate(axis: 1)),
    ("pad constant", .pad(PadAmounts(before: [0, 0, 1, 2], after: [0, 0, 2, 3], mode: .constant, value: 1.5))),
    ("pad reflect", .pad(PadAmounts(before: [0, 0, 1, 2], after: [0, 0, 2, 3], mode: .reflect, value: 0))),
    ("pad edge", .pad(PadAmounts(before: [0, 0, 1, 2], after: [0, 0, 2, 3], mode: .edge, value: 0))),
    ("strided shortcut", .stridedShortcut(StridedShortcut(stride: Pair(2), channelsBefore: 1, channelsAfter: 2))),
  ])
