"""Writes models with one output per operator case, as ONNX lets them be written, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from make_torch import FOLDER, pattern, write_golden


class Model:
    """A graph that grows case by case; every case is an output."""

    def __init__(self, opset, inputs):
        self.opset = opset
        self.nodes, self.initializers, self.outputs = [], [], []
        self.inputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in inputs.items()]

    def constant(self, value, dtype=None):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def ints(self, *values):
        return self.constant(values, np.int64)

    def op(self, kind, *operands, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(
            kind, operands, names, name=f"{kind}_{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def case(self, kind, *operands, **attributes):
        self.output(self.op(kind, *operands, **attributes))

    def output(self, name, element=TensorProto.FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, element, None))

    def save(self, name, batch=1):
        graph = helper.make_graph(
            self.nodes, "cases", self.inputs, self.outputs, initializer=self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = min(model.ir_version, 9)
        onnx.save(model, FOLDER / f"{name}.onnx")
        write_golden(name, batch)


def windows(model):
    """Convolutions and pools."""
    w = model.constant(pattern([4, 2, 3, 2]))
    b = model.constant(pattern([4]))
    model.case("Conv", "x", w, b, group=2, pads=[1, 0, 2, 1], strides=[2, 1], dilations=[2, 1])
    for auto_pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        model.case("Conv", "x", w, group=2, strides=[2, 3], auto_pad=auto_pad, kernel_shape=[3, 2])
        model.case("MaxPool", "x", kernel_shape=[3, 2], strides=[2, 3], auto_pad=auto_pad)
    model.case("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    model.case("Conv", "s", model.constant(pattern([3, 4, 3])), pads=[0, 2], strides=[2])
    model.case("MaxPool", "s", kernel_shape=[3], strides=[2], pads=[1, 1])
    model.case("MaxPool", "x", kernel_shape=[2, 3], strides=[2, 2], pads=[1, 1, 0, 1])
    model.case("AveragePool", "x", kernel_shape=[2, 3], pads=[1, 1, 0, 1], count_include_pad=1)
    model.case("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    if model.opset >= 10:
        model.case("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 3], ceil_mode=1, dilations=[2, 2])
        model.case("AveragePool", "x", kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1)
    if model.opset >= 19:
        model.case("AveragePool", "x", kernel_shape=[2, 2], dilations=[2, 3])
    model.case("GlobalAveragePool", "x")
    model.case("GlobalMaxPool", "x")
    model.case("GlobalAveragePool", "s")
    statistics = [model.constant(pattern([4]) + shift) for shift in (0, 0.5, 0, 2)]
    model.case("BatchNormalization", "x", *statistics, epsilon=1e-3)
    model.case("BatchNormalization", "m", *[
        model.constant(pattern([5]) + shift) for shift in (0, 0.5, 0, 2)])


def elementwise(model):
    """Functions of elements, broadcasts, reductions, soft-max."""
    for kind in ("Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Abs", "Floor", "Ceil", "Erf"):
        model.case(kind, "m")
    positive = model.op("Add", "m", model.constant([1.5], np.float32))
    for kind in ("Log", "Sqrt", "Reciprocal"):
        model.case(kind, positive)
    model.case("LeakyRelu", "m", alpha=0.2)
    model.case("HardSigmoid", "m", alpha=0.4, beta=0.3)
    if model.opset >= 14:
        model.case("HardSwish", "m")
    row = model.constant(pattern([4, 1]))
    for kind in ("Add", "Sub", "Mul", "Div"):
        model.case(kind, "m", row)
    model.case("Pow", positive, model.constant(2, np.float32))
    if model.opset >= 12:
        model.case("Pow", "m", model.constant(3, np.int64))
    # Before set 8 these did not broadcast.
    for kind in ("Sum", "Min", "Max"):
        model.case(kind, "m", positive, *([] if model.opset < 8 else [row]))
        model.case(kind, "m")
    if model.opset < 11:
        model.case("Clip", "m", min=-0.25, max=0.5)
        model.case("Clip", "m", min=0.0)
    else:
        low, high = model.constant(-0.25, np.float32), model.constant(0.5, np.float32)
        model.case("Clip", "m", low, high)
        model.case("Clip", "m", "", high)
        model.case("Clip", "m", low)
        scalar = model.op("ReduceMin", "m", keepdims=0)
        model.case("Clip", "m", model.op("Mul", scalar, high), high)
    for kind, moved in (("ReduceMean", 18), ("ReduceSum", 13), ("ReduceMax", 18), ("ReduceMin", 18)):
        for axes, keep in (([-1, 1], 1), ([2], 0)):
            if model.opset < moved:
                model.case(kind, "x", axes=axes, keepdims=keep)
            else:
                model.case(kind, "x", model.ints(*axes), keepdims=keep)
        model.case(kind, "x", keepdims=0)
    for kind in ("Softmax", "LogSoftmax"):
        model.case(kind, "s")
        model.case(kind, "s", axis=1)
        model.case(kind, "m", axis=-1 if model.opset >= 11 else 1)
    model.case("LogSoftmax", model.op("Mul", "m", model.constant(400, np.float32)), axis=1)


def products(model):
    """Matrix products."""
    weight, upright = model.constant(pattern([5, 3])), model.constant(pattern([3, 5]))
    model.case("Gemm", "m", weight, model.constant(pattern([3])))
    model.case("Gemm", "m", upright, model.constant(pattern([3])), transB=1, alpha=0.5, beta=2.0)
    model.case("Gemm", "m", weight, model.constant([0.25], np.float32), alpha=2.0)
    model.case("Gemm", "m", weight, model.constant(pattern([4, 1])), beta=0.5)
    model.case("Gemm", "m", model.constant(pattern([4, 3])), model.constant(pattern([1, 3])), transA=1)
    if model.opset >= 11:
        model.case("Gemm", "m", weight)
    model.case("Gemm", "m", "m", model.constant(pattern([4])), transB=1)
    model.case("MatMul", "m", weight)
    model.case("MatMul", "s", model.constant(pattern([7, 2])))
    model.case("MatMul", model.constant(pattern([2, 4])), "s")
    model.case("MatMul", "m", model.constant(pattern([5])))
    model.case("MatMul", model.constant(pattern([4])), "s")


def movement(model):
    """Shapes and places."""
    opset = model.opset
    model.case("Reshape", "x", model.ints(0, -1, 4))
    model.case("Flatten", "x", axis=2)
    model.case("Flatten", "x", axis=0)
    model.case("Transpose", "x")
    model.case("Transpose", "x", perm=[0, 2, 3, 1])
    model.case("Concat", "m", "m", axis=-1 if opset >= 11 else 1)
    model.case("Expand", "m", model.ints(3, 1, 5)) if opset >= 8 else None
    model.case("Gather", "x", model.ints(2, 0), axis=1)
    model.case("Gather", "x", model.constant(1, np.int64), axis=2)
    if opset < 13:
        tall = model.op("Unsqueeze", "m", axes=[0, 3])
        model.case("Squeeze", tall, axes=[0])
        parts = model.op("Split", "x", outputs=2, axis=3, split=[3, 5])
    else:
        tall = model.op("Unsqueeze", "m", model.ints(0, -1))
        model.case("Squeeze", tall, model.ints(0))
        parts = model.op("Split", "x", model.ints(3, 5), outputs=2, axis=3)
    model.case("Squeeze", tall)
    model.output(tall)
    for part in parts:
        model.output(part)
    if opset >= 18:
        for part in model.op("Split", "x", outputs=2, axis=2, num_outputs=2):
            model.output(part)
    if opset < 10:
        model.case("Slice", "x", starts=[1, -6], ends=[2**63 - 1, -1], axes=[1, 3])
    else:
        model.case("Slice", "x", model.ints(1, -6), model.ints(2**63 - 1, -1), model.ints(1, 3))
        model.case("Slice", "x", model.ints(-1, 7), model.ints(-2**63, 1), model.ints(1, -1), model.ints(-1, -2))
        model.case("Slice", "m", model.ints(0), model.ints(9), model.ints(1), model.ints(2**40))
    pads = [0, 1, 0, 2, 0, 0, 1, 1]
    for mode in ("constant", "reflect", "edge"):
        if opset < 11:
            model.case("Pad", "x", pads=pads, mode=mode, value=0.5)
        else:
            model.case("Pad", "x", model.ints(*pads), model.constant(0.5, np.float32), mode=mode)
    if opset >= 11:
        model.case("Pad", "x", model.ints(0, 0, -1, 2, 0, 0, 0, -3))
    if opset >= 18:
        model.case("Pad", "x", model.ints(1, 2, 0, 1), "", model.ints(-1, 1))


def shapes(model):
    """Arithmetic on shapes that must be known when the model is read."""
    shape = model.op("Shape", "x")
    batch = model.op("Gather", shape, model.constant(0, np.int64))
    channels = model.op("Gather", shape, model.constant(1, np.int64))
    if model.opset >= 13:
        unsqueeze = lambda value: model.op("Unsqueeze", value, model.ints(0))
    else:
        unsqueeze = lambda value: model.op("Unsqueeze", value, axes=[0])
    half = model.op("Div", channels, model.constant(2, np.int64))
    half = model.op("Cast", model.op("Floor", model.op("Cast", half, to=1)), to=7)
    target = model.op("Concat", unsqueeze(batch), unsqueeze(half), model.ints(-1), axis=0)
    model.case("Reshape", "x", target)
    ones = model.op(
        "ConstantOfShape", shape, value=helper.make_tensor("value", TensorProto.FLOAT, [1], [0.5]))
    model.case("Add", ones, "x")
    product = model.op("ReduceProd", shape, keepdims=1)
    model.case("Reshape", "x", product)
    same = model.op("Equal", shape, model.ints(0, 4, 0, 8))
    model.case("Reshape", "x", model.op("Where", same, shape, model.ints(-1, 0, 1, 0)))
    model.case("Mul", model.op("Cast", model.op("Size", "x"), to=1), "m")
    if model.opset >= 11:
        indices = model.op("Range", *[model.constant(v, np.int64) for v in (3, -1, -2)])
        model.case("Gather", "x", indices, axis=1)
    if model.opset >= 15:
        model.case("Reshape", "x", model.op("Concat", model.op("Shape", "x", start=1, end=-1), model.ints(-1), axis=0))


def keras(name, auto_pad):
    """A residual classifier as tf2onnx writes it: channels last outside, explicit pads, MatMul and Add."""
    model = Model(13, {"input_1:0": ["unk__1", 12, 11, 3]})
    image = model.op("Transpose", "input_1:0", perm=[0, 3, 1, 2])
    if auto_pad:
        conv = model.op("Conv", image, model.constant(pattern([4, 3, 3, 3])), strides=[2, 2], auto_pad="SAME_UPPER")
    else:
        image = model.op("Pad", image, model.ints(0, 0, 1, 1, 0, 0, 1, 1))
        conv = model.op("Conv", image, model.constant(pattern([4, 3, 3, 3])), strides=[2, 2], pads=[0, 0, 1, 1])
    norm = model.op("BatchNormalization", conv, *[
        model.constant(pattern([4]) + shift) for shift in (0, 0.5, 0, 2)], epsilon=1e-3)
    conv = model.op("Conv", model.op("Relu", norm), model.constant(pattern([4, 4, 3, 3])), pads=[1, 1, 1, 1])
    total = model.op("Relu", model.op("Add", conv, norm))
    pooled = model.op("MaxPool", total, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER")
    mean = model.op("ReduceMean", model.op("Transpose", pooled, perm=[0, 2, 3, 1]), axes=[1, 2], keepdims=0)
    logits = model.op("MatMul", mean, model.constant(pattern([4, 6])))
    logits = model.op("Add", logits, model.constant(pattern([6])))
    model.output(model.op("Identity", model.op("Softmax", logits, axis=-1)))
    model.save(name, batch=2)


def types():
    """Every element type and place that a tensor's data may have."""
    model = Model(13, {"m": [4, 5]})
    values = pattern([5])
    for kind in (np.float16, np.float64):
        model.case("Add", "m", model.op("Cast", model.constant(values, kind), to=1))
    shorts = (values.view(np.uint32) >> 16).astype(np.uint16)
    model.initializers.append(helper.make_tensor("b", TensorProto.BFLOAT16, [5], shorts.tobytes(), raw=True))
    model.case("Add", "m", model.op("Cast", "b", to=1))
    for kind in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64):
        model.case("Mul", "m", model.op("Cast", model.constant([3, 1, 4, 1, 5], kind), to=1))
    model.case("Mul", "m", model.op("Cast", model.constant([True, False, True, True, False]), to=1))
    for code in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT32, TensorProto.UINT8,
                 TensorProto.INT64, TensorProto.UINT64, TensorProto.BOOL):
        name = f"typed{code}"
        model.initializers.append(helper.make_tensor(name, code, [5], [1, 0, 1, 1, 0]))
        model.case("Mul", "m", model.op("Cast", name, to=1))
    model.case("Add", "m", model.op("Constant", value_float=0.25))
    model.case("Add", "m", model.op("Constant", value_floats=[0.5, 1, 2, 3, 4]))
    model.case("Gather", "m", model.op("Constant", value_int=-1))
    model.case("Gather", "m", model.op("Constant", value_ints=[1, -2]))
    model.case("Add", "m", model.op("Constant", value=numpy_helper.from_array(values)))
    model.save("types_opset13")


def main():
    inputs = {"x": [1, 4, 9, 8], "s": [2, 4, 7], "m": [4, 5]}
    for name, build in (
        ("windows", windows), ("elementwise", elementwise), ("products", products), ("movement", movement),
        ("shapes", shapes)):
        for opset in (9, 11, 13, 18, 21):
            if (name, opset) in (("products", 21), ("products", 18), ("movement", 21), ("shapes", 21)):
                continue
            model = Model(opset, inputs)
            build(model)
            model.save(f"{name}_opset{opset}")
    keras("keras_pad_dynamic", auto_pad=False)
    keras("keras_same_dynamic", auto_pad=True)
    types()


if __name__ == "__main__":
    main()
