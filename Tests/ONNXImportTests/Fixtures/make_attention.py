"""Writes files with attention and what goes with it, of the standard and as ONNX Runtime's optimisers write them, and what
ONNX Runtime computes for them:

    python make_attention.py

Inputs are the pattern that the tests of readers give; outputs are one behind the other.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from make_operators import pattern

FOLDER = Path(__file__).parent


class File:
    def __init__(self, inputs):
        self.inputs, self.nodes, self.initializers, self.outputs = inputs, [], [], []
        self.random = np.random.default_rng(3)

    def known(self, *shape, scale=0.5):
        return self.array(self.random.uniform(-scale, scale, shape).astype(np.float32))

    def array(self, values):
        name = f"w{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(self, operator, inputs, results=1, domain="", **attributes):
        names = [f"y{len(self.outputs) + index}" for index in range(results)]
        self.outputs += names
        self.nodes.append(helper.make_node(
            operator, inputs, names, name=f"node{len(self.nodes)}", domain=domain, **attributes))
        return names[0]

    def save(self, name, opset):
        graph = helper.make_graph(
            self.nodes, "cases",
            [helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in self.inputs.items()],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None) for output in self.outputs],
            initializer=self.initializers)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)])
        model.ir_version = 10
        onnx.save(model, FOLDER / f"{name}.onnx")
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(None, {key: pattern(shape) for key, shape in self.inputs.items()})
        flat = np.concatenate([result.reshape(-1) for result in results])
        assert np.isfinite(flat).all(), name
        np.save(FOLDER / f"{name}.npy", flat)
        print(name, flat.size, (FOLDER / f"{name}.onnx").stat().st_size)


def standard():
    file = File({"x": [2, 4, 5, 8], "rows": [2, 5, 12]})
    keys, values = file.known(2, 4, 7, 8), file.known(2, 4, 7, 6)
    few = file.known(2, 2, 7, 8), file.known(2, 2, 7, 6)
    mask = file.known(5, 7)
    sees = file.array(np.arange(35).reshape(5, 7) % 3 != 1)
    past = file.known(2, 4, 3, 8), file.known(2, 4, 3, 6)
    file.add("Attention", ["x", keys, values])
    file.add("Attention", ["x", keys, values, mask], scale=0.7, is_causal=1)
    file.add("Attention", ["x", keys, values, sees])
    file.add("Attention", ["x", *few, sees], is_causal=1)
    file.add("Attention", ["x", keys, values, "", *past], results=3, is_causal=1)
    file.add("Attention", ["x", keys, values, mask], softcap=0.5)
    file.add("Attention", ["rows", "rows", "rows"], q_num_heads=3, kv_num_heads=3)
    file.add("RMSNormalization", ["x", file.known(8)], epsilon=1e-3)
    file.add("RMSNormalization", ["rows", file.known(5, 12)], axis=1)
    cosines, sines = file.known(2, 5, 4), file.known(2, 5, 4)
    file.add("RotaryEmbedding", ["x", cosines, sines])
    file.add("RotaryEmbedding", ["x", cosines, sines], interleaved=1)
    tables = file.known(9, 2), file.known(9, 2)
    places = file.array(np.arange(10).reshape(2, 5) % 9)
    file.add("RotaryEmbedding", ["rows", *tables, places], num_heads=2, rotary_embedding_dim=4)
    file.save("attention_opset23", 23)


def fused():
    file = File({"x": [2, 5, 12], "y": [2, 5, 12]})
    own = "com.microsoft"
    weight, bias = file.known(12, 36), file.known(36)
    counted = file.array(np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], np.int32))
    file.add("Attention", ["x", weight, bias], domain=own, num_heads=3)
    file.add("Attention", ["x", weight, bias, counted], domain=own, num_heads=2, unidirectional=1)
    file.add("Attention", ["x", weight, bias, file.array(np.array([5, 2], np.int32))], domain=own, num_heads=3)
    file.add("Attention", ["x", weight, bias, "", "", file.known(2, 3, 5, 5)], domain=own, num_heads=3, scale=0.3)
    file.add("MultiHeadAttention", ["x", "y", "y", bias], domain=own, num_heads=4)
    file.add("MultiHeadAttention", ["x", "y", "x", "", counted], domain=own, num_heads=2, scale=0.4)
    scale, shift = file.known(12), file.known(12)
    file.add("SkipLayerNormalization", ["x", "y", scale, shift, file.known(12)], domain=own, epsilon=1e-5)
    file.add("SkipLayerNormalization", ["x", "y", scale], domain=own)
    file.add("SkipSimplifiedLayerNormalization", ["x", "y", scale], domain=own, epsilon=1e-3)
    file.add("SimplifiedLayerNormalization", ["x", scale], epsilon=1e-3)
    words, places, kinds = file.known(20, 12), file.known(9, 12), file.known(2, 12)
    named = file.array(np.arange(10, dtype=np.int32).reshape(2, 5))
    kind = file.array(np.arange(10, dtype=np.int32).reshape(2, 5) % 2)
    file.nodes.append(helper.make_node(
        "EmbedLayerNormalization", [named, kind, words, places, kinds, scale, shift], ["embedded", "counts"],
        name="embedding", domain=own, epsilon=1e-5))
    file.outputs.append("embedded")
    file.add("FusedMatMul", ["x", "y"], domain=own, alpha=0.25, transB=1)
    file.add("FusedMatMul", ["x", "y"], domain=own, transA=1)
    file.add("FusedMatMul", ["x", "y"], domain=own, transBatchA=1, transBatchB=1, transB=1)
    file.add("BiasGelu", ["x", scale], domain=own)
    file.add("FastGelu", ["x", scale], domain=own)
    file.add("FastGelu", ["y"], domain=own)
    file.add("Gelu", ["x"], domain=own)
    file.add("QuickGelu", ["x"], domain=own, alpha=1.5)
    file.save("fused_operators", 17)


if __name__ == "__main__":
    standard()
    fused()
