"""Transformers: PyTorch's encoder, and the vision transformers of timm."""

import timm
from torch import nn

from golden import BIG, SIBLING, SMALL, Golden

# What cannot be traced: where PyTorch reads a parameter, by the end of its name. What ends a branch is read by its sum.
ENCODER = {
    "in_proj_weight": "weight", "in_proj_bias": "bias", "out_proj.weight": "residual-weight", "out_proj.bias": "bias",
    "linear1.weight": "weight", "linear1.bias": "bias", "linear2.weight": "residual-weight", "linear2.bias": "bias",
}

# The same for a vision transformer that takes images of several sizes.
VISION = {
    "patch_embed.proj.weight": "weight", "patch_embed.proj.bias": "bias", "qkv.weight": "weight", "qkv.bias": "bias",
    "attn.proj.weight": "residual-weight", "attn.proj.bias": "bias", "fc1.weight": "weight", "fc1.bias": "bias",
    "fc2.weight": "residual-weight", "fc2.bias": "bias", "head.weight": "weight", "head.bias": "bias",
}


def encoder(depth: int, pre_norm: bool) -> nn.Module:
    layer = nn.TransformerEncoderLayer(64, 4, 96, batch_first=True, norm_first=pre_norm)
    return nn.TransformerEncoder(layer, depth, nn.LayerNorm(64) if pre_norm else None, enable_nested_tensor=False)


def encoder_golden(depth: int, pre_norm: bool) -> Golden:
    sizes = {"depth": depth, "width": 64, "heads": 4, "hidden": 96, "rows": 11}
    return Golden(
        "transformer/encoder_" + ("pre_norm" if pre_norm else "post_norm"), lambda: encoder(depth, pre_norm), (11, 64),
        sizes, ("y",), variant="" if depth == 2 else str(depth), runs=SMALL, roles=ENCODER)


def vision(folder: str, name: str, runs, parameters: dict[str, int] = {}, **options) -> Golden:
    return Golden(
        f"{folder}/{name}", lambda: timm.create_model(name, num_classes=37, img_size=64, **options), (3, 64, 64),
        {"size": 64, "classes": 37, **parameters}, runs=runs)


def resized_vision() -> Golden:
    """Positions trained for images of 64×64, on higher and narrower ones."""
    parameters = {"rows": 96, "columns": 48, "trained": 64, "classes": 37}
    make = lambda: timm.create_model("vit_small_patch16_224", num_classes=37, img_size=64, dynamic_img_size=True)
    return Golden("vit/vit_small_patch16_resized", make, (3, 96, 48), parameters, runs=SIBLING, roles=VISION)


GOLDENS = [
    encoder_golden(2, pre_norm=False),
    encoder_golden(2, pre_norm=True),
    encoder_golden(12, pre_norm=True),
    vision("vit", "vit_small_patch16_224", BIG),
    resized_vision(),
    vision("vit", "vit_base_patch16_224", SIBLING),
    vision("vit", "deit_tiny_distilled_patch16_224", BIG),
    vision("swin", "swin_tiny_patch4_window7_224", BIG, {"window": 2}, window_size=2),
]
