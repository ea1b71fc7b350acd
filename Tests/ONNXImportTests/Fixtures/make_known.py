"""Writes models in which everything follows from known values: operators of constants, branches of a known condition,
functions of the file; and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from make_operators import Model
from make_torch import FOLDER, pattern, write_golden


class Known(Model):
    """Every case is computed from constants and given as floats."""

    def result(self, kind, *operands, outputs=1, **attributes):
        results = self.op(kind, *operands, outputs=outputs, **attributes)
        for result in [results] if outputs == 1 else results:
            self.case("Cast", result, to=TensorProto.FLOAT)


def functions(model):
    """Functions of elements."""
    m = model.constant(pattern([3, 4]) * np.float32(0.9))
    for kind in ("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Atanh", "Softsign",
                 "ThresholdedRelu", "Celu", "IsNaN", "Shrink", "Hardmax"):
        model.result(kind, m)
    model.result("Acosh", model.constant(pattern([3, 4]) + 3))
    model.result("Round", model.constant([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6], np.float32))
    model.result("IsInf", model.constant([1, np.inf, -np.inf, np.nan], np.float32), detect_negative=0)


def integers(model):
    """Integers of the types that the file has, which wrap."""
    a = [7, -7, 7, -7, 2**31 - 1, -2**31]
    b = [3, 3, -3, -3, 2, 5]
    for dtype in (np.int32, np.int64):
        for kind in ("Add", "Sub", "Mul", "Div", "Mod", "Max", "Min"):
            model.result(kind, model.constant(a, dtype), model.constant(b, dtype))
        model.result("Mod", model.constant(a, dtype), model.constant(b, dtype), fmod=1)
        model.result("Pow", model.constant([3, -2, 2, 5], dtype), model.constant([4, 3, 0, 2], dtype))
        for kind in ("Sign", "Abs", "Neg"):
            model.result(kind, model.constant(a[:5], dtype))
    bytes_ = model.constant([1, 130, 255], np.uint8)
    shifts = model.constant([1, 1, 3], np.uint8)
    for direction in ("LEFT", "RIGHT"):
        model.result("BitShift", bytes_, shifts, direction=direction)
    model.result("Mod", model.constant([-5.5, 5.5, 4], np.float32), model.constant([2, -2, 3], np.float32), fmod=1)
    yes = model.constant([True, True, False, False])
    model.result("Xor", yes, model.constant([True, False, True, False]))
    model.result("Cast", model.constant([1.7, -1.7, 100.2], np.float32), to=TensorProto.INT8)
    model.result("Cast", model.constant([300, -1, 2**33 + 5]), to=TensorProto.UINT8)
    model.result("MatMul", model.constant([[1, 2], [3, 4]], np.int32), model.constant([[2**30, 1], [2, 3]], np.int32))


def movement(model):
    """Scatter, triangles, running sums, and searches."""
    m = model.constant(pattern([3, 4]))
    i = model.constant(np.arange(12).reshape(3, 4) * 5 % 7)
    for exclusive in (0, 1):
        for reverse in (0, 1):
            model.result("CumSum", m, model.constant(1), exclusive=exclusive, reverse=reverse)
    model.result("CumSum", i, model.constant(-2))
    for upper in (0, 1):
        for k in (-1, 0, 2, 9):
            model.result("Trilu", m, model.constant(k), upper=upper)
    model.result("ScatterND", m, model.constant([[2], [0]]), model.constant(pattern([2, 4]) + 3))
    model.result("ScatterND", i, model.constant([[2, 1], [0, -1]]), model.constant([50, 60]))
    lines = model.constant([[1, 0], [2, -1]])
    for axis in (0, 1):
        model.result("ScatterElements", m, lines, model.constant(pattern([2, 2])), axis=axis)
    if model.opset >= 18:
        for reduction in ("add", "mul", "max", "min"):
            model.result("ScatterElements", m, lines, model.constant(pattern([2, 2]) * 3), reduction=reduction)
            model.result("ScatterND", m, model.constant([[2], [2]]), model.constant(pattern([2, 4]) * 3),
                         reduction=reduction)
    model.result("GatherND", m, model.constant([[0, 1], [2, -1]]))
    model.result("GatherND", m, model.constant([[1], [0], [3]]), batch_dims=1)
    model.result("OneHot", model.constant([1, -1, 5]), model.constant(4), model.constant([2.0, 7.0], np.float32))
    model.result("OneHot", model.constant([1, 0]), model.constant(3), model.constant([0, 1]), axis=0)
    model.result("EyeLike", m, k=1)
    model.result("NonZero", i)
    model.result("Compress", m, model.constant([True, False, True]), axis=1)
    model.result("Compress", m, model.constant([False, True, True]))
    model.result("Unique", model.constant([5, 1, 5, 3], np.float32), outputs=4)
    model.result("Unique", model.constant([5, 1, 5, 3], np.float32), outputs=4, sorted=0)
    model.result("ReverseSequence", m, model.constant([1, 2, 3, 2]), time_axis=0, batch_axis=1)
    model.result("ArgMax", i, axis=1)
    model.result("TopK", i, model.ints(2), outputs=2, axis=0, largest=0)
    model.result("Pad", i, model.ints(1, 0, 0, 2), model.constant(2**40))
    model.result("Pad", m, model.ints(1, 0, 0, 2), model.constant(2.5, np.float32))
    model.result("Pad", m, model.ints(0, 1, 1, 0), mode="reflect")
    for kind in ("ReduceL1", "ReduceLogSumExp", "ReduceSumSquare", "ReduceProd"):
        if model.opset < 18:
            model.result(kind, m, axes=[1])
        else:
            model.result(kind, m, model.ints(1), keepdims=0)
    model.result("Einsum", m, m, equation="ij,kj->ik")
    model.result("Einsum", m, equation="ij->j")


def quantities(model):
    """Integers of few bits with scales."""
    w = np.arange(-12, 12).reshape(2, 3, 4).astype(np.int8) * 9
    scale = model.constant([0.5, 0.25, 0.125], np.float32)
    zero = model.constant([1, -2, 3], np.int8)
    model.result("DequantizeLinear", model.constant(w), model.constant(0.1, np.float32), model.constant(3, np.int8))
    model.result("DequantizeLinear", model.constant(w), scale, zero, axis=1)
    model.result("DequantizeLinear", model.constant(w.astype(np.int32)), model.constant(0.1, np.float32))
    x = model.constant(pattern([2, 3, 4]) * 40)
    model.result("QuantizeLinear", x, scale, zero, axis=1)
    model.result("QuantizeLinear", x, model.constant(0.125, np.float32))
    model.result("DynamicQuantizeLinear", x, outputs=3)
    model.result("MatMulInteger", model.constant(w[0]), model.constant(w[1].T.copy()), model.constant(2, np.int8))
    if model.opset >= 21:
        blocks = model.constant(np.abs(pattern([2, 3, 2])))
        model.result("DequantizeLinear", model.constant(w), blocks, axis=2, block_size=2)
        halves = helper.make_tensor("halves", TensorProto.INT4, [3, 3], [-8, 7, 1, -1, 0, 3, 5, -5, 2])
        model.initializers.append(halves)
        model.result("DequantizeLinear", "halves", model.constant(0.5, np.float32))


def branches():
    """Branches whose conditions follow from shapes, or from the data: nested, with names that both have, and initializers of their own."""
    model = Known(17, {"x": [1, 4, 1, 2]})

    def graph(name, nodes, output, initializers=()):
        return helper.make_graph(
            nodes, name, [], [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], initializer=initializers)

    def node(kind, operands, outputs, **attributes):
        return helper.make_node(kind, operands, outputs, name=f"{kind}_{outputs[0]}", **attributes)

    axis = numpy_helper.from_array(np.array([2]), "axis")
    squeeze = graph("squeeze", [node("Squeeze", ["x", "axis"], ["result"])], "result", [axis])
    keep = graph("keep", [node("Identity", ["x"], ["result"])], "result")
    extents = model.op("Shape", "x")
    is_one = model.op("Equal", model.op("Gather", extents, model.constant(2)), model.constant(1))
    is_four = model.op("Equal", model.op("Gather", extents, model.constant(3)), model.constant(4))
    model.case("If", is_one, then_branch=squeeze, else_branch=keep)
    model.case("If", is_four, then_branch=squeeze, else_branch=keep)
    # A branch that gives a value from around it, and one inside another.
    inner = graph("inner", [node("Relu", ["y"], ["result"])], "result")
    other = graph("other", [node("Neg", ["y"], ["result"])], "result")
    outer = graph("outer", [
        node("Add", ["x", "x"], ["y"]),
        node("If", [is_four], ["chosen"], then_branch=inner, else_branch=other),
        node("Add", ["chosen", "result_outside"], ["result"])], "result")
    model.nodes.append(node("Abs", ["x"], ["result_outside"]))
    model.case("If", is_one, then_branch=outer, else_branch=keep)
    model.case("If", is_one, then_branch=graph("same", [node("Identity", ["result_outside"], ["copy"])], "copy"), else_branch=keep)
    # A condition that only the data says.
    total = model.op("ReduceSum", "x", keepdims=0)
    for kind in ("Greater", "Less"):
        condition = model.op(kind, total, model.constant(0, np.float32))
        model.case("If", condition, then_branch=outer, else_branch=graph("least", [node("Relu", ["x"], ["result"])], "result"))
    model.save("branches_opset17")


def calls():
    """Functions of the file: attributes with and without defaults, one that calls another, an operand left out."""
    def node(kind, operands, outputs, domain="", **attributes):
        return helper.make_node(kind, operands, outputs, name=f"{kind}_{outputs[0]}", domain=domain, **attributes)

    def reference(node, name, given, kind):
        attribute = onnx.AttributeProto()
        attribute.name, attribute.ref_attr_name, attribute.type = name, given, kind
        node.attribute.append(attribute)
        return node

    standard = [helper.make_opsetid("", 17)]
    both = standard + [helper.make_opsetid("local", 1)]
    leaky = helper.make_function(
        "local", "Leaky", ["value"], ["result"],
        [reference(node("LeakyRelu", ["value"], ["result"]), "alpha", "slope", onnx.AttributeProto.FLOAT)], standard,
        attributes=[], attribute_protos=[helper.make_attribute("slope", 0.25)])
    layer = helper.make_function(
        "local", "Layer", ["value", "weight", "bias"], ["result"],
        [reference(node("Conv", ["value", "weight", "bias"], ["image"]), "strides", "moves", onnx.AttributeProto.INTS),
         node("Leaky", ["image"], ["active"], domain="local", slope=0.5),
         node("Leaky", ["active"], ["result"], domain="local")], both, attributes=["moves"])
    initializers = [
        numpy_helper.from_array(pattern([4, 4, 3, 3]), "first.weight"),
        numpy_helper.from_array(pattern([4]), "first.bias"),
        numpy_helper.from_array(pattern([2, 4, 1, 1]), "second.weight")]
    nodes = [
        node("Layer", ["x", "first.weight", "first.bias"], ["a"], domain="local", moves=[2, 2]),
        node("Layer", ["a", "second.weight", ""], ["y"], domain="local", moves=[1, 1])]
    graph = helper.make_graph(
        nodes, "calls", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 9, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], initializer=initializers)
    model = helper.make_model(graph, functions=[leaky, layer], opset_imports=both, ir_version=9)
    onnx.save(model, FOLDER / "calls_opset17.onnx")
    write_golden("calls_opset17", 1)


def main():
    for build, opsets in ((functions, (13,)), (integers, (13,)), (movement, (16, 18)), (quantities, (13, 21))):
        for opset in opsets:
            model = Known(opset, {"x": [1, 2]})
            build(model)
            model.case("Relu", "x")
            model.save(f"known_{build.__name__}_opset{opset}")
    branches()
    calls()


if __name__ == "__main__":
    main()
