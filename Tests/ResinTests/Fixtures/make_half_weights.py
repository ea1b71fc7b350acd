"""Writes a network whose weights, inputs and outputs are fp16: convolutions and a matrix product without
batch normalisation, whose weights no pass changes. Needs onnx and numpy."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)


def weight(name, *shape):
    return numpy_helper.from_array(rng.normal(0, 0.1, shape).astype(np.float16), name)


# Subnormal numbers of fp16 too.
small = numpy_helper.from_array((rng.normal(0, 1, (32, 4, 3, 3)) * 2e-5).astype(np.float16), "small")
nodes = [
    helper.make_node("Conv", ["x", "small", "b1"], ["a"], "first", pads=[1, 1, 1, 1]),
    helper.make_node("Relu", ["a"], ["r"]),
    helper.make_node("Conv", ["r", "w2"], ["c"], "second"),
    helper.make_node("GlobalAveragePool", ["c"], ["g"]),
    helper.make_node("Flatten", ["g"], ["f"]),
    helper.make_node("Gemm", ["f", "w3", "b3"], ["y"], "third", transB=1),
]
graph = helper.make_graph(
    nodes, "half_weights",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT16, [1, 4, 6, 6])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT16, [1, 10])],
    [small, weight("b1", 32), weight("w2", 24, 32, 1, 1), weight("w3", 10, 24), weight("b3", 10)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, "half_weights.onnx")
