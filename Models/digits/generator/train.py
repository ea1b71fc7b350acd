"""Trains the generator of digits_generator.resin against a discriminator, on handwritten digits, and writes its weights.

    python Models/digits/generator/train.py --data FOLDER [--output digits_generator.safetensors]

FOLDER holds the 10,000 images of MNIST's test set, of which the first 9,000 train both. The last 1,000 and the digits
network beside are not looked at. One thread, a fixed seed and a fixed number of steps: the same versions on the same
machine give the same file. Needs PyTorch, NumPy and safetensors; takes some minutes.
"""

import copy
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from mnist import TRAINING_IMAGES, begin, load, vary  # noqa: E402

NOISE, CLASSES = 16, 10


class ConditionalNorm(nn.Module):
    """Batch normalisation with a scale and a shift for each class."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.gammas = nn.Embedding(CLASSES, width)
        self.betas = nn.Embedding(CLASSES, width)
        nn.init.ones_(self.gammas.weight)
        nn.init.zeros_(self.betas.weight)

    def forward(self, x: torch.Tensor, digit: torch.Tensor) -> torch.Tensor:
        scale, shift = self.gammas(digit), self.betas(digit)
        return self.norm(x) * scale[:, :, None, None] + shift[:, :, None, None]


class Up(nn.Module):
    """F(up(x)) + W up(x): twice the rows and columns, by repeating pixels."""

    def __init__(self, before: int, width: int):
        super().__init__()
        self.b1 = ConditionalNorm(before)
        self.c1 = nn.Conv2d(before, width, 3, padding=1)
        self.b2 = ConditionalNorm(width)
        self.c2 = nn.Conv2d(width, width, 3, padding=1)
        self.c_sc = nn.Conv2d(before, width, 1)

    def forward(self, x: torch.Tensor, digit: torch.Tensor) -> torch.Tensor:
        y = self.c1(F.interpolate(F.relu(self.b1(x, digit)), scale_factor=2))
        y = self.c2(F.relu(self.b2(y, digit)))
        return y + F.interpolate(self.c_sc(x), scale_factor=2)


class Generator(nn.Module):
    """The network of digits_generator.resin: noise [N, 16] and classes [N] to pictures [N, 1, 28, 28] from 0 to 1."""

    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(NOISE, 49 * 24)
        self.block1 = Up(24, 16)
        self.block2 = Up(16, 8)
        self.b3 = nn.BatchNorm2d(8)
        self.c3 = nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, z: torch.Tensor, digit: torch.Tensor) -> torch.Tensor:
        x = self.l1(z).unflatten(1, (-1, 7, 7))
        x = self.block2(self.block1(x, digit), digit)
        return torch.sigmoid(self.c3(F.relu(self.b3(x))))


class Down(nn.Module):
    """down(F(x)) + down(W x): half the rows and columns."""

    def __init__(self, before: int, width: int):
        super().__init__()
        self.c1 = spectral_norm(nn.Conv2d(before, width, 3, padding=1))
        self.c2 = spectral_norm(nn.Conv2d(width, width, 4, stride=2, padding=1))
        self.c_sc = spectral_norm(nn.Conv2d(before, width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.c2(F.leaky_relu(self.c1(F.leaky_relu(x, 0.1)), 0.1))
        return y + self.c_sc(F.avg_pool2d(x, 2))


class Discriminator(nn.Module):
    """A score of the picture, and logits of the digit that it shows: Odena et al. (2017)."""

    def __init__(self):
        super().__init__()
        self.stem = spectral_norm(nn.Conv2d(1, 12, 4, stride=2, padding=1))
        self.block1 = Down(12, 24)
        self.block2 = Down(24, 48)
        self.score = spectral_norm(nn.Linear(48, 1))
        self.classes = nn.Linear(48, CLASSES)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.block2(self.block1(self.stem(2 * x - 1)))
        x = F.leaky_relu(x, 0.1).sum((2, 3))
        return self.score(x)[:, 0], self.classes(x)


def train(pixels: torch.Tensor, labels: torch.Tensor, steps: int, batch: int = 32) -> Generator:
    """The mean of the generator's weights over the last few hundred steps, which draws better than those of any."""
    generator, discriminator = Generator(), Discriminator()
    mean = copy.deepcopy(generator)
    optimizers = [
        torch.optim.Adam(generator.parameters(), lr=1.5e-3, betas=(0.0, 0.9)),
        torch.optim.Adam(discriminator.parameters(), lr=1.5e-3, betas=(0.0, 0.9)),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 * (1 - step / steps)))
        for optimizer in optimizers
    ]
    for step in range(steps):
        chosen = torch.randint(len(pixels), (batch,))
        real, digit = vary(pixels[chosen]), labels[chosen]
        drawn = generator(torch.randn(batch, NOISE), digit)

        # The hinge loss, and that of the digits: those of real pictures teach the discriminator.
        scores, logits = discriminator(torch.cat([real, drawn.detach()]))
        loss = F.relu(1 - scores[:batch]).mean() + F.relu(1 + scores[batch:]).mean()
        loss = loss + F.cross_entropy(logits[:batch], digit)
        optimizers[1].zero_grad()
        loss.backward()
        optimizers[1].step()

        discriminator.requires_grad_(False)
        scores, logits = discriminator(drawn)
        wish = F.cross_entropy(logits, digit) - scores.mean()
        optimizers[0].zero_grad()
        wish.backward()
        optimizers[0].step()
        discriminator.requires_grad_(True)

        for schedule in schedules:
            schedule.step()
        with torch.no_grad():
            for average, parameter in zip(mean.parameters(), generator.parameters()):
                average.lerp_(parameter, 3e-3 if step >= 300 else 1.0)
        if (step + 1) % 200 == 0:
            print(f"step {step + 1:5d}: discriminator {loss.item():.3f}, generator {wish.item():.3f}", flush=True)
    measure_statistics(mean)
    return mean.eval()


@torch.no_grad()
def measure_statistics(generator: Generator, batches: int = 40):
    """Means and variances for the normalisations, which the mean of the weights has not seen yet."""
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    for _ in range(batches):
        generator.train()(torch.randn(250, NOISE), torch.arange(250) % CLASSES)


def main():
    options = begin(__doc__, HERE / "digits_generator.safetensors", "steps", 1500)
    pixels, labels = load(options.data)
    model = train(pixels[:TRAINING_IMAGES], labels[:TRAINING_IMAGES], options.steps)
    save_file({name: value for name, value in model.state_dict().items() if "num_batches" not in name}, options.output)


if __name__ == "__main__":
    main()
