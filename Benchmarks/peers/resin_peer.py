"""Resin: a library that `resin compile` has written, run through its C interface."""

import numpy as np

from resin_library import ResinLibrary, compile_library
from task import Peer, Task


class ResinPeer(Peer):
    def __init__(self, task: Task) -> None:
        path = compile_library(
            task.resin, task.onnx, task.batch, "--plan-threads", str(task.threads)
        )
        self._library = ResinLibrary(path, task.input(), task.threads)

    def run(self) -> None:
        self._library.run()

    def output(self) -> np.ndarray:
        return self._library.output

    def kernels(self) -> str | None:
        return self._library.instruction_set
