"""Wide, grouped and gated residual networks."""

import torch.nn.functional as F
from torch import nn
from torchvision import models
from torchvision.models.resnet import Bottleneck, ResNet

from golden import BIG, SIBLING, Golden


class WideBlock(nn.Module):
    """Zagoruyko and Komodakis (2016), with the names of their PyTorch code."""

    def __init__(self, before: int, width: int, stride: int):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.convShortcut = None if before == width else nn.Conv2d(before, width, 1, stride, bias=False)

    def forward(self, x):
        active = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return y + (x if self.convShortcut is None else self.convShortcut(active))


class WideStage(nn.Module):
    def __init__(self, before: int, width: int, stride: int):
        super().__init__()
        self.layer = nn.Sequential(WideBlock(before, width, stride), *[WideBlock(width, width, 1) for _ in range(3)])

    def forward(self, x):
        return self.layer(x)


class WRN28x10(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.block1 = WideStage(16, 160, 1)
        self.block2 = WideStage(160, 320, 2)
        self.block3 = WideStage(320, 640, 2)
        self.bn1 = nn.BatchNorm2d(640)
        self.fc = nn.Linear(640, 10)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


class Gate(nn.Module):
    """Squeeze and excitation: Hu et al. (2018)."""

    def __init__(self, channels: int):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x):
        return x * self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))).sigmoid()


class GatedBottleneck(Bottleneck):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.se = Gate(self.bn3.num_features)

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        y = self.se(self.bn3(self.conv3(y)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def golden(model: str, network, runs) -> Golden:
    return Golden(model, network, (3, 64, 64), {"size": 64, "classes": 37}, runs=runs)


GOLDENS = [
    golden("wide/wide_resnet50_2", lambda: models.wide_resnet50_2(num_classes=37), SIBLING),
    golden("wide/wide_resnet101_2", lambda: models.wide_resnet101_2(num_classes=37), SIBLING),
    golden("wide/resnext50_32x4d", lambda: models.resnext50_32x4d(num_classes=37), BIG),
    golden("wide/resnext101_32x8d", lambda: models.resnext101_32x8d(num_classes=37), SIBLING),
    golden("se/se_resnet50", lambda: ResNet(GatedBottleneck, [3, 4, 6, 3], num_classes=37), BIG),
    Golden("wide/wrn28_10", WRN28x10, (3, 32, 32), runs=BIG),
]
