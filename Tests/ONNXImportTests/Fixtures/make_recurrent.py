"""Writes models with recurrent layers, as ONNX lets them be written, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens. ONNX Runtime does not compute batches
first (`layout`), so what those models give is what it computes of the same numbers in the other order.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from make_operators import Model
from make_torch import FOLDER, pattern

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
STEPS, BATCH, FEATURES, UNITS = 4, 3, 5, 6


def layer(model, kind, both=False, bias=True, lengths=None, initial=False, peepholes=False, outputs=None,
          computed=False, layout=0, **attributes):
    """A node on x; all its outputs are cases unless `outputs` says which are there."""
    gates, count = GATES[kind] * UNITS, 2 if both else 1
    if both:
        attributes["direction"] = "bidirectional"
    if layout:
        attributes["layout"] = 1
    state = [BATCH, count, UNITS] if layout else [count, BATCH, UNITS]
    w, r = model.constant(pattern([count, gates, FEATURES])), model.constant(pattern([count, gates, UNITS]) * 0.5)
    if computed:
        w, r = model.op("Mul", w, "factor"), model.op("Mul", r, "factor")
    operands = [
        "x", w, r, model.constant(pattern([count, 2 * gates])) if bias else "",
        model.constant(lengths, np.int32) if lengths else "", model.constant(pattern(state) * 2) if initial else "",
    ]
    if kind == "LSTM":
        operands += [model.constant(pattern(state)) if initial else "",
                     model.constant(pattern([count, 3 * UNITS]) * 2) if peepholes else ""]
    while operands[-1] == "":
        operands.pop()
    total = 3 if kind == "LSTM" else 2
    wanted = outputs or range(total)
    names = model.op(kind, *operands, outputs=total, hidden_size=UNITS, **attributes)
    for index in range(total):
        if index in wanted:
            model.output(names[index])
        else:
            model.nodes[-1].output[index] = ""


def layers(model):
    """Every attribute of every kind."""
    for kind in GATES:
        layer(model, kind, bias=False)
        layer(model, kind, direction="reverse", initial=True)
        layer(model, kind, both=True, initial=True, clip=0.4)
        for direction in ("forward", "reverse"):
            layer(model, kind, lengths=[4, 2, 3], initial=True, direction=direction)
        layer(model, kind, both=True, lengths=[1, 4, 2])
        layer(model, kind, outputs=[1])
        layer(model, kind, computed=True)
    layer(model, "LSTM", peepholes=True, initial=True)
    layer(model, "LSTM", both=True, peepholes=True, clip=0.5, outputs=[0, 2])
    layer(model, "LSTM", input_forget=1)
    layer(model, "LSTM", input_forget=1, peepholes=True, computed=True, outputs=[2])
    layer(model, "GRU", linear_before_reset=1, initial=True)
    layer(model, "GRU", linear_before_reset=1, both=True, clip=0.3)
    layer(model, "GRU", linear_before_reset=1, lengths=[3, 4, 1], bias=False)
    for function in ("Relu", "Sigmoid", "Softsign", "Softplus", "Elu", "HardSigmoid", "LeakyRelu"):
        layer(model, "RNN", activations=[function])
    for function, alpha, beta in (("Affine", 0.5, -0.25), ("ScaledTanh", 1.5, 0.7), ("HardSigmoid", 0.3, 0.4)):
        layer(model, "RNN", activations=[function], activation_alpha=[alpha], activation_beta=[beta])
    for function, alpha in (("LeakyRelu", 0.2), ("ThresholdedRelu", 0.3), ("Elu", 0.7)):
        layer(model, "RNN", activations=[function], activation_alpha=[alpha])
    layer(model, "LSTM", activations=["HardSigmoid", "Tanh", "ScaledTanh"], activation_alpha=[0.3, 1.25],
          activation_beta=[0.4, 0.5])
    layer(model, "GRU", both=True, activations=["Sigmoid", "LeakyRelu", "HardSigmoid", "Softsign"],
          activation_alpha=[0.1, 0.25], activation_beta=[0.45])


def batches_first(model, layout):
    for kind in GATES:
        layer(model, kind, initial=True, layout=layout)
        layer(model, kind, both=True, lengths=[2, 4, 1], layout=layout)


def in_other_order(name):
    """Lets ONNX Runtime compute `NAME.onnx`, whose nodes are batches first, with transposed operands and outputs."""
    model = onnx.load(FOLDER / f"{name}.onnx")
    graph = model.graph
    nodes = []

    def transposed(value, new):
        permutation = {3: [1, 0, 2], 4: [1, 2, 0, 3]}[new[1]]
        nodes.append(helper.make_node("Transpose", [value], [new[0]], perm=permutation))
        return new[0]

    for node in list(graph.node):
        inputs = [transposed(value, (f"{node.name}_{value}", 3)) if value and index in (0, 5, 6) else value
                  for index, value in enumerate(node.input)]
        attributes = [attribute for attribute in node.attribute if attribute.name != "layout"]
        outputs = [f"{value}_steps" for value in node.output]
        inner = helper.make_node(node.op_type, inputs, outputs, name=node.name)
        inner.attribute.extend(attributes)
        nodes.append(inner)
        for index, value in enumerate(node.output):
            # [T, D, N, H] to [N, T, D, H], and [D, N, H] to [N, D, H].
            nodes.append(helper.make_node(
                "Transpose", [outputs[index]], [value], perm=[2, 0, 1, 3] if index == 0 else [1, 0, 2]))
    del graph.node[:]
    graph.node.extend(nodes)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"x": pattern([BATCH, STEPS, FEATURES])})
    flat = np.concatenate([output.reshape(-1) for output in outputs])
    np.save(FOLDER / f"{name}.npy", flat)
    print(name, flat.size, (FOLDER / f"{name}.onnx").stat().st_size)


def main():
    for opset in (7, 14, 22):
        model = Model(opset, {"x": [STEPS, BATCH, FEATURES], "factor": [1]})
        layers(model)
        model.save(f"recurrent_opset{opset}")
    model = Model(14, {"x": [BATCH, STEPS, FEATURES]})
    batches_first(model, layout=1)
    graph = helper.make_graph(model.nodes, "cases", model.inputs, model.outputs, initializer=model.initializers)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    whole.ir_version = 7
    onnx.save(whole, FOLDER / "recurrent_batches_first.onnx")
    in_other_order("recurrent_batches_first")


if __name__ == "__main__":
    main()
