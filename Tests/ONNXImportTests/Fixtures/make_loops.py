"""Writes models whose loops have a number of turns that follows from constants and shapes, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from make_operators import Model
from make_torch import pattern


def node(kind, operands, outputs, **attributes):
    return helper.make_node(kind, operands, outputs, name=f"{kind}_{outputs[0]}", **attributes)


def value(name, element=TensorProto.FLOAT, shape=None):
    return helper.make_tensor_value_info(name, element, shape)


def body(nodes, carried, outputs, initializers=(), suffix=""):
    """The graph of a loop: it counts its turns in `i`, and gives `again` first; a suffix for one inside another."""
    inputs = [value("i" + suffix, TensorProto.INT64, []), value("on" + suffix, TensorProto.BOOL, []),
              *map(value, carried)]
    outputs = [value("again" + suffix, TensorProto.BOOL, []), *(v if not isinstance(v, str) else value(v) for v in outputs)]
    return helper.make_graph(nodes, "body", inputs, outputs, initializer=[
        numpy_helper.from_array(np.asarray(number), name) for name, number in initializers])


def loops():
    model = Model(17, {"x": [2, 3], "image": [1, 4, 5, 6]})
    go_on = node("Identity", ["on"], ["again"])
    halve = node("Mul", ["v", "half"], ["smaller"])
    half = ("half", np.float32(0.5))
    three, yes = model.constant(3), model.constant(True)

    # What is carried, and what every turn gives; a value from around the loop.
    counted = body([go_on, halve, node("Add", ["smaller", "x"], ["next"]), node("Mul", ["next", "x"], ["seen"])],
                   ["v"], ["next", "seen"], [half])
    for output in model.op("Loop", three, "", "x", body=counted, outputs=2):
        model.output(output)
    # As many turns as an axis is long.
    rows = model.op("Gather", model.op("Shape", "x"), model.constant(1))
    for output in model.op("Loop", rows, yes, "x", body=counted, outputs=2):
        model.output(output)
    # Ended by a condition: without a number of turns, and before it is reached.
    compared = body([node("Less", ["i", "last"], ["again"]), halve, node("Identity", ["v"], ["seen"])],
                    ["v"], ["smaller", "seen"], [half, ("last", np.int64(3))])
    for count in ("", model.constant(9), model.constant(2)):
        for output in model.op("Loop", count, yes, "x", body=compared, outputs=2):
            model.output(output)
    # No turn: the operand, and no entry of what turns would have given.
    none = body([go_on, halve, node("Relu", ["v"], ["seen"])], ["v"],
                ["smaller", value("seen", shape=[2, 3])], [half])
    for count, condition in ((model.constant(0), yes), (model.constant(-4), ""), (three, model.constant(False))):
        kept, empty = model.op("Loop", count, condition, "x", body=none, outputs=2)
        model.output(kept)
        model.case("Concat", empty, model.op("Unsqueeze", "x", model.ints(0)), axis=0)
    # A loop in a loop, a branch by the number of the turn, and shapes that change from turn to turn.
    inner = body([node("Identity", ["on_2"], ["again_2"]), node("Add", ["w", "v"], ["sum"])], ["w"], ["sum"], suffix="_2")
    doubled = helper.make_graph([node("Add", ["v", "v"], ["twice"])], "doubled", [], [value("twice")])
    nested_sum = helper.make_graph(
        [node("Loop", ["i", "", "v"], ["total"], body=inner)], "nested", [], [value("total")])
    outer = body([
        go_on, node("Mod", ["i", "two"], ["rest"]), node("Equal", ["rest", "zero"], ["even"]),
        node("If", ["even"], ["chosen"], then_branch=doubled, else_branch=nested_sum),
        node("Concat", ["chosen", "x"], ["longer"], axis=0), node("ReduceSum", ["longer"], ["seen"], keepdims=0)],
        ["v"], ["longer", "seen"], [("two", np.int64(2)), ("zero", np.int64(0))])
    for output in model.op("Loop", three, "", "x", body=outer, outputs=2):
        model.output(output)
    # Layers with weights that all turns share, from the loop and from around it.
    around = model.constant(pattern([4, 4, 3, 3]))
    layers = body([
        go_on, node("Conv", ["v", around], ["image_1"], pads=[1, 1, 1, 1]), node("Relu", ["image_1"], ["image_2"]),
        node("Conv", ["image_2", "own"], ["image_3"]), node("Add", ["image_3", "v"], ["next"])],
        ["v"], ["next"], [("own", pattern([4, 4, 1, 1]))])
    model.case("Loop", three, yes, "image", body=layers)
    # Integers that are known all the way.
    numbers = helper.make_graph(
        [go_on, node("Mul", ["n", "i"], ["product"]), node("Add", ["product", "one"], ["next"])], "body",
        [value("i", TensorProto.INT64, []), value("on", TensorProto.BOOL, []), value("n", TensorProto.INT64, [])],
        [value("again", TensorProto.BOOL, []), value("next", TensorProto.INT64, []),
         value("product", TensorProto.INT64, [])], initializer=[numpy_helper.from_array(np.int64(1), "one")])
    for output in model.op("Loop", model.constant(5), "", model.constant(2), body=numbers, outputs=2):
        model.case("Cast", output, to=TensorProto.FLOAT)
    model.save("loops_opset17")


def scans(opset):
    model = Model(opset, {"x": [2, 3, 4], "y": [2, 3, 5]})
    zeros = model.constant(np.zeros([3, 4], np.float32))

    def scan(nodes, inputs, outputs):
        return helper.make_graph(nodes, "body", list(map(value, inputs)), list(map(value, outputs)))

    add = [node("Add", ["state", "line"], ["sum"]), node("Mul", ["sum", "sum"], ["square"])]
    running = scan(add, ["state", "line"], ["sum", "square"])
    for output in model.op("Scan", zeros, "x", body=running, num_scan_inputs=1, outputs=2):
        model.output(output)
    # Backwards, along other axes.
    start = model.constant(pattern([2, 3]))
    for output in model.op("Scan", start, "x", body=running, num_scan_inputs=1, scan_input_axes=[-1],
                           scan_input_directions=[1], scan_output_axes=[1], outputs=2):
        model.output(output)
    for output in model.op("Scan", zeros, "x", body=running, num_scan_inputs=1, scan_output_axes=[-1],
                           scan_output_directions=[1], outputs=2):
        model.output(output)
    # Two at once, nothing carried; a product with a matrix from around the loop.
    weight = model.constant(pattern([4, 5]))
    pairs = scan([node("MatMul", ["a", weight], ["product"]), node("Sub", ["product", "b"], ["result"])],
                 ["a", "b"], ["result"])
    model.case("Scan", "x", "y", body=pairs, num_scan_inputs=2, scan_input_directions=[0, 1])
    # A recurrence with weights.
    recurrent = model.constant(pattern([4, 4]))
    step = scan([node("MatMul", ["h", recurrent], ["moved"]), node("Add", ["moved", "line"], ["sum"]),
                 node("Tanh", ["sum"], ["next"]), node("Identity", ["next"], ["seen"])],
                ["h", "line"], ["next", "seen"])
    for output in model.op("Scan", model.constant(np.zeros([2, 4], np.float32)), "x", body=step, num_scan_inputs=1,
                           scan_input_axes=[1], scan_output_axes=[1], outputs=2):
        model.output(output)
    model.save(f"scans_opset{opset}")


if __name__ == "__main__":
    loops()
    scans(11)
    scans(17)
