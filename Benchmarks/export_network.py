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
from settings import CACHE


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
    export(sys.argv[1], int(sys.argv[2]))
