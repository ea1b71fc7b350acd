"""ResNet for ImageNet: torchvision's, and version 1 with the stride in the first convolution of a bottleneck."""

from torchvision import models
from torchvision.models.resnet import Bottleneck

from golden import BIG, SIBLING, Golden


def version1():
    """He et al. (2015): torchvision's ResNet-50 with the strides moved."""
    network = models.resnet50(num_classes=37)
    for module in network.modules():
        if isinstance(module, Bottleneck) and module.conv2.stride != (1, 1):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
    return network


def small(name: str, **options) -> Golden:
    make = getattr(models, name)
    return Golden(
        f"resnet/{name}", lambda: make(num_classes=37), (3, 64, 64), {"size": 64, "classes": 37}, **options)


GOLDENS = [
    Golden("resnet/resnet18", models.resnet18, (3, 224, 224), variant="whole", runs=SIBLING),
    small("resnet18", runs=BIG),
    small("resnet34", runs=SIBLING),
    small("resnet50", runs=BIG),
    small("resnet101", runs=SIBLING),
    small("resnet152", runs=SIBLING),
    Golden("resnet/resnet50_v1", version1, (3, 64, 64), {"size": 64, "classes": 37}, runs=SIBLING),
]
