"""Writes models of lists that are as long as the data says, and ONNX Runtime's outputs: shapes of such lists and what is
computed from them, lists made as long, branches for empty ones. In each model a threshold leaves no entry, some, or all.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from make_detection import Detection

COUNT = 34


class Lists(Detection):
    def floats(self, value):
        return self.constant(value, np.float32)

    def one(self, value):
        return self.constant(value, np.int64)

    def whole(self, list, shape):
        self.filled(list, shape, np.float32)

    def length(self, list, axis=0):
        return self.op("Gather", self.op("Shape", list), self.one(axis), axis=0)

    def column(self, number):
        return self.op("Unsqueeze", number, self.ints(0))

    def branch(self, condition, *graphs):
        """An If whose branches are the nodes, constants and result of a function each."""
        bodies = []
        for name, make in zip(("then_branch", "else_branch"), graphs):
            body = Lists(self.opset, {})
            # Names are those of no other graph.
            start = len(self.nodes)
            body.prefix = f"{name}{start}_"
            result = make(body)
            graph = helper.make_graph(
                body.nodes, name, [], [helper.make_empty_tensor_value_info(result)], body.initializers)
            bodies.append((name, graph))
        return self.op("If", condition, **dict(bodies))

    prefix = ""

    def constant(self, value, dtype=None):
        name = f"{self.prefix}c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def op(self, kind, *operands, outputs=1, **attributes):
        names = [f"{self.prefix}v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, operands, names, name=f"{self.prefix}{kind}_{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names


def lists(model, threshold):
    flat = model.op("Reshape", "s", model.ints(-1))
    index = model.op("Squeeze", model.op("NonZero", model.op("Greater", flat, model.floats(threshold))), model.ints(0))
    chosen = model.op("Gather", flat, index, axis=0)
    rows = model.op("Transpose", model.op("NonZero", model.op("Greater", "s", model.floats(threshold))))
    return flat, index, chosen, rows


def lengths(model, threshold):
    """Shapes of lists, what is computed from them, and what is made as long."""
    flat, index, chosen, rows = lists(model, threshold)
    count = model.length(chosen)
    model.case("Cast", model.op("Shape", rows), to=TensorProto.FLOAT)
    model.case("Cast", model.op("Size", rows), to=TensorProto.FLOAT)
    model.case("Mul", model.op("Cast", count, to=TensorProto.FLOAT), model.floats(0.5))
    # TopK of a computed number: as torchvision has it, and by Min.
    both = model.op("Concat", model.ints(10), model.column(count), axis=0)
    smallest = model.op("ReduceMin", both, keepdims=0)
    for number in (model.op("Reshape", smallest, model.ints(1)),
                   model.column(model.op("Min", model.one(10), count)),
                   model.column(model.op("Div", count, model.one(2)))):
        best, order = model.op("TopK", chosen, number, outputs=2)
        model.whole(best, [COUNT])
        model.filled(model.op("Gather", index, order, axis=0), [COUNT])
    model.case("Cast", model.op("Shape", best), to=TensorProto.FLOAT)
    # Made as long.
    numbers = model.op("Range", model.one(0), count, model.one(1))
    model.whole(model.op("Mul", model.op("Cast", numbers, to=TensorProto.FLOAT), chosen), [COUNT])
    model.filled(model.op("Range", model.one(3), model.op("Add", count, count), model.one(2)), [COUNT])
    seven = numpy_helper.from_array(np.array([7], np.float32))
    filled = model.op("ConstantOfShape", model.op("Shape", chosen), value=seven)
    model.whole(model.op("Add", filled, chosen), [COUNT])
    model.whole(model.op("ConstantOfShape", model.op("Concat", model.column(count), model.ints(2), axis=0)), [COUNT, 2])
    model.whole(model.op("Expand", model.floats(2.5), model.op("Shape", chosen)), [COUNT])
    stated = model.op("Concat", model.column(count), model.ints(3), axis=0)
    ones = model.op("ConstantOfShape", model.op("Shape", stated), value=numpy_helper.from_array(np.array([1])))
    whole = model.op("Where", model.op("Equal", stated, model.ints(-1)), ones, stated)
    wide = model.op("Expand", model.op("Reshape", index, model.ints(-1, 1)), whole)
    model.filled(wide, [COUNT, 3])
    # Shapes.
    depth = model.length(rows, 1)
    found = model.length(rows)
    elements = model.op("Reshape", rows, model.column(model.op("Mul", found, depth)))
    model.filled(elements, [3 * COUNT])
    model.filled(model.op("Reshape", rows, model.ints(-1)), [3 * COUNT])
    model.filled(model.op("Reshape", elements, model.ints(-1, 3)), [COUNT, 3])
    model.filled(model.op("Reshape", elements, model.op("Concat", model.column(found), model.ints(1, 3), axis=0)),
                 [COUNT, 1, 3])
    # Ranges.
    for end in (model.op("Max", model.op("Sub", count, model.one(3)), model.one(0)), model.one(-2), model.op("Div", count, model.one(3))):
        model.whole(model.op("Slice", chosen, model.ints(1), model.column(end)), [COUNT])
    model.whole(model.op("Slice", chosen, model.ints(0), model.ints(1 << 62), model.ints(0), model.ints(3)), [COUNT])
    model.whole(model.op("Slice", flat, model.ints(0), model.column(count)), [COUNT])


def computing(model, threshold):
    """Operators of lists, indices of their entries, and branches for empty ones."""
    flat, index, chosen, rows = lists(model, threshold)
    count = model.length(chosen)
    model.whole(model.op("Where", model.op("Less", chosen, model.floats(0.5)), chosen, model.floats(3)), [COUNT])
    numbers = model.op("Cast", rows, to=TensorProto.FLOAT)
    weight = model.floats([[1, -2], [0.5, 3], [2, 0.25]])
    model.whole(model.op("Gemm", numbers, weight, model.floats([0.5, -1])), [COUNT, 2])
    model.whole(model.op("Softmax", model.op("MatMul", numbers, weight), axis=1), [COUNT, 2])
    model.whole(model.op("ReduceSum", numbers, model.ints(1), keepdims=0), [COUNT])
    longer = model.op("Concat", model.floats([-3]), chosen, model.floats([0.5, -2]), axis=0)
    for kind in ("ReduceMax", "ReduceMin", "ReduceMean", "ReduceL2", "ReduceLogSumExp"):
        model.case(kind, longer)
    model.case("ReduceSum", chosen)
    model.case("Cast", model.op("ArgMax", longer), to=TensorProto.FLOAT)
    model.whole(model.op("Softmax", longer, axis=0), [COUNT])
    # The first and the last of what exists.
    model.case("Gather", longer, model.ints(0, -1, -2), axis=0)
    model.case("GatherND", longer, model.constant([[1], [-1]], np.int64))
    model.case("GatherElements", longer, model.ints(-1, 0))
    model.case("Gather", longer, count, axis=0)
    # Entries exchanged at indices of which only some exist.
    model.case("ScatterElements", flat, index, model.op("Neg", chosen), axis=0)
    model.case("ScatterND", "s", rows, model.op("Mul", model.op("GatherND", "s", rows), model.floats(2)))
    above = model.op("Squeeze", model.op("NonZero", model.op("Greater", chosen, model.floats(0.6))), model.ints(0))
    zeros = model.op("ConstantOfShape", model.op("Shape", chosen))
    large = model.op("Gather", chosen, above, axis=0)
    model.whole(model.op("ScatterElements", zeros, above, large, axis=0), [COUNT])
    for value, is_list in ((9, False), (1, True)):
        places = model.op("Expand", model.op("Reshape", above, model.ints(-1, 1)),
                          model.op("Concat", model.column(model.length(above)), model.ints(2), axis=0))
        updates = model.op("Expand", model.floats(value), model.op("Shape", places))
        target = model.op("Expand", model.op("Unsqueeze", chosen, model.ints(1)), model.ints(1, 2))
        model.whole(model.op("ScatterElements", target, places, updates, axis=0), [COUNT, 2])
    # Branches: for an empty list, and for a long one.
    is_empty = model.op("Equal", count, model.one(0))
    kept = model.branch(
        is_empty, lambda then: then.op("Identity", then.constant(np.zeros([0]), np.int64)),
        lambda other: other.op("Slice", index, other.ints(0), other.ints(5)))
    model.filled(kept, [COUNT])
    model.whole(model.op("Gather", flat, kept, axis=0), [COUNT])
    is_long = model.op("Greater", count, model.one(5))
    model.output(model.branch(is_long, lambda then: then.op("ReduceSum", chosen),
                              lambda other: other.op("Identity", other.floats([-1]))))
    model.whole(model.branch(is_long, lambda then: then.op("Slice", longer, then.ints(0), then.ints(4)),
                             lambda other: other.op("Neg", chosen)), [COUNT])
    # Boxes of several classes: what torchvision's batched_nms becomes.
    boxes = model.op("Gather", model.op("Squeeze", model.boxes(False), model.ints(0)),
                     model.op("Mod", index, model.one(17)), axis=0)
    classes = model.op("Cast", model.op("Div", index, model.one(17)), to=TensorProto.FLOAT)

    def suppressed(other):
        most = other.op("ReduceMax", boxes, keepdims=0)
        offsets = other.op("Mul", classes, other.op("Add", most, other.floats(1)))
        moved = other.op("Add", boxes, other.op("Unsqueeze", offsets, other.ints(1)))
        rows = other.op("NonMaxSuppression", other.op("Unsqueeze", moved, other.ints(0)),
                        other.op("Unsqueeze", chosen, other.ints(0, 1)), other.ints(1 << 40), other.floats([0.3]))
        return other.op("Squeeze", other.op("Slice", rows, other.ints(2), other.ints(3), other.ints(1)), other.ints(1))

    kept = model.branch(is_empty, lambda then: then.op("Identity", then.constant(np.zeros([0]), np.int64)), suppressed)
    model.filled(model.op("Slice", kept, model.ints(0), model.ints(6)), [6])
    model.whole(model.op("Gather", boxes, kept, axis=0), [COUNT, 4])


def main():
    for name, threshold in (("none", 2), ("some", 0.25), ("all", -2)):
        for kind in (lengths, computing):
            model = Lists(18, {"b": [1, 17, 4], "s": [1, 2, 17]})
            kind(model, threshold)
            model.save(f"open_{kind.__name__}_{name}")


if __name__ == "__main__":
    main()
