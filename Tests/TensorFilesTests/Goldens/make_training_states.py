"""Makes the training states of this folder: python Tests/TensorFilesTests/Goldens/make_training_states.py

Needs PyTorch, NumPy and safetensors. Each holds the tensors of `checkpoint_training.safetensors` under `state_dict`, and
beside them what programs keep in their checkpoints.
"""

import argparse
import collections
import datetime
import decimal
import enum
import fractions
import functools
import io
import operator
import pathlib
import random
import sys
import types
import uuid
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

HERE = Path(__file__).resolve().parent


class Phase(enum.Enum):
    """An enumeration."""

    TRAIN = "train"


class Level(enum.IntEnum):
    """An enumeration of numbers."""

    HIGH = 2


Score = collections.namedtuple("Score", "top1 top5")


class Slots:
    """An object without a dictionary."""

    __slots__ = ("value",)


class Node:
    """An object that is part of itself."""

    def __init__(self):
        self.parent = (self, [self])


class Exact:
    """An object with arguments by name."""

    def __new__(cls, *, value):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (), {"value": 3}


class Names(collections.OrderedDict):
    """A dictionary of a class of its own."""


class Old:
    """An object that is called into being by hand."""

    def __reduce__(self):
        return (operator.attrgetter("real"), (1,), {"state": 1}, iter([1, 2]), iter([("a", 1)]))


def stand_in(module: str, *names: str):
    """Classes of packages that need not be installed; only their names come to be in the file."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    for name in names:
        bases = (dict,) if name.endswith(("Node", "AttributeDict")) else (object,)
        setattr(sys.modules[module], name, type(name, bases, {"__module__": module}))
    return [getattr(sys.modules[module], name) for name in names]


def filled(kind, **values):
    """An object of a class with attributes."""
    result = kind()
    result.__dict__.update(values)
    if isinstance(result, dict):
        result.update(values)
    return result


def plain_data() -> dict:
    """Objects of Python and NumPy."""
    loop = []
    loop.append(loop)
    slots = Slots()
    slots.value = 3
    return {
        "args": argparse.Namespace(lr=0.1, path=pathlib.PosixPath("data"), names=["a"], nested=argparse.Namespace(x=1)),
        "best": np.float64(0.9), "best32": np.float32(0.5), "count": np.int64(3), "flag": np.bool_(True),
        "array": np.arange(6).reshape(2, 3), "objects": np.array([None, {"a": 1}], dtype=object),
        "records": np.zeros(2, dtype=[("x", "f4"), ("y", "i2")]), "dtype": np.dtype("float32"),
        "log": collections.defaultdict(list, loss=[0.5, 0.25]), "counts": collections.Counter("abca"),
        "path": pathlib.PosixPath("/tmp/run"), "now": datetime.datetime(2024, 5, 1, 12, 30, tzinfo=datetime.timezone.utc),
        "took": datetime.timedelta(hours=3), "space": types.SimpleNamespace(a=1, b=[2]), "phase": Phase.TRAIN,
        "level": Level.HIGH, "score": Score(0.5, 0.9), "call": functools.partial(max, 1, key=None),
        "class": Slots, "function": stand_in, "method": "text".upper, "set": {1, 2}, "frozen": frozenset([3]),
        "complex": 1 + 2j, "decimal": decimal.Decimal("1.5"), "fraction": fractions.Fraction(1, 3),
        "bytes": b"\xff\x00", "bytearray": bytearray(b"ab"), "range": range(3), "slice": slice(1, 2),
        "uuid": uuid.UUID(int=7), "queue": collections.deque([1, 2], maxlen=3), "chain": collections.ChainMap({"a": 1}),
        "slots": slots, "loop": loop, "node": Node(), "exact": Exact(value=3), "names": Names(a=1), "old": Old(),
        "large": 1 << 4000, "half": "\ud800", "none": None, "ellipsis": ..., "nan": float("nan"),
        3: "a number as key", (1, 2): "a tuple as key", None: 0, b"k": 1, "error": ValueError("message"),
        "random": random.Random(1).getstate(), "numpy_random": np.random.RandomState(1).get_state(),
        "generator": np.random.default_rng(1),
    }


def torch_data(optimizer, schedules) -> dict:
    """Objects of PyTorch."""
    return {
        "size": torch.Size([2, 3]), "device": torch.device("cpu"), "element": torch.float16, "layout": torch.strided,
        "rng_state": torch.get_rng_state(), "rngs": {"cpu": torch.get_rng_state()},
        "best_acc1": torch.tensor(76.1), "hyper_parameters": {"class_weights": torch.ones(10)},
        "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {"best_model_score": torch.tensor(0.9), "best_k_models": {
            "last.ckpt": torch.tensor(0.9)}}},
        "optimizer": optimizer.state_dict(), "optimizer_states": [optimizer.state_dict()],
        "schedule": [schedule.state_dict() for schedule in schedules],
        "scaler": {"scale": 65536.0, "_growth_tracker": 0}, "loops": {"fit_loop": {"state_dict": {}, "epoch": {"total": 3}}},
        "module": nn.Sequential(nn.Linear(3, 2), nn.ReLU()), "sampler": torch.utils.data.SequentialSampler([1, 2]),
        "sparse": torch.eye(2).to_sparse(), "phases": torch.zeros(2, dtype=torch.complex64),
        "conjugate": torch.zeros(2, dtype=torch.complex64).conj(), "negative": torch.zeros(2, dtype=torch.complex64).conj().imag,
        "quantised": torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.qint8),
        "eight": torch.ones(2).to(torch.float8_e4m3fn),
    }


def configurations() -> dict:
    """Configurations as objects of common packages."""
    (cfg,) = stand_in("yacs.config", "CfgNode")
    (attributes,) = stand_in("pytorch_lightning.utilities.parsing", "AttributeDict")
    dict_config, metadata = stand_in("omegaconf.dictconfig", "DictConfig", "ContainerMetadata")
    (any_node,) = stand_in("omegaconf.nodes", "AnyNode")
    return {
        "cfg": filled(cfg, LR=0.1, MODEL=filled(cfg, NAME="net")), "hparams": filled(attributes, lr=0.1),
        "config": filled(dict_config, _metadata=filled(metadata, key=None), _content={"lr": filled(any_node, _val=0.1)}),
    }


def save(name: str, value, **options):
    # A stream gives the archive's folder the same name always.
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    (HERE / name).write_bytes(stream.getvalue())


def main():
    torch.manual_seed(0)
    weights = load_file(HERE / "checkpoint_training.safetensors")
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    schedules = [
        torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5]), torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer),
    ]
    everything = {**plain_data(), "state_dict": collections.OrderedDict(weights), **configurations()}
    everything |= torch_data(optimizer, schedules)
    for protocol in [2, 4]:
        save(f"training_state_protocol{protocol}.pth", everything, pickle_protocol=protocol)
    legacy = {key: value for key, value in everything.items() if key != "eight"}
    save("training_state_legacy.pth", legacy, _use_new_zipfile_serialization=False)

    # A dictionary of tensors in containers of other classes, and tensors with attributes.
    for value in weights.values():
        value.tag = "a"
    parameter = nn.Parameter(weights["0.weight"])
    parameter.tag = {"a": 1}
    weights["0.weight"] = parameter
    inside = collections.defaultdict(Names, state_dict=Names(weights, _extra=None))
    save("training_state_containers.pth", (7, [inside], argparse.Namespace()))

    # What stands where tensors are wanted.
    save("no_tensors.pth", {"conv1.weight": np.zeros((2, 2), np.float32), "conv1.bias": torch.zeros(2, dtype=torch.complex64),
                            "fc.weight": torch.zeros(2, 2), "fc.bias": 3.0, "fc.scale": [torch.zeros(2)]})


if __name__ == "__main__":
    main()
