"""Residual networks with dynamic convolution: torchvision's ResNet-18 with other convolutions."""

import torch.nn.functional as F
from torch import nn
from torchvision import models

from golden import BIG, DynamicConv2d, Golden


class Dynamic(nn.Module):
    """Chen et al. (2020), figure 3, at the end of training, when the temperature of the softmax is 1."""

    def __init__(self, convolution: nn.Conv2d, kernels: int):
        super().__init__()
        before = convolution.in_channels
        self.fc1 = nn.Linear(before, before // 4, bias=False)
        self.fc2 = nn.Linear(before // 4, kernels)
        self.conv = DynamicConv2d(
            kernels, before, convolution.out_channels, convolution.kernel_size[0], convolution.stride[0])

    def forward(self, x):
        attention = self.fc2(F.relu(self.fc1(x.mean((2, 3))))).softmax(1)
        return self.conv(x, attention)


def resnet18() -> nn.Module:
    """Every convolution but the first is dynamic."""
    network = models.resnet18(num_classes=37)
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        for block in stage:
            block.conv1 = Dynamic(block.conv1, 4)
            block.conv2 = Dynamic(block.conv2, 4)
            if block.downsample is not None:
                block.downsample[0] = Dynamic(block.downsample[0], 4)
    return network


GOLDENS = [
    Golden("dynamic/dynamic_resnet18", resnet18, (3, 64, 64), {"size": 64, "classes": 37}, runs=BIG),
]
