"""What residual networks are compared with: DenseNet, VGG and AlexNet as torchvision has them, and AlexNet as published."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import models

from golden import BIG, SIBLING, SMALL, Golden


def without_adaptive_pool(name: str, layer: int, features: int) -> nn.Module:
    """The network for images of another size than 224×224, where its linear layers read all features."""
    network = getattr(models, name)(num_classes=37)
    network.avgpool = nn.Identity()
    network.classifier[layer] = nn.Linear(features, 4096)
    return network


class AlexNet2012(nn.Module):
    """Krizhevsky et al. (2012), section 3, for 131×131 pixels. Their alpha belongs to the sum of the squares, PyTorch's
    to the mean."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, 4)
        self.conv2 = nn.Conv2d(96, 256, 5, 1, 2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, 1, 1)
        self.conv4 = nn.Conv2d(384, 384, 3, 1, 1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, 1, 1, groups=2)
        self.fc6 = nn.Linear(256 * 9, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 37)

    @staticmethod
    def normalised(x):
        return F.max_pool2d(F.local_response_norm(F.relu(x), 5, alpha=5e-4, beta=0.75, k=2.0), 3, 2)

    def forward(self, x):
        x = self.normalised(self.conv1(x))
        x = self.normalised(self.conv2(x))
        x = self.conv5(F.relu(self.conv4(F.relu(self.conv3(x)))))
        x = torch.flatten(F.max_pool2d(F.relu(x), 3, 2), 1)
        return self.fc8(F.relu(self.fc7(F.relu(self.fc6(x)))))


def densenet(depth: int, runs) -> Golden:
    make = getattr(models, f"densenet{depth}")
    return Golden(
        f"densenet/densenet{depth}", lambda: make(num_classes=37), (3, 64, 64), {"size": 64, "classes": 37}, runs=runs)


def vgg(name: str, runs) -> Golden:
    return Golden(
        f"vgg/{name}", lambda: without_adaptive_pool(name, 0, 512), (3, 32, 32), {"size": 32, "classes": 37}, runs=runs)


GOLDENS = [
    densenet(121, BIG),
    densenet(169, SIBLING),
    densenet(201, SIBLING),
    vgg("vgg11", BIG),
    vgg("vgg13", SIBLING),
    vgg("vgg16", SIBLING),
    vgg("vgg19", SIBLING),
    vgg("vgg11_bn", SIBLING),
    vgg("vgg13_bn", SIBLING),
    vgg("vgg16_bn", SIBLING),
    vgg("vgg19_bn", SIBLING),
    Golden(
        "alexnet/alexnet", lambda: without_adaptive_pool("alexnet", 1, 256 * 9), (3, 127, 127),
        {"size": 127, "classes": 37}, runs=SMALL),
    Golden("alexnet/alexnet_2012", AlexNet2012, (3, 131, 131), {"size": 131, "classes": 37}, runs=BIG),
]
