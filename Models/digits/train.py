"""Trains the residual network of digits.resin on handwritten digits and writes its weights.

    python Models/digits/train.py --data FOLDER [--output digits.safetensors]

The first 9,000 of the 10,000 images of MNIST's test set train it, the last 1,000 test it. One thread, a fixed seed
and a fixed number of epochs: the same versions on the same machine give the same file, and nothing is chosen by
looking at the last 1,000. Needs PyTorch, NumPy and safetensors; takes a few minutes.
"""

import math
from pathlib import Path

import torch
from mnist import TRAINING_IMAGES, begin, load, normalise, vary
from safetensors.torch import save_file
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


def train(pixels: torch.Tensor, labels: torch.Tensor, epochs: int, batch: int = 64) -> Digits:
    model = Digits()
    steps = epochs * math.ceil(len(pixels) / batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for epoch in range(epochs):
        total = 0.0
        for chosen in torch.randperm(len(pixels)).split(batch):
            loss = F.cross_entropy(
                model(normalise(vary(pixels[chosen]))), labels[chosen], label_smoothing=0.03
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1:2d}: loss {total / len(pixels):.4f}", flush=True)
    return model.eval()


def main():
    options = begin(__doc__, HERE / "digits.safetensors", "epochs", 40)
    pixels, labels = load(options.data)
    model = train(pixels[:TRAINING_IMAGES], labels[:TRAINING_IMAGES], options.epochs)
    with torch.no_grad():
        predicted = model(normalise(pixels[TRAINING_IMAGES:])).argmax(1)
    right = int((predicted == labels[TRAINING_IMAGES:]).sum())
    print(f"{right} of {len(predicted)} right")
    save_file(model.state_dict(), options.output)


if __name__ == "__main__":
    main()
