"""Residual networks with full pre-activation: He et al., "Identity Mappings in Deep Residual Networks" (2016)."""

import torch.nn.functional as F
from torch import nn

from golden import BIG, SIBLING, SMALL, Golden


class Block(nn.Module):
    def __init__(self, before: int, width: int, stride: int, bare: bool):
        super().__init__()
        self.bn1 = None if bare else nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.downsample = None
        if stride != 1 or before != 4 * width:
            self.downsample = nn.Conv2d(before, 4 * width, 1, stride, bias=False)

    def forward(self, x):
        active = x if self.bn1 is None else F.relu(self.bn1(x))
        y = F.relu(self.bn3(self.conv2(F.relu(self.bn2(self.conv1(active))))))
        return self.conv3(y) + (x if self.downsample is None else self.downsample(active))


def stage(blocks: int, before: int, width: int, stride: int, bare: bool = False) -> nn.Sequential:
    first = Block(before, width, stride, bare)
    return nn.Sequential(first, *[Block(4 * width, width, 1, False) for _ in range(blocks - 1)])


class ResNet200(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = stage(3, 64, 64, 1, bare=True)
        self.layer2 = stage(24, 256, 128, 2)
        self.layer3 = stage(36, 512, 256, 2)
        self.layer4 = stage(3, 1024, 512, 2)
        self.bn2 = nn.BatchNorm2d(2048)
        self.fc = nn.Linear(2048, 37)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.relu(self.bn2(x)).mean((2, 3)))


class CifarResNet(nn.Module):
    """Of 9 · blocks + 2 layers."""

    def __init__(self, blocks: int):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.layer1 = stage(blocks, 16, 16, 1)
        self.layer2 = stage(blocks, 64, 32, 2)
        self.layer3 = stage(blocks, 128, 64, 2)
        self.bn = nn.BatchNorm2d(256)
        self.linear = nn.Linear(256, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return self.linear(F.relu(self.bn(x)).mean((2, 3)))


GOLDENS = [
    Golden("preactivation/resnet200", ResNet200, (3, 64, 64), {"size": 64, "classes": 37}, runs=SIBLING),
    Golden("preactivation/preresnet164", lambda: CifarResNet(18), (3, 32, 32), runs=BIG),
    Golden("preactivation/preresnet1001", lambda: CifarResNet(111), (3, 32, 32), tolerance=1e-3, runs=SMALL),
]
