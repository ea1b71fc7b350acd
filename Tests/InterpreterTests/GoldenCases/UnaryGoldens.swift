// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Functions of one element, whose operands and results are in `Goldens/unary.txt`.
let unaryGoldens = GoldenCase.family(
  "unary",
  [
    ("relu", .unary(.relu)),
    ("clip(low: -1, high: 2.5)", .unary(.clip(low: -1, high: 2.5))),
    ("sigmoid", .unary(.sigmoid)),
    ("tanh", .unary(.tanh)),
    ("leakyRelu(slope: 0.125)", .unary(.leakyRelu(slope: 0.125))),
    ("hardSigmoid(alpha: 0.2, beta: 0.5)", .unary(.hardSigmoid(alpha: 0.2, beta: 0.5))),
    ("hardSwish", .unary(.hardSwish)),
    ("silu", .unary(.silu)),
    ("exp", .unary(.exp)),
    ("negate", .unary(.negate)),
    ("absolute", .unary(.absolute)),
    ("floor", .unary(.floor)),
    ("ceil", .unary(.ceil)),
    ("erf", .unary(.erf)),
    ("elu(alpha: 0.75)", .unary(.elu(alpha: 0.75))),
    ("softplus", .unary(.softplus)),
    ("mish", .unary(.mish)),
    ("gelu", .unary(.gelu)),
    ("geluTanh", .unary(.geluTanh)),
    ("sin", .unary(.sin)),
    ("cos", .unary(.cos)),
    ("tan", .unary(.tan)),
    ("atan", .unary(.atan)),
    ("sinh", .unary(.sinh)),
    ("cosh", .unary(.cosh)),
    ("asinh", .unary(.asinh)),
    ("round", .unary(.round)),
    ("log", .unary(.log)),
    ("sqrt", .unary(.sqrt)),
    ("reciprocal", .unary(.reciprocal)),
    ("acosh", .unary(.acosh)),
    ("asin", .unary(.asin)),
    ("acos", .unary(.acos)),
    ("atanh", .unary(.atanh)),
  ])
