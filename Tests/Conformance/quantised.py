"""Random quantised models of ONNX, written in two forms, against ONNX Runtime and the interpreter:

    python Tests/Conformance/quantised.py [--resin PROGRAM] [--count N] [--seed N] [--keep FOLDER]

Each model is made once as QuantizeLinear and DequantizeLinear around operators of floats (QDQ), and once of operators on
integers (QLinearConv, ConvInteger, MatMulInteger and their like). All scales are powers of two and sums small enough, so
that no float rounds in between: ONNX Runtime without its optimisations, which computes the first form with floats, and Resin,
which computes both with integers, give the same bytes. `resin verify` compares each with the interpreter.

Needs onnx, onnxruntime and NumPy. A failure names the seed: `--seed SEED --count 1` repeats it, `--keep FOLDER` leaves the
files there.
"""

import argparse
import collections
import concurrent.futures
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
MICROSOFT = "com.microsoft"
# Kinds that must come up in a run of forty models or more.
KINDS = ("Conv", "ConvInteger", "depthwise", "grouped", "strided", "channel scales", "Add", "Mul", "Concat", "MatMul",
         "MatMulInteger", "MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Sigmoid", "LeakyRelu", "Transpose",
         "int8", "batch")

# A value of integers: its name, shape, scale and zero point, and the integers themselves.
Value = collections.namedtuple("Value", "name shape scale zero array")


class Form:
    """The nodes and constants of one of the two forms."""

    def __init__(self):
        self.nodes, self.constants, self.names = [], [], 0

    def constant(self, array):
        self.names += 1
        self.constants.append(numpy_helper.from_array(np.asarray(array), f"c{self.names}"))
        return self.constants[-1].name

    def node(self, kind, inputs, output=None, domain="", **attributes):
        self.names += 1
        output = output or f"v{self.names}"
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def quantities(self, scale, zero):
        return [self.constant(np.asarray(scale, np.float32)), self.constant(np.asarray(zero))]

    def of(self, value):
        """Name, scale and zero point of a value, as the operators on integers take them."""
        return [value.name] + self.quantities(value.scale, value.zero)

    def floats(self, value):
        return self.node("DequantizeLinear", self.of(value))


class Network:
    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.qdq, self.integers = Form(), Form()
        self.values, self.kinds, self.count = [], set(), 0
        batch = self.pick([1, 1, 2, 3])
        if batch > 1:
            self.kinds.add("batch")
        sides = (self.pick([4, 8]), self.pick([4, 8])) if self.chance(40) else (self.integer(3, 14), self.integer(3, 14))
        shape = (batch, self.pick([1, 3, 4, 8, 16, 17])) + sides
        array = self.random.integers(0, 256, shape).astype(np.uint8)
        self.input = Value("x", shape, 2.0**-6, np.uint8(self.pick([0, 3, 128])), array)
        self.values.append(self.input)
        layers = [self.convolution] * 4 + [
            self.binary, self.binary, self.concatenation, self.pool, self.average, self.resize, self.table,
            self.product, self.transpose]
        wanted = self.integer(4, 14)
        for _ in range(60):
            if len(self.values) > wanted:
                break
            self.pick(layers)()

    def pick(self, choices):
        return choices[int(self.random.integers(len(choices)))]

    def integer(self, low, high):
        return int(self.random.integers(low, high + 1))

    def chance(self, percent):
        return self.integer(0, 99) < percent

    def value(self):
        images = [v for v in self.values if len(v.shape) == 4]
        return images[-self.integer(1, min(3, len(images)))] if self.chance(70) else self.pick(images)

    # What integers mean, and what floats become

    @staticmethod
    def real(value):
        return (value.array.astype(np.float64) - float(value.zero)) * value.scale

    @staticmethod
    def quantise(real, scale, zero):
        limits = np.iinfo(zero.dtype)
        return np.clip(np.rint(real / scale) + float(zero), limits.min, limits.max).astype(zero.dtype)

    def quantities(self, real):
        """A scale that is a power of two, and a zero point, for some numbers."""
        low, high = min(0.0, real.min()), max(0.0, real.max())
        scale = 2.0 ** math.ceil(math.log2(max(high - low, 1e-3) / 255)) * self.pick([1, 1, 0.5])
        kind = self.pick([np.uint8, np.uint8, np.uint8, np.int8])
        limits = np.iinfo(kind)
        return scale, kind(np.clip(limits.min + round(-low / scale), limits.min, limits.max))

    def add(self, real, qdq, integers, wanted=None):
        """A new value: `qdq` is the name of its floats in the first form; `integers(name, scale, zero)` writes it in the second."""
        scale, zero = wanted or self.quantities(real)
        self.count += 1
        name = f"q{self.count}"
        if zero.dtype == np.int8:
            self.kinds.add("int8")
        self.qdq.node("QuantizeLinear", [qdq] + self.qdq.quantities(scale, zero), name)
        integers(name, scale, zero)
        self.values.append(Value(name, real.shape, scale, zero, self.quantise(real, scale, zero)))

    # Layers

    def convolution(self):
        x = self.value()
        channels = x.shape[1]
        groups = self.pick([g for g in (1, 1, 1, 2, 4) if channels % g == 0] + [channels])
        outputs = groups * self.integer(1, max(1, 24 // groups))
        kernel = (self.pick([1, 3, 3, 5]), self.pick([1, 3, 3]))
        strides = self.pick([(1, 1), (1, 1), (2, 2), (1, 2)])
        pads = [self.integer(0, 2), self.integer(0, 2), self.integer(0, 2), self.integer(0, 2)]
        extents = [x.shape[2 + i] + pads[i] + pads[i + 2] for i in (0, 1)]
        if any(e < k for e, k in zip(extents, kernel)):
            return
        shape = (outputs, channels // groups) + kernel
        # Sums below 2^24 are floats.
        most = min(127, (2**24 - 10_000) // (256 * int(np.prod(shape[1:]))) - 1)
        pattern = self.pick([[most], [-most - 1], [most, -most - 1], None, None, None])
        count = int(np.prod(shape))
        weight = (np.resize(pattern, count) if pattern else self.random.integers(-most - 1, most + 1, count))
        weight = weight.reshape(shape).astype(np.int8)
        takes_scales = self.chance(60)
        scales = 2.0 ** -self.random.integers(5, 10, outputs if takes_scales else ()).astype(np.float64)
        bias = self.random.integers(-5000, 5001, outputs).astype(np.int32) if self.chance(60) else None
        padded = np.pad(x.array.astype(np.int64) - int(x.zero), ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, (2, 3))[:, :, ::strides[0], ::strides[1]]
        parts = [
            np.einsum("nchwij,kcij->nkhw", windows[:, g * shape[1]:(g + 1) * shape[1]],
                      weight[g * outputs // groups:(g + 1) * outputs // groups].astype(np.int64))
            for g in range(groups)]
        sums = np.concatenate(parts, 1)
        if bias is not None:
            sums = sums + bias[:, None, None].astype(np.int64)
        if sums.size > 10_000 or np.abs(sums).max() >= 2**24:
            return
        self.kinds.add("Conv")
        if groups > 1:
            self.kinds.add("depthwise" if groups == channels else "grouped")
        if strides != (1, 1):
            self.kinds.add("strided")
        if takes_scales:
            self.kinds.add("channel scales")
        products = x.scale * scales
        real = sums * (products[:, None, None] if takes_scales else products)
        attributes = {"group": groups, "strides": strides, "pads": pads}
        zeros = np.zeros(np.shape(scales), np.int8)

        form = self.qdq
        axis = {"axis": 0} if takes_scales else {}
        w = form.node("DequantizeLinear", [form.constant(weight)] + form.quantities(scales, zeros), **axis)
        operands = [form.floats(x), w]
        if bias is not None:
            quantities = form.quantities(products, np.zeros(np.shape(scales), np.int32))
            operands.append(form.node("DequantizeLinear", [form.constant(bias)] + quantities, **axis))
        y = form.node("Conv", operands, **attributes)
        clamps = self.chance(50)
        if clamps:
            y, real = form.node("Relu", [y]), np.maximum(real, 0)

        def write(name, scale, zero):
            form = self.integers
            limits = np.iinfo(zero.dtype)
            # A ReLU is part of the operator only where the least integer stands for 0.
            if (not clamps or int(zero) == limits.min) and self.chance(60):
                extra = [] if bias is None else [form.constant(bias)]
                form.node(
                    "QLinearConv",
                    form.of(x) + [form.constant(weight)] + form.quantities(scales, zeros)
                    + form.quantities(scale, zero) + extra, name, **attributes)
                return
            self.kinds.add("ConvInteger")
            sums = form.node(
                "ConvInteger", [x.name, form.constant(weight), form.constant(x.zero)], **attributes)
            if bias is not None:
                sums = form.node("Add", [sums, form.constant(bias[:, None, None])])
            y = form.node("Cast", [sums], to=TensorProto.FLOAT)
            factor = (products[:, None, None] if takes_scales else products).astype(np.float32)
            y = form.node("Mul", [y, form.constant(factor)])
            if clamps:
                y = form.node("Relu", [y])
            form.node("QuantizeLinear", [y] + form.quantities(scale, zero), name)

        self.add(real, y, write)

    def binary(self):
        x = self.value()
        other = self.pick([v for v in self.values if v.shape == x.shape])
        kind = self.pick(["Add", "Add", "Mul"])
        real = self.real(x) + self.real(other) if kind == "Add" else self.real(x) * self.real(other)
        self.kinds.add(kind)
        self.add(
            real, self.qdq.node(kind, [self.qdq.floats(x), self.qdq.floats(other)]),
            lambda name, scale, zero: self.integers.node(
                f"QLinear{kind}",
                self.integers.of(x) + self.integers.of(other) + self.integers.quantities(scale, zero), name, MICROSOFT))

    def concatenation(self):
        x = self.value()
        fitting = [v for v in self.values if len(v.shape) == 4 and v.shape[2:] == x.shape[2:]]
        parts = [x] + [self.pick(fitting) for _ in range(self.integer(1, 2))]
        real = np.concatenate([self.real(p) for p in parts], 1)
        if real.size > 10_000:
            return
        self.kinds.add("Concat")

        def write(name, scale, zero):
            operands = self.integers.quantities(scale, zero)
            for part in parts:
                operands += self.integers.of(part)
            self.integers.node("QLinearConcat", operands, name, MICROSOFT, axis=1)

        self.add(real, self.qdq.node("Concat", [self.qdq.floats(p) for p in parts], axis=1), write)

    def pool(self):
        x = self.value()
        side = self.pick([2, 3])
        if min(x.shape[2:]) < side:
            return
        window = {"kernel_shape": [side, side], "strides": [self.integer(1, 2)] * 2}
        windows = np.lib.stride_tricks.sliding_window_view(x.array, (side, side), (2, 3))
        array = windows[:, :, ::window["strides"][0], ::window["strides"][0]].max((-2, -1))
        self.kinds.add("MaxPool")
        self.add(
            (array.astype(np.float64) - float(x.zero)) * x.scale,
            self.qdq.node("MaxPool", [self.qdq.floats(x)], **window),
            lambda name, scale, zero: self.integers.node("MaxPool", [x.name], name, **window), (x.scale, x.zero))

    def average(self):
        """Averages of so many powers of two that no sum of them rounds."""
        x = self.value()
        pixels = x.shape[2] * x.shape[3]
        if pixels & (pixels - 1) == 0 and self.chance(60):
            kind, window = "GlobalAveragePool", {}
            real = self.real(x).mean((2, 3), keepdims=True)
        elif min(x.shape[2:]) >= 2:
            kind, window = "AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}
            windows = np.lib.stride_tricks.sliding_window_view(self.real(x), (2, 2), (2, 3))
            real = windows[:, :, ::2, ::2].mean((-2, -1))
        else:
            return
        self.kinds.add(kind)
        self.add(
            real, self.qdq.node(kind, [self.qdq.floats(x)], **window),
            lambda name, scale, zero: self.integers.node(
                f"QLinear{kind}", self.integers.of(x) + self.integers.quantities(scale, zero), name, MICROSOFT, **window))

    def resize(self):
        x = self.value()
        if x.array.size > 2_500:
            return
        self.kinds.add("Resize")
        attributes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        factors = np.asarray([1, 1, 2, 2], np.float32)

        def write(form, source, name=None):
            return form.node("Resize", [source, "", form.constant(factors)], name, **attributes)

        self.add(
            self.real(x).repeat(2, 2).repeat(2, 3), write(self.qdq, self.qdq.floats(x)),
            lambda name, scale, zero: write(self.integers, x.name, name), (x.scale, x.zero))

    def table(self):
        x = self.value()
        kind = self.pick(["Sigmoid", "LeakyRelu"])
        attributes = {"alpha": 0.125} if kind == "LeakyRelu" else {}

        def function(v):
            return 1 / (1 + np.exp(-v)) if kind == "Sigmoid" else np.where(v < 0, 0.125 * v, v)

        limits = np.iinfo(x.zero.dtype)
        levels = (np.arange(limits.min, limits.max + 1) - float(x.zero)) * x.scale
        real = function(self.real(x))
        scale, zero = self.quantities(real)
        # Where a level lies in the middle between two, a last bit decides, but for what is exact.
        steps = function(levels) / scale
        if kind == "Sigmoid" and (np.abs(steps - np.floor(steps) - 0.5) < 0.002).any():
            return
        self.kinds.add(kind)
        self.add(
            real, self.qdq.node(kind, [self.qdq.floats(x)], **attributes),
            lambda name, scale, zero: self.integers.node(
                f"QLinear{kind}", self.integers.of(x) + self.integers.quantities(scale, zero), name, MICROSOFT,
                **attributes), (scale, zero))

    def product(self):
        """The rows of an image times a known matrix."""
        x = self.value()
        inputs, outputs = x.shape[3], self.integer(1, 20)
        weight = self.random.integers(-127, 128, (inputs, outputs)).astype(np.int8)
        scale_w, zero_w = 2.0**-7, np.int8(0)
        sums = (x.array.astype(np.int64) - int(x.zero)) @ weight.astype(np.int64)
        if sums.size > 10_000:
            return
        self.kinds.add("MatMul")
        form = self.qdq
        w = form.node("DequantizeLinear", [form.constant(weight)] + form.quantities(scale_w, zero_w))

        def write(name, scale, zero):
            form = self.integers
            if self.chance(50):
                form.node(
                    "QLinearMatMul", form.of(x) + [form.constant(weight)] + form.quantities(scale_w, zero_w)
                    + form.quantities(scale, zero), name)
                return
            self.kinds.add("MatMulInteger")
            sums = form.node("MatMulInteger", [x.name, form.constant(weight), form.constant(x.zero)])
            y = form.node("Cast", [sums], to=TensorProto.FLOAT)
            y = form.node("Mul", [y, form.constant(np.float32(x.scale * scale_w))])
            form.node("QuantizeLinear", [y] + form.quantities(scale, zero), name)

        self.add(sums * (x.scale * scale_w), form.node("MatMul", [form.floats(x), w]), write)

    def transpose(self):
        x = self.value()
        order = {"perm": [0, 1, 3, 2]}
        self.kinds.add("Transpose")
        self.add(
            self.real(x).transpose(order["perm"]), self.qdq.node("Transpose", [self.qdq.floats(x)], **order),
            lambda name, scale, zero: self.integers.node("Transpose", [x.name], name, **order), (x.scale, x.zero))

    # Files

    def outputs(self):
        """Values that nothing reads."""
        read = {name for form in (self.qdq, self.integers) for node in form.nodes for name in node.input}
        return [v for v in self.values[1:] if v.name not in read]

    def model(self, form):
        def info(value):
            kind = TensorProto.UINT8 if value.array.dtype == np.uint8 else TensorProto.INT8
            return helper.make_tensor_value_info(value.name, kind, value.shape)

        graph = helper.make_graph(
            form.nodes, "random", [info(self.input)], [info(v) for v in self.outputs()], form.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command[:3]))}: {done.stdout}{done.stderr}")


def mistakes(resin, seed, folder):
    """What is wrong with the network of a seed, in words, and what kinds of layers it has."""
    network = Network(seed)
    outputs = network.outputs()
    if not outputs:
        return [], network.kinds
    folder.mkdir(exist_ok=True)
    np.save(folder / "x.npy", network.input.array)
    found = []
    for name, form in (("qdq", network.qdq), ("integers", network.integers)):
        path = folder / f"{name}.onnx"
        onnx.save(network.model(form), path)
        if name == "qdq":
            options = onnxruntime.SessionOptions()
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            options.intra_op_num_threads = 1
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            expected = session.run([v.name for v in outputs], {"x": network.input.array})
            for value, array in zip(outputs, expected):
                if not np.array_equal(value.array, array):
                    found.append(f"seed {seed}: this script and ONNX Runtime differ at {value.name}")
        try:
            run([resin, "run", path, "--input", folder / "x.npy", "--output", folder / f"{name}.npy"])
            run([resin, "verify", path, "--input", folder / "x.npy"])
        except RuntimeError as error:
            found.append(f"seed {seed}, {name}: {error}")
            continue
        for value, array in zip(outputs, expected):
            file = folder / (f"{name}.npy" if len(outputs) == 1 else f"{name}.{value.name}.npy")
            differing = int((np.load(file).astype(int) != array.astype(int)).sum())
            if differing:
                found.append(f"seed {seed}, {name}: {value.name}, {differing} of {array.size} bytes differ")
    return found, network.kinds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--resin", default=str(ROOT / ".build/release/resin"))
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    kinds, failed = collections.Counter(), []
    seeds = range(options.seed, options.seed + options.count)
    with tempfile.TemporaryDirectory(prefix="resin-quantised-") as scratch:
        folder = options.keep or pathlib.Path(scratch)
        folder.mkdir(exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for found, of in pool.map(lambda seed: mistakes(options.resin, seed, folder / str(seed)), seeds):
                failed += found
                kinds.update(of)
    for line in failed:
        print(line, file=sys.stderr)
    if options.count >= 40:
        for kind in KINDS:
            if kinds[kind] < 3:
                failed.append(kind)
                print(f"{kind} is in {kinds[kind]} models only", file=sys.stderr)
    print(f"{options.count} random quantised models in two forms: {len(failed)} mistakes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
