"""Residual networks for CIFAR-10 (He et al., 2015, section 4.2), with both kinds of shortcut."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import BIG, SIBLING, SMALL, Golden


class Block(nn.Module):
    def __init__(self, before: int, width: int, stride: int, projects: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.added = (width - before) // 2
        self.stride = stride
        self.downsample = None
        if projects and before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def shortcut(self, x):
        if self.downsample is not None:
            return self.downsample(x)
        if self.stride == 1:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.added, self.added))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class CifarResNet(nn.Module):
    """Of 6 · blocks + 2 layers."""

    def __init__(self, blocks: int, projects: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(blocks, 16, 16, projects)
        self.layer2 = self.stage(blocks, 16, 32, projects)
        self.layer3 = self.stage(blocks, 32, 64, projects)
        self.linear = nn.Linear(64, 10)

    @staticmethod
    def stage(blocks: int, before: int, width: int, projects: bool) -> nn.Sequential:
        first = Block(before, width, width // before, projects)
        return nn.Sequential(first, *[Block(width, width, 1, projects) for _ in range(blocks - 1)])

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


def golden(depth: int, projects: bool) -> Golden:
    name = f"cifar/resnet{depth}" + ("_projection" if projects else "")
    runs = BIG if depth == 20 else SIBLING if depth > 100 else SMALL
    network = lambda: CifarResNet((depth - 2) // 6, projects)  # noqa: E731
    return Golden(name, network, (3, 32, 32), tolerance=1e-3 if depth > 1000 else 1e-4, runs=runs)


GOLDENS = [golden(depth, projects) for depth in (20, 32, 44, 56, 110, 1202) for projects in (False, True)]
