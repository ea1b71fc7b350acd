"""What residual networks are compared with: DenseNet, VGG and AlexNet, as torchvision has them."""

from torch import nn
from torchvision import models

from golden import BIG, SIBLING, SMALL, Golden


def without_adaptive_pool(name: str, layer: int, features: int) -> nn.Module:
    """The network for images of another size than 224×224, where its linear layers read all features."""
    network = getattr(models, name)(num_classes=37)
    network.avgpool = nn.Identity()
    network.classifier[layer] = nn.Linear(features, 4096)
    return network


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
]
