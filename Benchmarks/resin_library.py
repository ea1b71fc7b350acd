"""Compiles models and runs the libraries, whose interface docs/library.md describes."""

import ctypes
import mmap
import subprocess
import sys
from ctypes import POINTER, byref, c_void_p
from pathlib import Path

import numpy as np

from task import Unable

# The package that people run libraries with describes the interface.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Sources/Python/resin-runtime"))

from resin._structures import ABI_VERSION, Model, Port  # noqa: E402


def compile_library(resin: str, model: Path, batch: int, *options: str) -> Path:
    """Compiles `model` for this CPU; the library stands beside it, named after the options too.

    Always compiles anew: the compiler may have changed since the last comparison.
    """
    suffix = "".join(options)
    library = model.with_name(f"lib{model.stem}{suffix}.so")
    command = [resin, "compile", str(model), "--batch", str(batch), "-o", str(library), *options]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise Unable(f"resin compile: {result.stderr.strip() or result.returncode}")
    return library


class ResinLibrary:
    """A compiled model with one 32-bit float input and output, loaded into this process.

    The workspace is anonymous memory on which huge pages are asked for, as `resin bench` does.
    """

    def __init__(self, path: Path, value: np.ndarray, threads: int) -> None:
        self._library = ctypes.CDLL(str(path))
        self._library.resin_model_get.restype = POINTER(Model)
        self._model = self._library.resin_model_get().contents
        if self._model.abi_version != ABI_VERSION:
            raise Unable(f"the library has version {self._model.abi_version} of the interface")
        if self._model.input_count != 1 or self._model.output_count != 1:
            raise Unable("the library has not one input and one output")
        self._check(self._model.check_cpu())
        self.instruction_set = self._model.instruction_set.decode()
        if _extents(self._model.inputs[0]) != value.shape:
            raise Unable(f"the library's input is {_extents(self._model.inputs[0])}")
        self._input = np.ascontiguousarray(value, dtype=np.float32)
        self.output = np.zeros(_extents(self._model.outputs[0]), dtype=np.float32)
        self._arguments = (
            self._weights(path),
            (c_void_p * 1)(self._input.ctypes.data),
            (c_void_p * 1)(self.output.ctypes.data),
            self._workspace(),
            self._model.workspace_bytes,
            self._parallel(threads),
        )
        self._run = self._model.run

    def run(self) -> None:
        """Runs the model; the result is in `output`."""
        code = self._run(*self._arguments)
        if code != 0:
            self._check(code)

    def _check(self, code: int) -> None:
        if code != 0:
            raise Unable(self._model.error(code).decode())

    def _weights(self, path: Path) -> c_void_p:
        weights = c_void_p()
        if self._model.weights_file:
            file = path.parent / self._model.weights_file.decode()
            self._check(self._model.map_weights(str(file).encode(), byref(weights)))
        return weights

    def _workspace(self) -> int:
        huge_page = 2 << 20
        size = self._model.workspace_bytes + max(self._model.alignment, huge_page)
        self._memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.madvise(mmap.MADV_HUGEPAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        return -(-start // huge_page) * huge_page

    def _parallel(self, threads: int) -> int | None:
        if threads == 1:
            return None
        self._pool = self._model.create_pool(threads)
        if not self._pool:
            raise Unable(f"cannot create a pool of {threads} threads")
        return self._model.pool_parallel(self._pool)


def _extents(port: Port) -> tuple[int, ...]:
    return tuple(port.dims[: port.rank])
