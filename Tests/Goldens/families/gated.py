"""Stochastic depth, highways, and the digits network with weighted shortcuts."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import BIG, Golden

from .cifar import Block, CifarResNet


class Survivor(Block):
    """Huang et al. (2016), equation 5: the branch weighed by the probability with which it was there."""

    def __init__(self, before: int, width: int, stride: int, survival: float):
        super().__init__(before, width, stride, projects=False)
        self.survival = survival

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(self.survival * y + self.shortcut(x))


def stochastic() -> CifarResNet:
    network = CifarResNet(18, projects=False)
    index = 0
    for stage in (network.layer1, network.layer2, network.layer3):
        for position, block in enumerate(stage):
            index += 1
            before, width = block.conv1.in_channels, block.conv1.out_channels
            stage[position] = Survivor(before, width, block.stride, 1 - 0.5 * index / 54)
    return network


class Highway(nn.Module):
    """Srivastava et al. (2015), equation 3."""

    def __init__(self, channels: int):
        super().__init__()
        self.layer = nn.Conv2d(channels, channels, 3, 1, 1)
        self.gate = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        t = self.gate(x).sigmoid()
        return t * F.relu(self.layer(x)) + (1 - t) * x


class Highway19(nn.Module):
    def __init__(self):
        super().__init__()
        before = 3
        for index, width in enumerate((32, 64, 128), 1):
            setattr(self, f"conv{index}", nn.Conv2d(before, width, 3, 1, 1))
            setattr(self, f"stage{index}", nn.Sequential(*[Highway(width) for _ in range(5)]))
            before = width
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(self.stage1(F.relu(self.conv1(x))), 3, 2, 1)
        x = F.max_pool2d(self.stage2(F.relu(self.conv2(x))), 3, 2, 1)
        x = self.stage3(F.relu(self.conv3(x)))
        return self.fc(x.mean((2, 3)))


class Weighted(nn.Module):
    """He et al. (2015), equation 2."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, 1, 1)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1)
        self.shortcut = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.block1 = Weighted(16)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.block2 = Weighted(32)
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
        x = self.block1(F.max_pool2d(F.relu(self.conv1(x)), 2))
        x = self.block2(F.max_pool2d(F.relu(self.conv2(x)), 2))
        return self.fc(torch.flatten(x, 1))


GOLDENS = [
    Golden("stochastic_depth/resnet110_stochastic", stochastic, (3, 32, 32)),
    Golden("highway/highway19", Highway19, (3, 32, 32), runs=BIG),
    Golden("digits/digits_weighted", Digits, (1, 28, 28)),
]
