"""MNIST's digits, and small variations of them: what the scripts that train networks here have in common.

Needs PyTorch, NumPy and safetensors.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
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


def train_classifier(
    model: nn.Module, options: argparse.Namespace, rate: float, decay: float, batch: int, gradient_limit: float = math.inf
):
    """Trains a network on the first digits, says how many of the others it recognises, and stores its weights."""
    pixels, labels = load(options.data)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    steps = options.epochs * math.ceil(TRAINING_IMAGES / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps)
    for epoch in range(options.epochs):
        total = 0.0
        for chosen in torch.randperm(TRAINING_IMAGES).split(batch):
            loss = F.cross_entropy(model(normalise(vary(pixels[chosen]))), labels[chosen], label_smoothing=0.03)
            optimizer.zero_grad()
            loss.backward()
            if gradient_limit < math.inf:
                nn.utils.clip_grad_norm_(model.parameters(), gradient_limit)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1:2d}: loss {total / TRAINING_IMAGES:.4f}", flush=True)
    with torch.no_grad():
        predicted = model.eval()(normalise(pixels[TRAINING_IMAGES:])).argmax(1)
    right = int((predicted == labels[TRAINING_IMAGES:]).sum())
    print(f"{right} of {len(predicted)} right")
    save_file(model.state_dict(), options.output)
