"""PyTorch AOTInductor: frozen weights, compiled for the task's number of threads."""

import os
from pathlib import Path

import numpy as np
import torch

import export_network
from settings import CACHE
from task import Peer, Task, Unable


class AOTInductorPeer(Peer):
    def __init__(self, task: Task) -> None:
        torch.set_num_threads(task.threads)
        self._input = torch.from_numpy(task.input())
        self._run = torch._inductor.aoti_load_package(str(self._package(task)))
        self._result: torch.Tensor | None = None

    def run(self) -> None:
        with torch.inference_mode():
            self._result = self._run(self._input)

    def output(self) -> np.ndarray:
        if self._result is None:
            raise Unable("nothing was run")
        return self._result.numpy()

    def _package(self, task: Task) -> Path:
        version = torch.__version__.partition("+")[0]
        path = CACHE / f"{task.onnx.stem}-t{task.threads}-torch{version}.pt2"
        if path.exists():
            return path
        partial = path.with_suffix(".partial.pt2")
        try:
            with torch.no_grad():
                program = torch.export.export(
                    export_network.weighted_network(task.network), (self._input,)
                )
                torch._inductor.aoti_compile_and_package(
                    program, package_path=str(partial), inductor_configs={"freezing": True}
                )
        except torch._inductor.exc.InvalidCxxCompiler as error:
            raise Unable("no C++ compiler; install g++ or set CXX") from error
        os.replace(partial, path)
        return path
