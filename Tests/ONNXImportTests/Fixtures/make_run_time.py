"""Writes models of operators whose operands are computed when the model runs, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
from onnx import TensorProto

from make_operators import Model
from make_torch import pattern


class Computed(Model):
    """Every case reads an input, and is given as floats."""

    def result(self, kind, *operands, **attributes):
        self.case("Cast", self.op(kind, *operands, **attributes), to=TensorProto.FLOAT)

    def cast(self, x, element):
        return self.op("Cast", x, to=element)

    def indices(self, x, extent):
        """Integers from -extent to extent - 1, from numbers between -1 and 1."""
        scaled = self.op("Mul", x, self.constant(extent - 0.01, np.float32))
        return self.cast(self.op("Floor", scaled), TensorProto.INT64)


def functions(model):
    """Functions of elements."""
    for kind in ("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Atanh", "Softsign", "Round",
                 "ThresholdedRelu", "Shrink"):
        model.case(kind, "m")
    model.case("Acosh", model.op("Add", "m", model.constant(2.5, np.float32)))
    model.case("Celu", "m", alpha=1.5)
    model.case("ThresholdedRelu", "m", alpha=0.25)
    model.case("Shrink", "m", bias=0.25, lambd=0.125)
    model.case("Sin", model.op("Mul", "m", model.constant(1e4, np.float32)))
    quotient = model.op("Div", "m", model.op("Relu", "m"))
    model.result("IsNaN", model.op("Log", "m"))
    model.result("IsInf", quotient)
    model.result("IsInf", quotient, detect_positive=0)
    model.case("Mod", "m", model.constant([0.3, -0.2, 1.5, 0.25], np.float32), fmod=1)
    zero = model.constant(0, np.float32)
    positive = model.op("Greater", "m", zero)
    model.result("Xor", positive, model.op("Less", "m", model.constant(0.5, np.float32)))


def reductions(model):
    """Reductions, running sums, triangles, and places of the largest."""
    axes = model.ints(1)
    for kind in ("ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"):
        model.case(kind, "x", axes, keepdims=0)
        model.case(kind, "x")
    model.case("ReduceLogSum", model.op("Abs", "x"), axes)
    whole = model.cast(model.op("Clip", model.op("Mul", "x", model.constant(9, np.float32)),
                                model.constant(-8, np.float32), model.constant(8, np.float32)), TensorProto.INT64)
    for kind in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean"):
        model.result(kind, whole, axes)
    model.result("CumSum", whole, model.ints(2))
    model.result("Pow", whole, model.constant(3, np.int64))
    for exclusive in (0, 1):
        for reverse in (0, 1):
            model.case("CumSum", "x", model.constant(1, np.int64), exclusive=exclusive, reverse=reverse)
    for upper in (0, 1):
        model.case("Trilu", "x", model.constant(-1, np.int64), upper=upper)
        model.case("Trilu", "m", upper=upper)
    model.case("Hardmax", "x", axis=1)
    model.case("OneHot", model.indices("m", 5), model.constant(5, np.int64), model.constant([0.5, 2], np.float32), axis=1)


def indices(model):
    """Entries at indices that are computed, and products named by letters."""
    model.case("Gather", "x", model.indices("v", 3), axis=1)
    pairs = model.indices(model.op("Reshape", "m", model.ints(6, 2)), 2)
    model.case("GatherND", "x", pairs)
    groups = model.indices(model.op("Reshape", "m", model.ints(2, 6, 1)), 3)
    model.case("GatherND", "x", groups, batch_dims=1)
    model.case("GatherElements", "m", model.indices(model.op("Slice", "m", model.ints(0, 0), model.ints(2, 3)), 3), axis=0)
    rows = model.op("Reshape", model.indices("v", 2), model.ints(5, 1))
    updates = model.op("Mul", model.constant(pattern([5, 3, 4])), model.constant(2, np.float32))
    places = model.indices(model.op("Slice", "m", model.ints(0, 0), model.ints(2, 3)), 4)
    values = model.constant(pattern([2, 3]))
    for reduction in ("add", "mul", "min", "max"):
        model.case("ScatterND", "x", rows, updates, reduction=reduction)
        model.case("ScatterElements", "m", places, values, axis=1, reduction=reduction)
    model.case("ReverseSequence", "x", model.ints(2, 3), batch_axis=0, time_axis=1)
    model.case("ReverseSequence", "x", model.ints(2, 1, 0), batch_axis=1, time_axis=0)
    w = model.constant(pattern([4, 5]))
    for equation, *operands in (
            ("bij,jk->bik", "x", w), ("bij,bkj->bik", "x", "x"), ("bij->bji", "x"), ("bij->b", "x"), ("ij,ij->", "m", "m"),
            ("ij,kj->ik", "m", "m"), ("i,j->ij", "v", "v"), ("...j,jk", "x", w), ("bij,ij,i->bj", "x", "m", "u"),
            ("bii->bi", model.op("Slice", "x", model.ints(0), model.ints(3), model.ints(2)))):
        model.case("Einsum", *operands, equation=equation)


def bits(model):
    """Functions of the bits of integers."""
    def number(value, dtype):
        return model.constant(value, dtype)

    whole = model.cast(model.op("Mul", "m", number(900, np.float32)), TensorProto.INT64)
    other = model.cast(model.op("Mul", "v", number(77, np.float32)), TensorProto.INT32)
    small = model.cast(whole, TensorProto.UINT8)
    row = model.cast(model.op("Mul", "w", number(130, np.float32)), TensorProto.UINT8)
    byte = model.cast(model.op("Mul", "m", number(127, np.float32)), TensorProto.INT8)
    word = model.cast(model.op("Mul", "m", number(2e9, np.float32)), TensorProto.INT32)
    for kind in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
        model.result(kind, whole, number([7, -8, 255, -1], np.int64))
        model.result(kind, small, row)
        model.result(kind, other, model.op("Unsqueeze", other, model.ints(1)))
        model.result(kind, byte, model.op("Slice", byte, model.ints(0, 0), model.ints(3, 1)))
        model.result(kind, word, number(-2**31 + 0x1234567, np.int32))
    for x in (small, other, byte, word, model.cast(small, TensorProto.UINT16)):
        model.result("BitwiseNot", x)
    counts = model.cast(model.op("Abs", model.op("Mul", "w", number(11, np.float32))), TensorProto.UINT8)
    for direction in ("LEFT", "RIGHT"):
        model.result("BitShift", small, number([1, 3, 7, 0], np.uint8), direction=direction)
        model.result("BitShift", small, model.op("Min", counts, number(7, np.uint8)), direction=direction)
        for element, dtype in ((TensorProto.UINT32, np.uint32), (TensorProto.UINT64, np.uint64)):
            wide = model.cast(small, element)
            model.result("BitShift", wide, number([1, 16, 8, 15], dtype), direction=direction)
    # Two bytes as one number of 16 bits, and back.
    high = model.op("BitShift", model.cast(small, TensorProto.UINT32), number(8, np.uint32), direction="LEFT")
    pair = model.op("BitwiseOr", high, model.cast(row, TensorProto.UINT32))
    model.result("BitwiseAnd", model.op("BitShift", pair, number(5, np.uint32), direction="RIGHT"),
                 number(63, np.uint32))


def samples(model):
    """Elements at positions that are computed, and images of overlapping blocks."""
    grid = model.op("Mul", "grid", model.constant(1.3, np.float32))
    for mode in ("linear", "nearest", "cubic"):
        for padding in ("zeros", "border", "reflection"):
            for corners in (0, 1):
                model.case("GridSample", "x", grid, mode=mode, padding_mode=padding, align_corners=corners)
    columns = model.op("Reshape", "c", model.ints(1, 12, 12))
    model.case("Col2Im", columns, model.ints(5, 3), model.ints(2, 2), pads=[0, 1, 0, 0])
    model.case("Col2Im", columns, model.ints(8, 6), model.ints(2, 2), strides=[2, 2])
    model.case("Col2Im", columns, model.ints(6, 5), model.ints(2, 2), dilations=[2, 2])


def main():
    small = {"x": [2, 3, 4], "m": [3, 4], "v": [5], "u": [3]}
    for cases in (functions, reductions, indices):
        model = Computed(18, small)
        cases(model)
        model.save(f"run_time_{cases.__name__}_opset18")
    model = Computed(18, {"m": [3, 4], "v": [5], "w": [4]})
    bits(model)
    model.save("run_time_bits_opset18")
    model = Computed(20, {"x": [1, 2, 5, 4], "grid": [1, 3, 4, 2], "c": [12, 12]})
    samples(model)
    model.save("run_time_samples_opset20")


if __name__ == "__main__":
    main()
