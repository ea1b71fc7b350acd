"""A backend for `onnx.backend.test` that runs every model through the program `resin`.

Shapes are static to Resin, so an integer input of the graph, which is a shape, an axis, an index or an
amount of padding, becomes an initializer with the value of the test before the model is compiled, and
so does a floating-point input that decides about shapes (`SHAPING`) or has no elements.
"""

import pathlib
import subprocess
import tempfile
import unittest

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.base import Backend, BackendRep

import scope

# Set by the runner: the program to test.
PROGRAM = ".build/release/resin"
# Operands that Resin has to know: scales of an image, regions, bounds of a range, values of padding, the
# length of an axis, thresholds, how often a loop turns.
SHAPING = {
    "Resize": (1, 2), "Upsample": (1,), "Range": (0, 1, 2), "Pad": (2,), "OneHot": (1,),
    "NonMaxSuppression": (3, 4), "Loop": (0, 1),
}
# Seconds after which a run counts as failed.
TIME_LIMIT = 300


class Failure(Exception):
    """Resin refused the model or crashed; the message is its own, on one line."""


class Model(BackendRep):
    def __init__(self, model):
        self.model = model

    def run(self, inputs, **_):
        with tempfile.TemporaryDirectory(prefix="resin-conformance-") as folder:
            return run(self.model, inputs, pathlib.Path(folder))


class Resin(Backend):
    @classmethod
    def prepare(cls, model, device="CPU", **_):
        reason = scope.out_of_scope(model)
        if reason:
            raise unittest.SkipTest(reason)
        return Model(model)

    @classmethod
    def supports_device(cls, device):
        return device == "CPU"


def run(model, inputs, folder):
    """The outputs of a model for arrays, one for each of its inputs that is no initializer."""
    model, given = bake(model, inputs)
    path = folder / "model.onnx"
    onnx.save(model, path)
    command = [PROGRAM, "run", str(path), "--output", str(folder / "out.npy")]
    for index, array in enumerate(given):
        np.save(folder / f"in{index}.npy", array)
        command += ["--input", str(folder / f"in{index}.npy")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        raise Failure(f"did not end within {TIME_LIMIT} s") from None
    if done.returncode < 0:
        raise Failure(f"ended by signal {-done.returncode}")
    if done.returncode != 0:
        raise Failure(message(done.stderr, str(path)))
    return [read(value, folder, len(model.graph.output)) for value in model.graph.output]


def bake(model, inputs):
    """The model with static shapes and what shapes depend on as initializers, and the other inputs."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    shaping = set()
    for node in reversed(model.graph.node):
        # And what these follow from.
        if shaping.intersection(node.output):
            shaping.update(node.input)
        shaping.update(name for index, name in enumerate(node.input) if index in SHAPING.get(node.op_type, ()))
    held = {tensor.name for tensor in model.graph.initializer}
    values = [value for value in model.graph.input if value.name not in held]
    given = []
    for value, array in zip(values, inputs, strict=False):
        array = np.asarray(array)
        if np.issubdtype(array.dtype, np.integer) or value.name in shaping or array.size == 0:
            model.graph.initializer.append(numpy_helper.from_array(array, value.name))
            model.graph.input.remove(value)
            continue
        value.type.tensor_type.shape.Clear()
        for extent in array.shape:
            value.type.tensor_type.shape.dim.add().dim_value = extent
        # The program reads dense arrays.
        given.append(np.ascontiguousarray(array).reshape(array.shape))
    return model, given


def read(value, folder, count):
    """One output. Integers of every width are 64 bits wide to Resin: they get their own width back."""
    safe = value.name.replace("/", "_")
    rows = folder / f"out.{safe}.count.npy"
    array = np.load(folder / ("out.npy" if count == 1 and not rows.exists() else f"out.{safe}.npy"))
    if rows.exists():
        array = existing(array, int(np.load(rows)), value)
    wanted = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
    if np.issubdtype(array.dtype, np.integer) and np.issubdtype(wanted, np.integer):
        narrowed = array.astype(wanted)
        if (narrowed == array).all():
            return narrowed
    return array


def existing(array, rows, value):
    """The first entries of an output whose length depends on the data, along the axis whose extent differs from it."""
    extents = [extent.dim_value for extent in value.type.tensor_type.shape.dim]
    axis = next((i for i, extent in enumerate(extents) if extent != array.shape[i]), 0)
    return np.take(array, range(rows), axis)


def message(text, path):
    """What the program says, without the path of the file and without hints."""
    lines = [line for line in text.splitlines() if line.startswith(path)] or text.splitlines()[:1]
    line = lines[0] if lines else "failed without a message"
    return line.removeprefix(path).removeprefix(": ").replace("error: ", "")
