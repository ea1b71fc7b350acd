"""Writes models of operators that become formulas of several operations, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_operators.py.
"""

import numpy as np
from onnx import TensorProto

from make_operators import Model
from make_torch import pattern


def activations(model):
    for alpha in (1.0, -0.5):
        model.case("Elu", "x", alpha=alpha)
    model.case("Selu", "x")
    model.case("Selu", "x", alpha=2.0, gamma=3.0)
    model.case("Sign", "x")
    large = model.op("Mul", "x", model.constant(200, np.float32))
    model.case("Softplus", large)
    model.case("Mean", "x", "x", model.constant(pattern([8])))
    if model.opset >= 18:
        model.case("Mish", large)
    if model.opset >= 20:
        model.case("Gelu", "x")
        model.case("Gelu", large, approximate="tanh")


def statistics(model):
    ones = [model.constant(pattern([4]) + 1.5), model.constant(pattern([4]))]
    model.case("InstanceNormalization", "x", *ones, epsilon=1e-3)
    model.case("InstanceNormalization", "s", *ones)
    model.case("LpNormalization", "x", axis=1, p=1)
    model.case("LpNormalization", "m", axis=-1, p=2)
    model.case("ReduceL2", "x", axes=[1, 3], keepdims=0)
    channel = model.op("ReduceMax", "x", axes=[0, 2, 3], keepdims=0)
    model.case("BatchNormalization", "x", channel, *ones, model.op("Exp", channel))
    if model.opset >= 17:
        scale = model.constant(pattern([9, 8]))
        model.case("LayerNormalization", "x", scale, axis=2)
        model.case("LayerNormalization", "m", model.constant(pattern([5])), model.constant(pattern([5])))


def groups(model):
    per_channel = [model.constant(pattern([4]) + 1.5), model.constant(pattern([4]))]
    model.case("GroupNormalization", "x", *per_channel, num_groups=2, epsilon=1e-3)
    model.case("GroupNormalization", "v", *per_channel, num_groups=4)


def volumes(model):
    w = model.constant(pattern([6, 2, 3, 2, 3]))
    b = model.constant(pattern([6]))
    model.case("Conv", "v", w, b, group=2, pads=[1, 0, 2, 2, 1, 0], strides=[2, 1, 2], dilations=[2, 1, 1])
    model.case("Conv", "v", model.constant(pattern([3, 4, 1, 1, 1])), strides=[3, 2, 1])
    model.case("Conv", "v", w, group=2, auto_pad="SAME_UPPER")
    w = model.constant(pattern([4, 3, 3, 2, 3]))
    b = model.constant(pattern([6]))
    model.case(
        "ConvTranspose", "v", w, b, group=2, pads=[1, 0, 2, 2, 1, 0], strides=[3, 1, 2],
        dilations=[2, 1, 1], output_padding=[1, 0, 1])
    model.case("ConvTranspose", "v", w, group=2, strides=[2, 2, 2])
    model.case("MaxPool", "v", kernel_shape=[2, 3, 2], strides=[2, 1, 2], pads=[1, 1, 0, 0, 1, 1])
    model.case("MaxPool", "v", kernel_shape=[2, 2, 2], strides=[3, 3, 3], ceil_mode=1)
    for counts in (0, 1):
        model.case(
            "AveragePool", "v", kernel_shape=[3, 3, 2], strides=[2, 1, 2], pads=[1, 1, 0, 1, 1, 1],
            count_include_pad=counts)
    model.case("GlobalAveragePool", "v")
    model.case("GlobalMaxPool", "v")


def repetition(model):
    model.case("Tile", "x", model.ints(1, 2, 1, 3))
    model.case("Tile", "m", model.ints(2, 1))
    model.case("Gemm", "m", model.op("Transpose", "m"), model.constant(pattern([4])), alpha=2.0, beta=0.5)
    model.case("Gemm", "m", "m", transB=1)
    model.case("Range", *[model.constant(v, np.float32) for v in (1, -2.5, -0.75)])
    if model.opset >= 19:
        model.case("Pad", "x", model.ints(0, 0, 3, 1, 0, 2, 5, 0), mode="wrap")


def computed(model):
    """Weights, masks and places that depend on the input."""
    largest = model.op("ReduceMax", "x", keepdims=0)
    for groups, kernel in ((1, [4, 3, 3, 2]), (2, [4, 2, 2, 3])):
        w = model.op("Mul", model.constant(pattern(kernel)), largest)
        b = model.constant(pattern([kernel[1] * groups]))
        model.case("ConvTranspose", "x", w, b, group=groups, strides=[2, 3], dilations=[1, 2], pads=[1, 0, 2, 1])
        model.case("ConvTranspose", "x", w, group=groups, strides=[3, 1], output_padding=[1, 0], pads=[0, 2, 0, 0])
    w = model.op("Mul", model.constant(pattern([4, 3, 2, 2, 3])), largest)
    model.case("ConvTranspose", "v", w, strides=[2, 1, 2])
    regions = model.constant(np.float32([0, 0, -0.2, 0.31, 1, 1, 0.7, 1.1]))
    for mode in ("linear", "nearest", "cubic"):
        model.case(
            "Resize", "x", regions, "", model.ints(1, 4, 7, 5), mode=mode, extrapolation_value=2.5,
            coordinate_transformation_mode="tf_crop_and_resize")
    values, places = model.op("TopK", "x", model.ints(3), outputs=2, axis=3, largest=0)
    model.output(values)
    model.output(places, TensorProto.INT64)
    model.output(model.op("ArgMax", "x", axis=1, select_last_index=1), TensorProto.INT64)
    model.output(model.op("ArgMin", "m", axis=0, keepdims=0), TensorProto.INT64)
    zero = model.constant(0, np.float32)
    positive = model.op("Greater", "x", zero)
    small = model.op("LessOrEqual", "x", model.constant(pattern([9, 1])))
    model.output(positive, TensorProto.BOOL)
    model.case("Where", model.op("And", positive, small), "x", zero)
    model.case("Where", model.op("Not", model.op("Or", positive, small)), "x", zero)
    model.case("GatherElements", "m", model.op("ArgMax", "m", axis=1), axis=1)


def main():
    inputs = {"x": [1, 4, 9, 8], "s": [2, 4, 7], "m": [4, 5], "v": [2, 4, 5, 6, 7]}
    for name, build, opsets in (
        ("activations", activations, (9, 13, 18, 21)), ("statistics", statistics, (9, 17)),
        ("groups", groups, (21,)), ("volumes", volumes, (11,)), ("repetition", repetition, (11, 19)),
        ("computed", computed, (13, 18))):
        for opset in opsets:
            model = Model(opset, inputs)
            build(model)
            model.save(f"{name}_opset{opset}")


if __name__ == "__main__":
    main()
