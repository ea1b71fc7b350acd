"""Models become libraries, networks and quantised models."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from typing import Any, Optional, Union

import resin
from resin._cpus import cpus

from ._options import arguments, path
from ._program import log, run

Path = Union[str, "os.PathLike[str]"]


def compile(model: Path, *, output: Optional[Path] = None, threads: Optional[int] = None, **options: Any) -> str:
    """Compiles a model, a .onnx or .resin file, to a library with its header; gives the library's path.

    It lies in the current folder, or where `output` says: a file, or with a slash behind it a folder. `threads` is how
    many a run will have, which algorithms are chosen for (`--plan-threads`); it runs with any number. All other options are those of
    `resin compile`, with underscores: `batch=[1, 8]`, `cpu="x86-64-v3"`, `weights="net.pth"`, `dim={"height": 256}`.

    Raises `resin.CompileError` with what the compiler says, and warns with `resin.CompileWarning`.

    >>> import resin
    >>> resin.compile("Models/digits/digits.resin", batch=[1, 8])
    'libdigits.so'
    """
    return run(["compile", path(model), *_common(output, threads), *arguments("compile", options)])[0]


def jit(model: Path, *, output: Optional[Path] = None, threads: int = 1, **options: Any) -> resin.Network:
    """Compiles a model for this machine and loads it: a network as `resin.load` gives.

    `threads` are those of a run; 0 takes as many as there are CPUs that the process may run on. Options are those of
    `compile`. Without `output`, the library is a temporary file, which goes with the network.

    >>> import resin
    >>> resin.jit("Models/digits/digits.resin")
    <resin.Network digits: image float32[n, 1, 28, 28] -> logits float32[n, 10]>
    """
    threads = threads or cpus()
    planned = threads if threads != 1 else None
    if output is not None:
        return resin.load(compile(model, output=output, threads=planned, **options), threads=threads)
    folder = tempfile.mkdtemp(prefix="resin-")
    try:
        network = resin.load(compile(model, output=folder + "/", threads=planned, **options), threads=threads)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # Another process loads a pickled network from its path, so that the file stays as long as the network.
    weakref.finalize(network, _remove, folder, os.getpid())
    return network


def quantize(model: Path, *, output: Optional[Path] = None, **options: Any) -> str:
    """Quantises a trained model to 8 bits, by what it computes on some images; gives the new model's path.

    Options are those of `resin quantize`: `images="photos"`, `labels="labels.txt"`, `max_loss="0.2%"`, `threads=2`.
    What the command prints of the result goes to the logger `resin`.

    Raises `resin.CompileError` with what the compiler says.
    """
    results = run(["quantize", path(model), *_common(output), *arguments("quantize", options)])
    log.info("%s", "\n".join(results))
    return results[0]


def _common(output: Optional[Path], threads: Optional[int] = None) -> "list[str]":
    return arguments("compile", {"output": output, "plan_threads": threads})


def _remove(folder: str, process: int) -> None:
    """Removes a folder, but not of the process that this one is a child of."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
