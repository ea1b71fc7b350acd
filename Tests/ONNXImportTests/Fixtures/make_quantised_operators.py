"""Writes models with operators on integers of 8 bits, and ONNX Runtime's outputs.

Scales are powers of two, and weights small enough not to saturate on CPUs without VNNI, so that there is one right
result. Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

from make_operators import Model
from make_torch import FOLDER, pattern, write_golden

MICROSOFT = "com.microsoft"


class Quantised(Model):
    def scaled(self, x, scale, zero, dtype=np.uint8):
        """A value of 8 bits with its scale and zero point, as three operands."""
        scale, zero = self.constant(scale, np.float32), self.constant(zero, dtype)
        return [self.op("QuantizeLinear", x, scale, zero), scale, zero]

    def weight(self, shape, scale, zero=0, dtype=np.int8, largest=60):
        values = np.round(pattern(shape) * largest) + (128 if dtype == np.uint8 else 0)
        return [self.constant(values.astype(dtype)), self.constant(scale, np.float32), self.constant(zero, dtype)]

    def result(self, scale, zero, dtype=np.uint8):
        return [self.constant(scale, np.float32), self.constant(zero, dtype)]

    def floats(self, kind, *operands, domain=None, **attributes):
        self.case("Cast", self.op(kind, *operands, domain=domain, **attributes), to=TensorProto.FLOAT)

    def save(self, name):
        graph = helper.make_graph(self.nodes, "cases", self.inputs, self.outputs, initializer=self.initializers)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset), helper.make_opsetid(MICROSOFT, 1)])
        model.ir_version = 9
        onnx.save(model, FOLDER / f"{name}.onnx")
        write_golden(name, 1)


def standard():
    model = Quantised(13, {"x": [1, 4, 7, 6], "s": [1, 4, 9], "m": [5, 24]})
    x, s, m = model.scaled("x", 1 / 64, 70), model.scaled("s", 1 / 64, 0), model.scaled("m", 1 / 128, 128)
    scales = [2.0 ** -e for e in (7, 8, 6)]
    bias = model.constant([100, -300, 7], np.int32)
    to = model.result(1 / 16, 100)
    # Weights and scales by channel, zero points of weights, one axis, groups.
    model.floats("QLinearConv", *x, *model.weight([3, 4, 3, 2], scales, [0, 0, 0]), *to, bias, pads=[1, 0, 1, 1])
    model.floats("QLinearConv", *x, *model.weight([3, 4, 1, 1], [1 / 128]), *to, auto_pad="SAME_UPPER", strides=[2, 2])
    model.floats("QLinearConv", *x, *model.weight([4, 2, 3, 3], 1 / 128, 120, np.uint8), *to, group=2)
    model.floats("QLinearConv", *s, *model.weight([2, 4, 3], 1 / 128), *to, pads=[1, 1])
    model.floats("QLinearMatMul", *m, *model.weight([24, 3], 1 / 128), *to)
    model.floats("QLinearMatMul", *m, *model.weight([24, 3], scales, [1, -2, 3]), *to)
    model.floats("ConvInteger", x[0], model.weight([3, 4, 3, 3], 1)[0], x[2], pads=[1, 1, 1, 1], strides=[2, 1])
    model.floats("ConvInteger", x[0], model.weight([4, 1, 3, 3], 1, 0, np.uint8)[0], x[2],
                 model.constant(100, np.uint8), group=4)
    w = model.weight([24, 3], 1, 0, np.uint8)[0]
    model.floats("MatMulInteger", m[0], w)
    model.floats("MatMulInteger", m[0], w, m[2], model.constant([100, 128, 131], np.uint8))
    product = model.op("MatMulInteger", m[0], w, m[2], model.constant(128, np.uint8))
    # Read as integers too, and floats that are scaled, as dynamically quantised networks do.
    model.floats("Add", product, model.constant([1, -2, 3], np.int32))
    y, scale, zero = model.op("DynamicQuantizeLinear", "m", outputs=3)
    sums = model.op("Cast", model.op("MatMulInteger", y, w, zero, model.constant(128, np.uint8)), to=TensorProto.FLOAT)
    model.case("Mul", sums, model.op("Mul", scale, model.constant(1 / 128, np.float32)))
    model.save("quantised_operators_opset13")


def large():
    """Sums beyond 2 to the 24, which are exact before they become floats."""
    model = Quantised(17, {"m": [2, 600]})
    m = model.scaled("m", 1 / 256, 0)
    weight = np.where(np.arange(600 * 2).reshape(600, 2) % 5 == 0, 3, 255).astype(np.uint8)
    model.floats("MatMulInteger", m[0], model.constant(weight))
    model.save("quantised_sums_opset17")


def microsoft():
    model = Quantised(17, {"x": [1, 4, 8, 8], "m": [5, 24]})
    a, b = model.scaled("x", 1 / 64, 70), model.scaled("x", 1 / 32, 128)
    signed = model.scaled("x", 1 / 64, -3, np.int8)
    row = model.weight([4, 1, 1], 1 / 64, 5, np.uint8, 100)
    to = model.result(1 / 16, 100)

    def case(kind, *operands, **attributes):
        model.floats(kind, *operands, domain=MICROSOFT, **attributes)

    case("QLinearAdd", *a, *b, *to)
    case("QLinearAdd", *a, *row, *to)
    case("QLinearAdd", *signed, *signed, *model.result(1 / 32, 4, np.int8))
    case("QLinearMul", *a, *row, *to)
    case("QLinearAveragePool", *a, *to, kernel_shape=[2, 2], strides=[2, 2])
    case("QLinearAveragePool", *a, *to, kernel_shape=[4, 4], pads=[1, 1, 1, 1], count_include_pad=1, strides=[3, 3])
    case("QLinearGlobalAveragePool", *a, *to, channels_last=0)
    case("QLinearConcat", *to, *a, *b, axis=1)
    case("QLinearLeakyRelu", *a, *to, alpha=0.25)
    case("QLinearSigmoid", *a, *model.result(1 / 256, 0))
    case("QLinearSoftmax", *a, *model.result(1 / 256, 0), axis=1, opset=13)
    case("QLinearSoftmax", *a, *model.result(1 / 256, 0), axis=2, opset=12)
    m = model.scaled("m", 1 / 128, 128)
    bias = model.constant([1000, -2000, 300], np.int32)
    case("QGemm", *m, *model.weight([24, 3], 1 / 128), bias, *to)
    case("QGemm", *m, *model.weight([3, 24], [1 / 128, 1 / 64, 1 / 256], [0, 0, 0]), bias, *to, transB=1, alpha=0.5)
    model.output(model.op("QGemm", *m, *model.weight([24, 3], 1 / 128), bias, domain=MICROSOFT))
    model.save("quantised_microsoft_opset17")


if __name__ == "__main__":
    standard()
    large()
    microsoft()
