"""Networks of today for small machines and others: MobileNet, MobileViT, EfficientNet, RegNet and ConvNeXt, as torchvision
and timm have them."""

import timm
from torchvision import models

from golden import BIG, Golden

# MobileViT reads the extents of images, and cannot be traced: the roles of parameters, by the ends of their names. Blocks
# that keep the size end in a sum; 1.1 is added to a normalisation, whose scale stays the usual one.
MOBILEVIT = {
    "conv.weight": "weight", "conv_1x1.weight": "weight", "bn.weight": "scale", "bn.bias": "shift",
    "running_mean": "mean", "running_var": "variance", "qkv.weight": "weight", "qkv.bias": "bias",
    "attn.proj.weight": "residual-weight", "attn.proj.bias": "bias", "fc1.weight": "weight", "fc1.bias": "bias",
    "fc2.weight": "residual-weight", "fc2.bias": "bias", "head.fc.weight": "weight", "head.fc.bias": "bias",
    **{f"stages.{block}.conv3_1x1.bn.weight": "residual-scale" for block in ("0.0", "1.2")},
}


def golden(model: str, network, **options) -> Golden:
    return Golden(model, network, (3, 64, 64), {"size": 64, "classes": 37}, runs=BIG, **options)


def torchvision(folder: str, name: str) -> Golden:
    make = getattr(models, name)
    return golden(f"{folder}/{name}", lambda: make(num_classes=37))


GOLDENS = [
    torchvision("mobile", "mobilenet_v2"),
    torchvision("mobile", "mobilenet_v3_large"),
    golden("mobile/mobilenetv4_conv_small", lambda: timm.create_model("mobilenetv4_conv_small", num_classes=37)),
    golden("mobile/mobilevit_xxs", lambda: timm.create_model("mobilevit_xxs", num_classes=37), roles=MOBILEVIT),
    torchvision("efficient", "efficientnet_b0"),
    torchvision("regnet", "regnet_y_800mf"),
    torchvision("convnext", "convnext_tiny"),
]
