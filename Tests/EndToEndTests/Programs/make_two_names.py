"""Writes two_names.onnx: two outputs whose names differ in a sign that files' names do not have."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 4, 4])
names = ["head/a", "head_a"]
outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, 4, 4]) for name in names]
nodes = [
    helper.make_node("Relu", ["image"], [names[0]]),
    helper.make_node("Sigmoid", ["image"], [names[1]]),
]
graph = helper.make_graph(nodes, "two_names", [image], outputs)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, Path(__file__).parent / "two_names.onnx")
