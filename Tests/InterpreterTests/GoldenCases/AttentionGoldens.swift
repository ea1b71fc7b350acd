// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Attention, whose operands and results are in `Goldens/attention.txt`.
let attentionGoldens = GoldenCase.family(
  "attention",
  [
    ("attention", .attention(Attention(scale: 0.5))),
    ("attention, heads and a scale", .attention(Attention(scale: 0.75))),
    ("attention, causal", .attention(Attention(scale: 0.707106781, isCausal: true))),
    ("attention with a mask", .attention(Attention(scale: 0.5, hasMask: true))),
    ("attention, keys left out", .attention(Attention(scale: 0.5, hasMask: true))),
  ])
