"""Writes models with quantised values that are computed when they run, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
from onnx import TensorProto

from make_operators import Model
from make_torch import pattern


class Quantised(Model):
    def number(self, value, dtype=np.float32):
        return self.constant(value, dtype)

    def floats(self, name):
        self.case("Cast", name, to=TensorProto.FLOAT)


def elements(opset):
    """Every type, along axes and in blocks; ties, and numbers outside of the range."""
    model = Quantised(opset, {"x": [2, 3, 4]})
    wide = model.op("Mul", "x", model.number(60))
    halves = model.op("Floor", wide)
    types = [np.uint8, np.int8] + ([np.uint16, np.int16] if opset >= 21 else [])
    for dtype in types:
        for zero in (0, 3):
            for scale, x in ((0.25, wide), (2.0, halves)):
                q = model.op("QuantizeLinear", x, model.number(scale), model.number(zero, dtype))
                model.floats(q)
                model.case("DequantizeLinear", q, model.number(0.5), model.number(zero, dtype))
    model.floats(model.op("QuantizeLinear", wide, model.number(0.5)))
    scales, zeros = model.number([0.5, 0.25, 2]), model.number([1, -2, 3], np.int8)
    for axis, scale, zero in ((1, scales, zeros), (-2, scales, zeros),
                              (2, model.number([1, 0.5, 0.125, 4]), model.number([0, 0, 5, -7], np.int8))):
        q = model.op("QuantizeLinear", wide, scale, zero, axis=axis)
        model.floats(q)
        # Moved before it is taken as floats again; another axis has the scales then.
        if axis != 2:
            moved = model.op("Transpose", q, perm=[1, 0, 2])
            model.case("DequantizeLinear", moved, scale, zero, axis=0)
        model.case("DequantizeLinear", q, scale, zero, axis=axis)
    if opset >= 21:
        blocks, zero = model.number(np.abs(pattern([2, 3, 2])) + 0.25), model.number(np.full([2, 3, 2], 3), np.uint8)
        # The same scales once more, from the data; and blocks that the axis does not divide into.
        third = model.op("Add", model.op("Abs", model.op("Slice", "x", model.ints(0), model.ints(2), model.ints(1))),
                         model.number(0.25))
        for scale, point, axis, size in ((blocks, zero, 2, 2), (model.op("Identity", model.op("Abs", third)), "", 1, 2)):
            q = model.op("QuantizeLinear", wide, scale, point, axis=axis, block_size=size)
            model.floats(q)
            model.case("DequantizeLinear", q, scale, point, axis=axis, block_size=size)
    else:
        nothing = model.op("Mul", "x", model.number(0))
        for x in (wide, model.op("Relu", wide), nothing):
            y, scale, zero = model.op("DynamicQuantizeLinear", x, outputs=3)
            model.floats(y)
            # The scale of zeros is 0 in the standard, and 1 in ONNX Runtime.
            if x != nothing:
                model.output(scale)
            model.floats(zero)
            model.case("DequantizeLinear", y, scale, zero)
    model.save(f"quantised_elements_opset{opset}")


def network():
    """A residual block as ONNX Runtime's quantiser writes it: weights of 8 bits by channel, biases of 32, pooled bytes."""
    model = Quantised(17, {"x": [1, 4, 9, 8]})

    def through(x, scale, zero):
        scale, zero = model.number(scale), model.number(zero, np.uint8)
        return model.op("DequantizeLinear", model.op("QuantizeLinear", x, scale, zero), scale, zero)

    def convolution(x, outputs, inputs, size):
        weight = np.round(pattern([outputs, inputs, size, size]) * 100).astype(np.int8)
        scales = np.abs(pattern([outputs])) / 100 + np.float32(1e-3)
        w = model.op("DequantizeLinear", model.constant(weight), model.constant(scales),
                     model.constant(np.zeros(outputs, np.int8)), axis=0)
        b = model.op("DequantizeLinear", model.constant(np.round(pattern([outputs]) * 3000).astype(np.int32)),
                     model.constant(scales * np.float32(1 / 64)), axis=0)
        return model.op("Conv", x, w, b, pads=[size // 2] * 4)

    x = through("x", 1 / 64, 128)
    a = through(model.op("Relu", convolution(x, 8, 4, 3)), 1 / 32, 0)
    b = through(convolution(a, 8, 8, 3), 1 / 16, 120)
    shortcut = through(convolution(x, 8, 4, 1), 1 / 16, 130)
    scale, zero = model.number(1 / 16), model.number(7, np.uint8)
    q = model.op("QuantizeLinear", model.op("Add", b, shortcut), scale, zero)
    pooled = model.op("MaxPool", q, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    y = model.op("DequantizeLinear", pooled, scale, zero)
    model.output(through(model.op("GlobalAveragePool", y), 1 / 16, 7))
    model.output(y)
    model.save("quantised_block_opset17")


if __name__ == "__main__":
    elements(17)
    elements(21)
    network()
