"""Writes one small ResNet in every operator set that Resin reads.

The network is written in set 7 and raised set by set with `onnx.version_converter`, as files grow old
in the world; what the converter cannot raise is written anew in that set. Needs onnx and numpy.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, version_converter

from make_torch import FOLDER, pattern

OPSETS = range(6, 29)


def network(opset):
    """Stem, a plain block, a strided block with a projection, and a classifier."""
    nodes, weights = [], []

    def constant(value, name):
        weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(kind, operands, name, **attributes):
        nodes.append(helper.make_node(kind, operands, [f"{name}_out"], name=name, **attributes))
        return f"{name}_out"

    def conv(x, name, inputs, outputs, kernel, stride=1):
        w = constant(pattern([outputs, inputs, kernel, kernel]) / (inputs * kernel), f"{name}.weight")
        pads = [kernel // 2] * 4
        return node("Conv", [x, w], name, kernel_shape=[kernel, kernel], strides=[stride, stride], pads=pads)

    def norm(x, name, channels):
        statistics = [
            constant((pattern([channels]) + shift).astype(np.float32), f"{name}.{part}")
            for part, shift in (("weight", 1.5), ("bias", 0), ("running_mean", 0), ("running_var", 2))]
        training = {"is_test": 1} if opset < 7 else {}
        return node("BatchNormalization", [x, *statistics], name, epsilon=1e-5, **training)

    def block(x, name, inputs, outputs, stride):
        y = node("Relu", [norm(conv(x, f"{name}.conv1", inputs, outputs, 3, stride), f"{name}.bn1", outputs)], f"{name}.relu1")
        y = norm(conv(y, f"{name}.conv2", outputs, outputs, 3), f"{name}.bn2", outputs)
        if stride != 1:
            x = norm(conv(x, f"{name}.down", inputs, outputs, 1, stride), f"{name}.bn3", outputs)
        return node("Relu", [node("Add", [y, x], f"{name}.add")], f"{name}.relu2")

    x = node("Relu", [norm(conv("image", "conv1", 3, 4, 3, 2), "bn1", 4)], "relu")
    x = node("MaxPool", [x], "maxpool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = block(x, "layer1", 4, 4, 1)
    x = block(x, "layer2", 4, 8, 2)
    x = node("Flatten", [node("GlobalAveragePool", [x], "avgpool")], "flatten")
    w, b = constant(pattern([5, 8]), "fc.weight"), constant(pattern([5]), "fc.bias")
    logits = node("Gemm", [x, w, b], "fc", transB=1)
    nodes.append(helper.make_node("Softmax", [logits], ["scores"], name="softmax", axis=1))
    graph = helper.make_graph(
        nodes, "resnet", [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 5])], initializer=weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 4
    return model


def main():
    (FOLDER / "opsets").mkdir(exist_ok=True)
    model = network(7)
    for opset in OPSETS:
        if opset < 7:
            written = network(opset)
        elif opset == 7:
            written = model
        else:
            try:
                written = model = version_converter.convert_version(model, opset)
            except RuntimeError as problem:
                print(opset, problem)
                written = network(opset)
        onnx.checker.check_model(written)
        path = FOLDER / "opsets" / f"resnet_opset{opset}.onnx"
        onnx.save(written, path)
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
