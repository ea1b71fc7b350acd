"""What a peer is asked to run, and what every peer can do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from settings import CACHE


@dataclass(frozen=True)
class Task:
    """A network at one batch size on a number of threads, with the files it was exported to."""

    network: str
    batch: int
    threads: int
    resin: str

    @property
    def onnx(self) -> Path:
        return CACHE / f"{self.network}-b{self.batch}.onnx"

    def input(self) -> np.ndarray:
        return np.ascontiguousarray(self._array("input"))

    def expected(self) -> np.ndarray:
        """PyTorch's output in 32-bit floats."""
        return self._array("output")

    def expected64(self) -> np.ndarray:
        """PyTorch's output in 64-bit floats."""
        return self._array("output64")

    def multiply_adds(self) -> int:
        return int(self._array("multiply_adds"))

    def _array(self, name: str) -> np.ndarray:
        with np.load(self.onnx.with_suffix(".npz")) as arrays:
            return arrays[name]


class Unable(Exception):
    """A peer cannot run a network here; the message says why."""


class Peer(ABC):
    """One way to run a network. The constructor does all that precedes the first run."""

    @abstractmethod
    def __init__(self, task: Task) -> None: ...

    @abstractmethod
    def run(self) -> None:
        """Runs the network once on the task's input, which is already where the peer wants it."""

    @abstractmethod
    def output(self) -> np.ndarray:
        """The output of the last run."""

    def kernels(self) -> str | None:
        """The kinds of kernels that most of the time goes into, with their instruction set; None where the peer does not tell."""
        return None


def relative_error(output: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference over the largest absolute expected value."""
    if output.shape != expected.shape:
        raise Unable(f"the output has shape {output.shape}, not {expected.shape}")
    if not np.isfinite(output).all():
        raise Unable("the output is not finite")
    return float(np.abs(output - expected).max() / np.abs(expected).max())
