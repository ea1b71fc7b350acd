"""Writes models with resizing by factors and pools at their limits, and ONNX Runtime's outputs without optimisations,
and models that normalise by the batch, whose outputs follow from the standard's formulas.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import random

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from make_operators import Model
from make_torch import FOLDER, pattern

LINES = (7, 9, 10, 18, 33, 49, 54)
INPUTS = {
    **{f"line{n}": [1, 1, n] for n in LINES}, "small": [1, 2, 5, 9], "wide": [1, 2, 4, 14], "volume": [1, 1, 3, 4, 5]}


def unoptimised():
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options


def write(model, name, outputs=None):
    """Writes a model and its outputs: those that are given, or ONNX Runtime's."""
    graph = helper.make_graph(
        model.nodes, "cases", model.inputs, model.outputs, initializer=model.initializers)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", model.opset)])
    file.ir_version = min(file.ir_version, 9)
    onnx.save(file, FOLDER / f"{name}.onnx")
    if outputs is None:
        session = onnxruntime.InferenceSession(
            FOLDER / f"{name}.onnx", unoptimised(), providers=["CPUExecutionProvider"])
        outputs = session.run(None, {value.name: pattern(value.shape) for value in session.get_inputs()})
    flat = np.concatenate([np.asarray(output, np.float32).reshape(-1) for output in outputs])
    assert np.isfinite(flat).all(), name
    np.save(FOLDER / f"{name}.npy", flat)
    print(name, flat.size, (FOLDER / f"{name}.onnx").stat().st_size)


def resampling(model):
    """Factors that are not exact in f32, and sizes, in every mode."""
    numbers = random.Random(model.opset)
    opset = model.opset
    modes = ["nearest", "nearest", "linear"] + (["cubic"] if opset >= 11 else [])
    coordinates = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
    coordinates += ["half_pixel_symmetric"] if opset >= 19 else []

    def factor(extent):
        least = 1 if opset < 10 else 0.3
        kind = numbers.randrange(4)
        if kind == 0:
            return 1.0
        if kind == 1:
            return max(round(numbers.uniform(max(least, 1.2 / extent), 4), 1), 1.2 / extent)
        size = numbers.randint(max(1, int(np.ceil(extent * least))), 3 * extent)
        return float(np.float32(size) / np.float32(extent))

    def resize(x, mode, words, **targets):
        shape = INPUTS[x]
        scales = [1.0, 1.0] + [factor(extent) for extent in shape[2:]]
        scales = targets.get("scales", scales)
        if opset < 9:
            return model.case("Upsample", x, mode=mode, scales=scales)
        stated = model.constant(scales, np.float32)
        if opset < 11:
            return model.case("Upsample" if opset < 10 else "Resize", x, stated, mode=mode)
        none = "" if opset >= 13 else model.constant([], np.float32)
        if "sizes" in targets:
            return model.case("Resize", x, none, none, model.ints(*targets["sizes"]), mode=mode, **words)
        return model.case("Resize", x, none, stated, mode=mode, **words)

    for index in range(90):
        mode = modes[index % len(modes)]
        name = f"line{LINES[index % len(LINES)]}" if index % 3 else numbers.choice(["small", "wide", "volume"])
        if mode == "cubic":
            name = numbers.choice(["small", "wide"])
        words = {}
        if opset >= 11:
            words["coordinate_transformation_mode"] = numbers.choice(
                coordinates + (["tf_half_pixel_for_nn"] if mode == "nearest" else []))
            if mode == "nearest":
                words["nearest_mode"] = numbers.choice(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
            if mode == "cubic" and numbers.random() < 0.4:
                words["exclude_outside"] = 1
            if opset >= 18 and mode != "nearest" and name != "volume" and numbers.random() < 0.4:
                words["antialias"] = 1
        if opset >= 11 and numbers.random() < 0.3:
            sizes = [extent if numbers.random() < 0.3 else numbers.randint(1, 3 * extent) for extent in INPUTS[name][2:]]
            resize(name, mode, words, sizes=INPUTS[name][:2] + sizes)
        else:
            resize(name, mode, words)
    # An extent times the quotient of sizes is the size; a tenth more is not exact.
    resize("line9", "linear", {}, scales=[1, 1, float(np.float32(17) / np.float32(9))])
    resize("line18", "nearest", {}, scales=[1, 1, 1.1])
    resize("line49", "nearest", {}, scales=[1, 1, 1.6])


def pools(model):
    """Windows larger than the padded image, the indices of maxima, norms."""
    ceil = dict(ceil_mode=1)
    model.case("MaxPool", "line7", kernel_shape=[5], dilations=[2], strides=[3], **ceil)
    model.case("MaxPool", "small", kernel_shape=[6, 10], strides=[2, 3], **ceil)
    model.case("AveragePool", "small", kernel_shape=[6, 4], strides=[3, 3], **ceil)
    model.case("MaxPool", "volume", kernel_shape=[4, 5, 2], strides=[2, 2, 2], **ceil)
    model.case("AveragePool", "volume", kernel_shape=[4, 4, 3], strides=[2, 1, 2], **ceil)
    if model.opset >= 19:
        model.case("AveragePool", "small", kernel_shape=[3, 4], strides=[2, 3], pads=[1, 1, 0, 1],
                   count_include_pad=1, **ceil)

    def places(x, **words):
        values, indices = model.op("MaxPool", x, outputs=2, **words)
        model.output(values)
        model.output(indices, TensorProto.INT64)

    for order in (0, 1):
        places("small", kernel_shape=[2, 3], strides=[2, 3], storage_order=order)
        places("small", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], storage_order=order, **ceil)
        places("volume", kernel_shape=[2, 2, 2], pads=[0, 0, 1, 1, 0, 0], storage_order=order)
    places("line10", kernel_shape=[3], strides=[2], dilations=[2], **ceil)

    def unpooled(x, *shape, **words):
        values, indices = model.op("MaxPool", x, outputs=2, **words)
        model.case("MaxUnpool", model.op("Neg", values), indices, *shape, **words)

    unpooled("wide", kernel_shape=[2, 2], strides=[2, 2])
    unpooled("line9", kernel_shape=[3], strides=[2])
    unpooled("volume", kernel_shape=[1, 2, 1], strides=[1, 2, 1])
    unpooled("small", model.ints(1, 2, 5, 9), kernel_shape=[2, 2], strides=[2, 2])
    for order in (1, 2, 3):
        model.case("LpPool", "small", kernel_shape=[2, 3], strides=[2, 2], pads=[1, 0, 1, 2], p=order)
        model.case("GlobalLpPool", "small", p=order)
    model.case("LpPool", "line9", kernel_shape=[4], strides=[3], auto_pad="SAME_UPPER")
    model.case("LpPool", "volume", kernel_shape=[2, 3, 2])
    if model.opset >= 18:
        model.case("LpPool", "small", kernel_shape=[2, 2], strides=[3, 3], dilations=[2, 1], **ceil)


def statistics(opset):
    """Batch normalisation by the statistics of the batch, or per element, as each operator set says it."""
    inputs = {"x": [3, 4, 5, 2], "m": [5, 4], "s": [1, 6, 7]}
    model = Model(opset, inputs)
    expected = []

    def normalise(name, x, spatial=True, batch=True, epsilon=1e-3, momentum=0.75, **words):
        shape = [x.shape[1]] if spatial or x.ndim == 2 else list(x.shape[1:])
        axes = (0, *range(2, x.ndim)) if spatial else (0,)
        values = [(pattern(shape) + shift).astype(np.float32) for shift in (0.25, 0.5, -0.5, 2)]
        stretched = [value.reshape(*shape, *[1] * (x.ndim - 1 - value.ndim)) for value in values]
        mean, variance = stretched[2:]
        if batch:
            mean, variance = x.mean(axes, np.float64), x.var(axes, np.float64)
            keep = [1 if axis in axes else extent for axis, extent in enumerate(x.shape)]
            statistics = [mean, variance]
            mean, variance = mean.reshape(keep), variance.reshape(keep)
        result = (x - mean) / np.sqrt(variance + epsilon) * stretched[0] + stretched[1]
        if opset < 9 and not spatial:
            words["spatial"] = 0
        if opset < 7:
            words["is_test"] = 0 if batch else 1
        if opset >= 14 and batch:
            words["training_mode"] = 1
        results = 1 if not batch else 3 if opset >= 14 else 5
        names = model.op("BatchNormalization", name, *[model.constant(value) for value in values], outputs=results,
                         epsilon=epsilon, momentum=momentum, **words)
        outputs = [result]
        if batch:
            running = [old * momentum + new * (1 - momentum) for old, new in zip(values[2:], statistics)]
            outputs += (running + statistics)[:results - 1]
        for output, value in zip([names] if results == 1 else names, outputs, strict=True):
            model.output(output)
            expected.append(value)

    for name, shape in inputs.items():
        for spatial in (True, False) if opset < 9 else (True,):
            for batch in (True, False):
                normalise(name, pattern(shape), spatial, batch)
    # Weights that are standardised: no value of the caller takes part.
    weight = pattern([2, 3, 9])
    flat = model.op("Reshape", model.constant(weight), model.ints(1, 2, 27))
    normalise(flat, weight.reshape(1, 2, 27))
    write(model, f"batch_opset{opset}", expected)


def main():
    for build, opsets in ((resampling, (7, 9, 10, 11, 13, 19)), (pools, (12, 19))):
        for opset in opsets:
            model = Model(opset, INPUTS)
            build(model)
            write(model, f"{build.__name__}_opset{opset}")
    for opset in (6, 8, 9, 15):
        statistics(opset)


if __name__ == "__main__":
    main()
