"""Trains the transformer of digits_transformer.resin on handwritten digits and writes its weights.

    python Models/digits/transformer/train.py --data FOLDER [--output digits_transformer.safetensors]

FOLDER holds the 10,000 images of MNIST's test set, of which the first 9,000 train the network and the last 1,000 test
it. One thread, a fixed seed and a fixed number of epochs: the same versions on the same machine give the same file, and
nothing is chosen by looking at the last 1,000. Needs PyTorch, NumPy and safetensors; takes some minutes.
"""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from mnist import begin, train_classifier  # noqa: E402

WIDTH, HEADS, DEPTH = 32, 4, 3


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query, key, value = self.qkv(x).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Layer(nn.Module):
    """y = x + A(norm(x)), then y + P(norm(y))"""

    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.attn = Attention()
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp = Perceptron()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """The network of digits_transformer.resin: [N, 1, 28, 28] to ten logits."""

    def __init__(self):
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(1, WIDTH, 7, 7)})
        self.cls_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 17, WIDTH))
        self.blocks = nn.Sequential(*[Layer() for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        self.head = nn.Linear(WIDTH, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), patches], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x)[:, 0]))


if __name__ == "__main__":
    options = begin(__doc__, HERE / "digits_transformer.safetensors", "epochs", 40)
    train_classifier(Transformer(), options, rate=2.5e-3, decay=2e-2, batch=50, gradient_limit=1.0)
