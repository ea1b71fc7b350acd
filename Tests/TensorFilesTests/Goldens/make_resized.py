"""Makes npy_resized_*.npy: python Tests/TensorFilesTests/Goldens/make_resized.py

Needs NumPy, Pillow and timm. Pictures of this folder at the sizes of PictureResizingTests: the levels u8 of all of them, one
size after the other, for each filter. Columns and rows are resized by a call each, since Pillow takes the passes in another
order for some sizes from version 13 on. And what timm makes of one of them with the settings of its models: f32 [1, 3, H, W].
"""

from pathlib import Path

import numpy as np
from PIL import Image
from timm.data import create_transform

HERE = Path(__file__).resolve().parent
#: Width and height: both smaller, both larger, one of each, one as it is, a pixel, many times as large.
SIZES = [(17, 9), (101, 77), (13, 77), (80, 11), (61, 20), (30, 35), (1, 1), (7, 190)]
FILTERS = [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.NEAREST]
#: Of vit_small_patch16_224 and resnet50d, and the side of a small input.
SETTINGS = [
    ("bicubic", 0.9, 0.5, 0.5, 24),
    ("bicubic", 0.95, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 21),
    ("bilinear", 0.875, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 28),
]


def make_resized():
    for name in ["wide", "tall", "grey"]:
        image = Image.open(HERE / f"{name}.png")
        levels = [
            np.asarray(image.resize((width, image.height), filter).resize((width, height), filter)).ravel()
            for filter in FILTERS
            for width, height in SIZES
        ]
        np.save(HERE / f"npy_resized_{name}.npy", np.concatenate(levels))


def make_timm():
    image = Image.open(HERE / "tall.png")
    for index, (interpolation, crop_pct, mean, std, side) in enumerate(SETTINGS):
        mean, std = ((value,) * 3 if isinstance(value, float) else value for value in (mean, std))
        transform = create_transform(
            side, interpolation=interpolation, crop_pct=crop_pct, mean=mean, std=std, is_training=False)
        np.save(HERE / f"npy_timm_{index}.npy", transform(image)[None].numpy())


if __name__ == "__main__":
    make_resized()
    make_timm()
