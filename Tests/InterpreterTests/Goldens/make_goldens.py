"""Writes what PyTorch computes for small seeded cases: for each family of operations ../GoldenCases/NAMEGoldens.swift,
the operations, and NAME.txt beside this script, their operands and results.

Run:  python make_goldens.py   (PyTorch, CPU)

A text has a line with the name of each case, a line for each operand, and one for the result: a shape, and numbers.

Operands are small multiples of 1/8, so that convolutions and sums are exact in float32 and the comparison is sharp.
"""

from contextlib import contextmanager
from pathlib import Path

import torch
import torch.nn.functional as F

FOLDER = Path(__file__).resolve().parent

torch.manual_seed(1)


def values(*shape):
    return torch.randint(-16, 17, shape).float() / 8


def line(tensor):
    """A tensor as a line: truth values are 0 and 1 behind the word `bool`."""
    kind = "bool " if tensor.dtype == torch.bool else ""
    shape = "×".join(map(str, tensor.shape)) or "scalar"
    return f"  {kind}{shape}: " + " ".join(f"{value:.9g}" for value in tensor.detach().reshape(-1).tolist())


def pair(p):
    return f"Pair({p[0]}, {p[1]})"


def case(name, operation, operands, expected):
    SWIFT.write(f"    (\"{name}\", {operation}),\n")
    DATA.write("\n".join([name] + [line(tensor) for tensor in operands + [expected]]) + "\n")


def convolution(name, x, w, bias=False, stride=(1, 1), pads=(0, 0, 0, 0), dilation=(1, 1), groups=1):
    b = values(w.shape[0]) if bias else None
    top, left, bottom, right = pads
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), w, b, stride, 0, dilation, groups)
    operation = (
        f".convolution(\n      Convolution(\n        stride: {pair(stride)},"
        f" padding: Padding(top: {top}, left: {left}, bottom: {bottom}, right: {right}),\n"
        f"        dilation: {pair(dilation)}, groups: {groups}, hasBias: {str(bias).lower()}))")
    case(name, operation, [x, w] + ([b] if bias else []), y)


def pooling(name, kind, x, kernel, stride, padding, dilation=(1, 1), ceil=False, include=False):
    if kind == "maxPool":
        y = F.max_pool2d(x, kernel, stride, padding, dilation, ceil)
    else:
        y = F.avg_pool2d(x, kernel, stride, padding, ceil, include)
    p, q = padding
    operation = (
        f".{kind}(\n      Pooling(\n        kernel: {pair(kernel)}, stride: {pair(stride)},"
        f" padding: Padding(top: {p}, left: {q}, bottom: {p}, right: {q}),\n"
        f"        dilation: {pair(dilation)}, ceilMode: {str(ceil).lower()},"
        f" countIncludesPadding: {str(include).lower()}))")
    case(name, operation, [x], y)


@contextmanager
def family(name, summary):
    """The two files that the cases inside are written to."""
    global SWIFT, DATA
    code = FOLDER.parent / "GoldenCases" / f"{name[0].upper()}{name[1:]}Goldens.swift"
    with open(code, "w") as SWIFT, open(FOLDER / f"{name}.txt", "w") as DATA:
        SWIFT.write("// Written by Goldens/make_goldens.py.\n// swift-format-ignore-file\nimport GraphIR\n\n")
        SWIFT.write(f"/// {summary}, whose operands and results are in `Goldens/{name}.txt`.\n")
        SWIFT.write(f"let {name}Goldens = GoldenCase.family(\n  \"{name}\",\n  [\n")
        yield
        SWIFT.write("  ])\n")


with family("convolution", "Convolutions"):
    convolution("conv plain", values(1, 2, 4, 5), values(3, 2, 3, 3))
    convolution("conv bias, odd sizes, two images", values(2, 1, 5, 3), values(2, 1, 2, 3), bias=True)
    convolution("conv stride 2, padding 1", values(1, 2, 5, 6), values(2, 2, 3, 3), stride=(2, 2), pads=(1, 1, 1, 1))
    convolution("conv uneven strides", values(1, 1, 7, 6), values(1, 1, 3, 2), stride=(3, 2))
    convolution("conv uneven padding", values(1, 1, 3, 4), values(2, 1, 3, 3), pads=(0, 1, 2, 3))
    convolution("conv dilation", values(1, 2, 6, 7), values(1, 2, 2, 3), dilation=(3, 2), pads=(1, 1, 1, 1))
    convolution("conv groups", values(1, 4, 3, 3), values(6, 2, 2, 2), groups=2, bias=True)
    convolution("conv depthwise", values(2, 3, 4, 4), values(3, 1, 3, 3), groups=3, pads=(1, 1, 1, 1))
    convolution("conv 1×1 stride 2", values(1, 3, 5, 5), values(5, 3, 1, 1), stride=(2, 2))
    convolution("conv of one pixel", values(1, 2, 1, 1), values(2, 2, 3, 3), pads=(1, 1, 1, 1))
with family("pool", "Pools"):
    pooling("max pool of resnet", "maxPool", values(1, 2, 6, 6), (3, 3), (2, 2), (1, 1))
    pooling("max pool ceil", "maxPool", values(1, 1, 6, 6), (3, 3), (2, 2), (0, 0), ceil=True)
    pooling("max pool ceil padding", "maxPool", values(1, 1, 5, 6), (2, 3), (2, 2), (1, 1), ceil=True)
    pooling("max pool dilation", "maxPool", values(1, 1, 6, 7), (2, 3), (1, 2), (0, 1), dilation=(2, 2))
    for ceil in (False, True):
        for include in (False, True):
            pooling(f"average pool ceil {ceil} include {include}", "averagePool", values(1, 1, 6, 7),
                    (3, 3), (2, 2), (1, 1), ceil=ceil, include=include)
with family("sum", "Sums over elements, and functions of them"):
    x = values(2, 3, 2, 2)
    s, b, m = values(3), values(3), values(3)
    v = values(3).abs() + 0.5
    case("batch norm", ".batchNormalization(epsilon: 1e-5)", [x, s, b, m, v],
         F.batch_norm(x, m, v, s, b, eps=1e-5))
    x, w, b = values(2, 3, 4), values(5, 4), values(5)
    case("linear", ".linear(hasBias: true, then: nil)", [x, w, b], F.linear(x, w, b))
    x, w = values(3, 7), values(2, 7)
    case("linear without bias", ".linear(hasBias: false, then: .relu)", [x, w], F.relu(F.linear(x, w)))
    a, b = values(2, 1, 3, 4), values(3, 4, 2)
    case("matmul broadcast", ".matrixMultiply", [a, b], a @ b)
    x = values(2, 3, 4) * 4
    for axis in range(3):
        case(f"softmax {axis}", f".softmax(axis: {axis})", [x], F.softmax(x, axis))
    x = values(2, 3, 2, 3)
    case("global average pool", ".globalAveragePool", [x], F.adaptive_avg_pool2d(x, 1))
    case("reduce mean", ".reduce(.mean, axes: [1, 3], keepDimensions: false)", [x], x.mean((1, 3)))
    case("reduce sum", ".reduce(.sum, axes: [0], keepDimensions: true)", [x], x.sum(0, keepdim=True))
    case("reduce max", ".reduce(.maximum, axes: [2], keepDimensions: true)", [x], x.amax(2, True))
    case("reduce min", ".reduce(.minimum, axes: [0, 1, 2, 3], keepDimensions: false)", [x], x.amin())
    case("reduce prod", ".reduce(.product, axes: [2, 3], keepDimensions: false)", [x], x.flatten(2).prod(2))
with family("unary", "Functions of one element"):
    x = values(13) * 3
    for name, y in [
        ("relu", F.relu(x)), ("clip(low: -1, high: 2.5)", x.clamp(-1, 2.5)),
        ("sigmoid", x.sigmoid()), ("tanh", x.tanh()), ("leakyRelu(slope: 0.125)", F.leaky_relu(x, 0.125)),
        ("hardSigmoid(alpha: 0.2, beta: 0.5)", (0.2 * x + 0.5).clamp(0, 1)), ("hardSwish", F.hardswish(x)),
        ("silu", F.silu(x)), ("exp", x.exp()), ("negate", -x), ("absolute", x.abs()),
        ("floor", x.floor()), ("ceil", x.ceil()), ("erf", x.erf()),
        ("elu(alpha: 0.75)", F.elu(x, 0.75)), ("softplus", F.softplus(x.double()).float()),
        ("mish", F.mish(x.double()).float()), ("gelu", F.gelu(x.double()).float()),
        ("geluTanh", F.gelu(x.double(), approximate="tanh").float()),
        ("sin", x.sin()), ("cos", x.cos()), ("tan", x.tan()), ("atan", x.atan()), ("sinh", x.sinh()),
        ("cosh", x.cosh()), ("asinh", x.asinh()), ("round", x.round()),
    ]:
        case(name, f".unary(.{name})", [x], y)
    x = x.abs() + 0.25
    for name, y in [("log", x.log()), ("sqrt", x.sqrt()), ("reciprocal", 1 / x)]:
        case(name, f".unary(.{name})", [x], y)
    case("acosh", ".unary(.acosh)", [x + 1], (x + 1).acosh())
    x = (x - 2) / 8
    for name, y in [("asin", x.asin()), ("acos", x.acos()), ("atanh", x.atanh())]:
        case(name, f".unary(.{name})", [x], y)
with family("binary", "Functions of two elements"):
    a, b = values(2, 1, 3), values(4, 1)
    for name, y in [("add", a + b), ("subtract", a - b), ("multiply", a * b),
                    ("minimum", torch.minimum(a, b)), ("maximum", torch.maximum(a, b))]:
        case(name, f".binary(.{name}, then: nil)", [a, b], y)
    case("remainder", ".binary(.remainder, then: nil)", [a, b.abs() + 1], torch.fmod(a, b.abs() + 1))
    case("divide", ".binary(.divide, then: nil)", [a, b.abs() + 1], a / (b.abs() + 1))
    case("power", ".binary(.power, then: nil)", [a.abs() + 0.5, b], (a.abs() + 0.5) ** b)
    case("add then relu", ".binary(.add, then: .relu)", [a, b], F.relu(a + b))
with family("movement", "Movements"):
    x = values(2, 3, 4)
    case("transpose", ".transpose([2, 0, 1])", [x], x.permute(2, 0, 1))
    case("broadcast", ".broadcast([2, 2, 3, 4])", [x], x.expand(2, 2, 3, 4))
    case("slice", ".slice([SliceRange(start: 1, end: 2), SliceRange(start: 2, end: -1, step: -2),"
         " SliceRange(start: 0, end: 4, step: 3)])", [x], x[1:2].flip(1)[:, ::2][:, :, ::3])
    case("concat", ".concatenate(axis: 1)", [x, x[:, :1]], torch.cat([x, x[:, :1]], 1))
    x = values(1, 1, 3, 4)
    for mode, name, value in [("constant", "constant", 1.5), ("reflect", "reflect", 0), ("replicate", "edge", 0)]:
        extra = {"value": value} if mode == "constant" else {}
        case(f"pad {name}", ".pad(PadAmounts(before: [0, 0, 1, 2], after: [0, 0, 2, 3],"
             f" mode: .{name}, value: {value}))", [x], F.pad(x, (2, 3, 1, 2), mode=mode, **extra))
    x = values(1, 2, 5, 4)
    case("strided shortcut",
         ".stridedShortcut(StridedShortcut(stride: Pair(2), channelsBefore: 1, channelsAfter: 2))",
         [x], F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 2)))
with family("image", "Operations on images"):
    def transposed(name, x, w, bias=False, stride=(1, 1), padding=(0, 0), output=(0, 0), dilation=(1, 1), groups=1):
        b = values(w.shape[1] * groups) if bias else None
        y = F.conv_transpose2d(x, w, b, stride, padding, output, groups, dilation)
        p, q = padding
        operation = (
            f".transposedConvolution(\n      TransposedConvolution(\n        stride: {pair(stride)},"
            f" padding: Padding(top: {p}, left: {q}, bottom: {p}, right: {q}),\n"
            f"        outputPadding: {pair(output)}, dilation: {pair(dilation)}, groups: {groups},"
            f" hasBias: {str(bias).lower()}))")
        case(name, operation, [x, w] + ([b] if bias else []), y)

    def resized(name, x, attributes, **options):
        y = F.interpolate(x.double(), **options).float()
        case(name, f".resize(Resize(size: {pair(y.shape[2:])}, {attributes}))", [x], y)

    transposed("up-convolution", values(1, 3, 2, 3), values(3, 2, 2, 2), bias=True, stride=(2, 2))
    transposed("transposed conv, uneven", values(2, 2, 3, 2), values(2, 2, 3, 2), stride=(2, 3), padding=(1, 0),
               output=(1, 2))
    transposed("transposed conv, groups, dilation", values(1, 4, 2, 2), values(4, 1, 2, 2), groups=2, dilation=(2, 1))
    x, a, w = values(2, 2, 3, 3), values(2, 4), values(4, 3, 2, 2, 2)
    mixed = torch.einsum("nm,mkcrs->nkcrs", a, w)
    case("dynamic conv", ".dynamicConvolution(Convolution())", [x, a, w],
         torch.cat([F.conv2d(x[i:i + 1], mixed[i]) for i in range(2)]))
    x = values(1, 2, 3, 4)
    resized("resize nearest", x, "mode: .nearest, coordinates: .asymmetric, rounding: .floor", size=(5, 7), mode="nearest")
    resized("resize nearest-exact", x, "mode: .nearest, rounding: .preferCeil", size=(7, 3), mode="nearest-exact")
    resized("resize bilinear", x, "mode: .linear", size=(5, 7), mode="bilinear")
    resized("resize aligned corners", x, "mode: .linear, coordinates: .alignCorners", size=(5, 7), mode="bilinear",
            align_corners=True)
    resized("resize bicubic", x, "mode: .cubic", size=(4, 6), mode="bicubic")
    x = values(1, 7, 2, 2)
    case("local response norm", ".localResponse(LocalResponse(size: 5, alpha: 0.5, beta: 0.75, bias: 2))", [x],
         F.local_response_norm(x.double(), 5, 0.5, 0.75, 2).float())
    x = values(1, 8, 2, 3)
    case("depth to space", ".depthToSpace(DepthBlocks(block: 2, order: .crd))", [x], F.pixel_shuffle(x, 2))
    x = values(1, 2, 4, 6)
    case("space to depth", ".spaceToDepth(DepthBlocks(block: 2, order: .crd))", [x], F.pixel_unshuffle(x, 2))
    x, s = values(2, 3, 2, 2), values(3)
    case("prelu", ".binary(.prelu, then: nil)", [x, s.reshape(3, 1, 1)], F.prelu(x, s))
with family("recurrent", "Recurrent layers"):
    def recurrent(name, kind, result, options="", both=False, bias=True, **attributes):
        """A layer with PyTorch's initial weights, in float64; with `both` the results of its second direction."""
        layer = getattr(torch.nn, kind)(3, 4, bidirectional=both, bias=bias, **attributes).double()
        x = values(2, 5, 3).double()
        states = [values(2 if both else 1, 2 if attributes.get("batch_first") else 5, 4).double() for _ in range(2)]
        y, last = layer(x, tuple(states) if kind == "LSTM" else states[0])
        hidden, cell = last if kind == "LSTM" else (last, None)
        expected = {"sequence": y[..., -4:], "hidden": hidden[-1], "cell": None if cell is None else cell[-1]}[result]
        suffix = "_reverse" if both else ""
        names = ["weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if bias else [])
        operands = [x] + [getattr(layer, f"{role}_l0{suffix}") for role in names] + [states[0][-1]]
        if kind == "LSTM":
            operands.append(states[1][-1])
        words = [f".{kind.lower()}"]
        if both:
            words.append("direction: .reverse")
        words.append(f"result: .{result}")
        if attributes.get("batch_first"):
            words.append("batchFirst: true")
        if options:
            words.append(options)
        words += [f"hasBias: {str(bias).lower()}", "hasInitialHidden: true"]
        if kind == "LSTM":
            words.append("hasInitialCell: true")
        case(name, f".recurrent(Recurrence({', '.join(words)}))", operands, expected)

    for kind in ("LSTM", "GRU", "RNN"):
        recurrent(f"{kind}", kind, "sequence")
        recurrent(f"{kind}, backward", kind, "sequence", both=True)
        recurrent(f"{kind}, batch first, last state", kind, "hidden", batch_first=True)
        recurrent(f"{kind}, without bias", kind, "sequence", bias=False)
    recurrent("LSTM, last cell state", "LSTM", "cell", both=True, batch_first=True)
    recurrent("RNN of rectifiers", "RNN", "hidden", "activations: [.relu]", nonlinearity="relu")
with family("attention", "Attention"):
    def attention(name, q, k, v, mask=None, scale=None, causal=False):
        """Attention in float64, rounded once."""
        doubles = [t.double() for t in (q, k, v)]
        bias = mask.double() if mask is not None and mask.dtype != torch.bool else mask
        y = F.scaled_dot_product_attention(*doubles, attn_mask=bias, scale=scale, is_causal=causal).float()
        words = f"scale: {scale or q.shape[-1] ** -0.5:.9g}"
        if causal:
            words += ", isCausal: true"
        if mask is not None:
            words += ", hasMask: true"
        case(name, f".attention(Attention({words}))", [q, k, v] + ([] if mask is None else [mask]), y)

    attention("attention", values(2, 3, 4), values(2, 5, 4), values(2, 5, 3))
    attention("attention, heads and a scale", values(2, 2, 3, 2), values(2, 2, 4, 2), values(2, 2, 4, 3), scale=0.75)
    attention("attention, causal", values(1, 4, 2), values(1, 5, 2), values(1, 5, 2), causal=True)
    attention("attention with a mask", values(2, 3, 4), values(2, 5, 4), values(2, 5, 3), mask=values(3, 5))
    attention("attention, keys left out", values(2, 3, 4), values(2, 5, 4), values(2, 5, 3),
              mask=torch.tensor([True, False, True, True, False]).expand(2, 1, 5))
