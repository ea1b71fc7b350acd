"""Convolutional networks of today: MobileNet, EfficientNet, RegNet and ConvNeXt, as torchvision and timm have them."""

import timm
from torchvision import models

from golden import BIG, Golden


def golden(model: str, network) -> Golden:
    return Golden(model, network, (3, 64, 64), {"size": 64, "classes": 37}, runs=BIG)


def torchvision(folder: str, name: str) -> Golden:
    make = getattr(models, name)
    return golden(f"{folder}/{name}", lambda: make(num_classes=37))


GOLDENS = [
    torchvision("mobile", "mobilenet_v2"),
    torchvision("mobile", "mobilenet_v3_large"),
    golden("mobile/mobilenetv4_conv_small", lambda: timm.create_model("mobilenetv4_conv_small", num_classes=37)),
    torchvision("efficient", "efficientnet_b0"),
    torchvision("regnet", "regnet_y_800mf"),
    torchvision("convnext", "convnext_tiny"),
]
