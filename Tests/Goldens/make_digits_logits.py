"""Makes digits_logits.npy: python Tests/Goldens/make_digits_logits.py

PyTorch's logits f32 [N, 10] of the network in Models/digits for its sample pictures in order of file names.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
DIGITS = HERE.parents[1] / "Models/digits"
sys.path.insert(0, str(DIGITS))

from train import Digits, normalise  # noqa: E402

torch.set_num_threads(1)
model = Digits().eval()
model.load_state_dict(load_file(DIGITS / "digits.safetensors"))
paths = sorted((DIGITS / "samples").glob("*.png"), key=lambda path: path.name)
pixels = np.stack([np.asarray(Image.open(path), np.float32) / 255 for path in paths])
with torch.no_grad():
    np.save(HERE / "digits_logits.npy", model(normalise(torch.from_numpy(pixels)[:, None])).numpy())
