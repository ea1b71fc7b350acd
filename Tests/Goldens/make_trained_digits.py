"""Makes digits_sequence.npy, digits_transformer.npy and digits_generator.npy: python Tests/Goldens/make_trained_digits.py [NAME ...]

PyTorch's outputs, f32, of the trained networks below Models/digits: the logits of every step [M, 56, 11] for the sample
strips, and the logits [N, 10] for the sample digits, both in order of file names, and pictures [10, 1, 28, 28] of the
digits 0 to 9 with the noise that docs/random_weights.py gives for the name z.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
DIGITS = HERE.parents[1] / "Models/digits"
sys.path += [str(HERE.parents[1] / "docs"), str(DIGITS), str(DIGITS / "sequence")]

import random_weights  # noqa: E402
from mnist import normalise  # noqa: E402


def trained(folder: str, network: str) -> torch.nn.Module:
    """The network that a folder's `train.py` describes, with its weights."""
    description = importlib.util.spec_from_file_location(f"train_{folder}", DIGITS / folder / "train.py")
    module = importlib.util.module_from_spec(description)
    description.loader.exec_module(module)
    model = getattr(module, network)()
    unknown = model.load_state_dict(load_file(DIGITS / folder / f"digits_{folder}.safetensors"), strict=False)
    assert not unknown.unexpected_keys and all("num_batches" in name for name in unknown.missing_keys)
    return model.eval()


def samples(folder: Path) -> torch.Tensor:
    paths = sorted(folder.glob("*.png"), key=lambda path: path.name)
    pixels = np.stack([np.asarray(Image.open(path), np.float32) / 255 for path in paths])
    return normalise(torch.from_numpy(pixels)[:, None])


def outputs(name: str) -> torch.Tensor:
    if name == "sequence":
        return trained(name, "Sequence")(samples(DIGITS / "sequence/samples"))
    if name == "transformer":
        return trained(name, "Transformer")(samples(DIGITS / "samples"))
    noise = torch.from_numpy(random_weights.uniform(1, "z", [10, 16], 0.0, np.float32(1)))
    return trained("generator", "Generator")(noise, torch.arange(10))


torch.set_num_threads(1)
for name in sys.argv[1:] or ["sequence", "transformer", "generator"]:
    with torch.no_grad():
        np.save(HERE / f"digits_{name}.npy", outputs(name).numpy())
