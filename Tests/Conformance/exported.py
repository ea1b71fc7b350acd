"""Checks exported models with ONNX's checker and ONNX Runtime:

    python Tests/Conformance/exported.py [MODEL.resin ...]

Needs onnx, onnxruntime and NumPy, and `.build/release/resin`. Every model is exported with random
weights (its own where they lie beside it), checked with full shape inference, and run on random
images; its outputs must be those of `resin run` to 1e-4 of the largest.
"""

import concurrent.futures
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
RESIN = ROOT / ".build/release/resin"
MODELS = [
    "alexnet/alexnet_2012", "cifar/resnet20", "cifar/resnet20_projection", "densenet/densenet121", "digits/digits",
    "dynamic/dynamic_resnet18", "hourglass/hourglass1", "multitask/resnet18_heads", "preactivation/preresnet164",
    "recurrent/residual_bilstm", "recurrent/residual_gru", "recurrent/residual_lstm", "recurrent/residual_rnn",
    "resnet/resnet18", "resnet/resnet50", "se/se_resnet50", "unet/unet_bilinear", "vgg/vgg11_bn",
    "wide/resnext50_32x4d",
]


def outputs_of_resin(model: Path, weights: list[str], inputs: list[Path], folder: Path, names: list[str]):
    command = [RESIN, "run", model, *weights, "--output", folder / "out.npy"]
    for path in inputs:
        command += ["--input", path]
    subprocess.run(command, check=True, capture_output=True)
    if len(names) == 1:
        return [np.load(folder / "out.npy")]
    return [np.load(folder / f"out.{name}.npy") for name in names]


def difference(model: Path) -> float:
    """The largest difference of any output, over the largest of its elements."""
    weights = [] if model.with_suffix(".safetensors").exists() else ["--random-weights", "1"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        exported = folder / "model.onnx"
        subprocess.run([RESIN, "export", model, *weights, "-o", exported], check=True, capture_output=True)
        onnx.checker.check_model(str(exported), full_check=True)
        options = onnxruntime.SessionOptions()
        # Models are side by side.
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])
        generator = np.random.default_rng(1)
        feeds, paths = {}, []
        for index, value in enumerate(session.get_inputs()):
            feeds[value.name] = generator.standard_normal(value.shape).astype(np.float32)
            paths.append(folder / f"input{index}.npy")
            np.save(paths[-1], feeds[value.name])
        names = [value.name for value in session.get_outputs()]
        expected = session.run(names, feeds)
        found = outputs_of_resin(model, weights, paths, folder, names)
    return max(
        float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-30)) for a, b in zip(expected, found))


if __name__ == "__main__":
    models = [Path(path) for path in sys.argv[1:]] or [ROOT / f"Models/{name}.resin" for name in MODELS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        differences = list(pool.map(difference, models))
    for model, worst in zip(models, differences):
        print(f"{'ok  ' if worst <= 1e-4 else 'FAIL'} {worst:8.1e}  {model}")
    sys.exit(0 if all(worst <= 1e-4 for worst in differences) else 1)
