"""MNIST's digits, and small variations of them: what the scripts that train networks here have in common.

Needs PyTorch and NumPy.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

MEAN, DEVIATION = 0.1307, 0.3081
TRAINING_IMAGES = 9_000


def begin(document: str, output: Path, length: str, default: int) -> argparse.Namespace:
    """The options of a training whose length has a name, with all that is random from its seed."""
    parser = argparse.ArgumentParser(description=document.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte")
    parser.add_argument("--output", type=Path, default=output)
    parser.add_argument(f"--{length}", type=int, default=default)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    return options


def read_idx(path: Path, header: int) -> np.ndarray:
    return np.frombuffer(path.read_bytes(), np.uint8, offset=header)


def load(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels as [10000, 1, 28, 28] from 0 to 1, and labels."""
    images = read_idx(folder / "t10k-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    labels = read_idx(folder / "t10k-labels-idx1-ubyte", 8)
    return torch.from_numpy(images.astype(np.float32) / 255), torch.from_numpy(labels.astype(np.int64))


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    return (pixels - MEAN) / DEVIATION


def vary(pixels: torch.Tensor) -> torch.Tensor:
    """Small rotations, scalings, slants and shifts: 9,000 digits have to do the work of 60,000."""
    count = len(pixels)
    angle = (torch.rand(count) * 2 - 1) * math.radians(12)
    scale = 1 + (torch.rand(count) * 2 - 1) * 0.15
    slant = (torch.rand(count) * 2 - 1) * 0.2
    shift = (torch.rand(count, 2) * 2 - 1) * (2.5 / 14)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    top = torch.stack([cosine, -sine + slant, shift[:, 0]], 1)
    bottom = torch.stack([sine, cosine, shift[:, 1]], 1)
    grid = F.affine_grid(torch.stack([top, bottom], 1), list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, align_corners=False)
