"""Trains the residual network of digits.resin on handwritten digits and writes its weights.

    python Models/digits/train.py --data FOLDER [--output digits.safetensors]

The first 9,000 of the 10,000 images of MNIST's test set train it, the last 1,000 test it. One thread, a fixed seed
and a fixed number of epochs: the same versions on the same machine give the same file, and nothing is chosen by
looking at the last 1,000. Needs PyTorch, NumPy and safetensors; takes a few minutes.
"""

from pathlib import Path

import torch
from mnist import begin, train_classifier
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent


class Block(nn.Module):
    """relu(x + conv2(relu(conv1(x))))"""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


class Digits(nn.Module):
    """The network of digits.resin: [N, 1, 28, 28] to ten logits."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.block1 = Block(16)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.block2 = Block(32)
        self.fc = nn.Linear(512, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block1(F.max_pool2d(F.relu(self.conv1(x)), 2))
        x = self.block2(F.max_pool2d(F.relu(self.conv2(x)), 2))
        return self.fc(x.flatten(1))


if __name__ == "__main__":
    options = begin(__doc__, HERE / "digits.safetensors", "epochs", 40)
    train_classifier(Digits(), options, rate=2e-3, decay=1e-2, batch=64)
