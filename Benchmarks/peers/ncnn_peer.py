"""ncnn: the ONNX file of one image, converted by pnnx, in 32-bit floats; batches are ncnn's own."""

import subprocess
import sysconfig
from pathlib import Path

import ncnn
import numpy as np

from exported import ensure_exported
from settings import CACHE
from task import Peer, Task, Unable

# A pooling layer that picks every second pixel of every second row: window 1×1, stride 2×2.
STRIDED_SLICE = "0=0 1=1 11=1 12=2 13=0 2=2 3=0 5=1"


class NCNNPeer(Peer):
    def __init__(self, task: Task) -> None:
        folder = _converted(task)
        self._net = ncnn.Net()
        self._net.opt.num_threads = task.threads
        self._net.opt.use_fp16_packed = False
        self._net.opt.use_fp16_storage = False
        self._net.opt.use_fp16_arithmetic = False
        if self._net.load_param(str(folder / "model.ncnn.param")) != 0:
            raise Unable("ncnn cannot load what pnnx has converted")
        if self._net.load_model(str(folder / "model.ncnn.bin")) != 0:
            raise Unable("ncnn cannot load the weights that pnnx has converted")
        self._images = task.input()
        self._input = ncnn.Mat(self._images, 0)
        self._output = ncnn.Mat()

    def run(self) -> None:
        extractor = self._net.create_extractor()
        extractor.input("in0", self._input)
        code, self._output = extractor.extract("out0")
        if code != 0:
            raise Unable(f"ncnn cannot run the network (code {code})")

    def output(self) -> np.ndarray:
        return np.stack([np.array(self._output.batch(i)) for i in range(self._output.n)])


def _converted(task: Task) -> Path:
    """The folder with ncnn's files of the network, made by pnnx."""
    folder = CACHE / f"{task.network}.ncnn"
    if (folder / "complete").exists():
        return folder
    ensure_exported(task.network, 1)
    folder.mkdir(exist_ok=True)
    model = folder / "model.onnx"
    model.unlink(missing_ok=True)
    model.symlink_to(CACHE / f"{task.network}-b1.onnx")
    size = task.input().shape[-1]
    command = [
        str(Path(sysconfig.get_path("scripts")) / "pnnx"),
        "model.onnx",
        f"inputshape=[1,3,{size},{size}]",
        "fp16=0",
    ]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    (folder / "pnnx.log").write_text(result.stdout + result.stderr)
    if not (folder / "model.ncnn.bin").exists():
        raise Unable(f"pnnx cannot convert the network; see {folder.name}/pnnx.log in the cache")
    _replace_strided_slices(folder / "model.ncnn.param")
    (folder / "complete").touch()
    return folder


def _replace_strided_slices(parameters: Path) -> None:
    """Writes x[:, :, ::2, ::2], which pnnx leaves as it is, as a layer that ncnn has.

    The check of the output sees to it that no other slice passes for this one.
    """
    lines = parameters.read_text().splitlines()
    for index, line in enumerate(lines):
        if line.startswith("Tensor.slice "):
            _, name, inputs, outputs, source, result = line.split()[:6]
            lines[index] = f"Pooling {name} {inputs} {outputs} {source} {result} {STRIDED_SLICE}"
    parameters.write_text("\n".join(lines) + "\n")
