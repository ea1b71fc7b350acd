"""Modules of PyTorch as networks."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from typing import Any, Optional

import resin

from .compiling import Path, jit


def from_torch(
    module: Any, example: Any, *, output: Optional[Path] = None, threads: int = 1, **options: Any
) -> resin.Network:
    """Exports a module of PyTorch by `torch.onnx` and compiles it, as `jit` does; needs PyTorch 2.5 and onnxscript.

    `example` is an input as the module takes it, or a tuple of several; their values do not matter. The module is exported as it
    is in evaluation. The network is for as many images as the example holds, or for the numbers of `batch=[1, 8]`,
    where the first axis of each input is that of the images. All other options are those of `jit`.

        net = resin.from_torch(torchvision.models.resnet18(weights="DEFAULT"), torch.zeros(1, 3, 224, 224))
    """
    inputs = tuple(example) if isinstance(example, (list, tuple)) else (example,)
    name = re.sub(r"\W", "_", type(module).__name__).lower()
    with tempfile.TemporaryDirectory(prefix="resin-") as folder:
        path = os.path.join(folder, f"{name}.onnx")
        _export(module, inputs, path, is_batch_open="batch" in options)
        return jit(path, output=output, threads=threads, **options)


def _export(module: Any, inputs: "tuple[Any, ...]", path: str, *, is_batch_open: bool) -> None:
    import torch

    shapes = None
    if is_batch_open:
        images = torch.export.Dim("batch", min=1)
        shapes = tuple({0: images} if _has_images(value) else None for value in inputs)
        # An extent of 1 would be taken for a constant.
        inputs = tuple(
            torch.cat([value, value]) if _has_images(value) and value.shape[0] == 1 else value for value in inputs)
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # One axis has one name, in all inputs.
            warnings.filterwarnings("ignore", message="# The axis name: batch")
            torch.onnx.export(module, inputs, path, dynamo=True, dynamic_shapes=shapes, verbose=False)
    finally:
        for part, mode in modes:
            part.training = mode


def _has_images(value: Any) -> bool:
    return getattr(value, "ndim", 0) > 0
