"""Exports one network to the cache: python export_network.py NETWORK BATCH

Writes NETWORK.weights.pt, NETWORK-bBATCH.onnx and NETWORK-bBATCH.npz with the arrays `input`,
`output` (PyTorch in 32-bit floats), `output64` (in 64-bit floats) and `multiply_adds`.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

import networks
from settings import CACHE, INT8


def weighted_network(name: str) -> nn.Module:
    """The network with the weights of the cache, which are drawn once."""
    path = CACHE / f"{name}.weights.pt"
    if not path.exists():
        _replace(path, lambda partial: torch.save(networks.build(name).state_dict(), partial))
    network = networks.architecture(name)
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


def export(name: str, batch: int) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    network = weighted_network(name)
    x = networks.example_input(name, batch)
    with torch.no_grad():
        output = network(x)
        output64 = network.double()(x.double())
    network = network.float()
    if not bool(torch.isfinite(output).all()) or float(output.abs().max()) == 0.0:
        raise SystemExit(f"{name}: the reference output is zero or not finite")
    arrays = {
        "input": x.numpy(),
        "output": output.numpy(),
        "output64": output64.numpy(),
        "multiply_adds": np.int64(networks.multiply_adds(network, x)),
    }
    _replace(CACHE / f"{name}-b{batch}.npz", lambda partial: _save_arrays(partial, arrays))
    _replace(CACHE / f"{name}-b{batch}.onnx", lambda partial: _save_onnx(partial, network, x))


def quantize(name: str, batch: int) -> None:
    """Writes the files of a network of 8 bits: ONNX of the QDQ kind from onnxruntime.quantization, weights by channel."""
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    floats = name.removesuffix(INT8)
    export(floats, batch)

    class Inputs(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = [{"input": networks.example_input(floats, batch).numpy()}]

        def get_next(self) -> dict[str, np.ndarray] | None:
            return self._left.pop() if self._left else None

    source = CACHE / f"{floats}-b{batch}.onnx"
    prepared = CACHE / f"{name}-b{batch}.prepared.onnx"
    quant_pre_process(str(source), str(prepared))
    _replace(
        CACHE / f"{name}-b{batch}.onnx",
        lambda partial: quantize_static(
            str(prepared),
            str(partial),
            Inputs(),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        ),
    )
    prepared.unlink()
    with np.load(source.with_suffix(".npz")) as arrays:
        _replace(
            CACHE / f"{name}-b{batch}.npz", lambda partial: _save_arrays(partial, dict(arrays))
        )


def _save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


def _save_onnx(path: Path, network: nn.Module, x: torch.Tensor) -> None:
    torch.onnx.export(
        network,
        (x,),
        path,
        input_names=["input"],
        output_names=["output"],
        external_data=False,
        dynamo=True,
        verbose=False,
    )


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` make a file under another name, so that an interrupted run leaves no half."""
    partial = path.with_name(path.name + ".partial")
    write(partial)
    os.replace(partial, path)


if __name__ == "__main__":
    (quantize if sys.argv[1].endswith(INT8) else export)(sys.argv[1], int(sys.argv[2]))
