"""Makes the goldens of this folder: python Tests/TensorFilesTests/Goldens/make_goldens.py

Needs NumPy, PyTorch, safetensors and Pillow. Random weights come from docs/random_weights.py:

    python docs/random_weights.py 18446744073709551615 random_weights.txt random_weights.safetensors
"""

from pathlib import Path

import numpy as np
import torch
from numpy.lib import format as npy
from PIL import Image
from safetensors.torch import save_file
from torchvision import transforms

HERE = Path(__file__).resolve().parent


def save_npy(name: str, array: np.ndarray, version=(1, 0)):
    with open(HERE / f"npy_{name}.npy", "wb") as file:
        npy.write_array(file, array, version)


def make_npy():
    numbers = np.arange(24).reshape(2, 3, 4)
    for name, descr in [
        ("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8"), ("f4_big", ">f4"), ("i1", "i1"), ("i2_big", ">i2"),
        ("i4", "<i4"), ("i8", "<i8"), ("u1", "u1"), ("u2", "<u2"), ("u4", "<u4"), ("u8", "<u8"),
    ]:
        save_npy(name, numbers.astype(descr))
    save_npy("f4_fortran", np.asfortranarray(numbers.astype("<f4")))
    save_npy("i8_fortran", np.asfortranarray(numbers))
    save_npy("f4_v2", numbers.astype("<f4"), (2, 0))
    save_npy("f4_v3", numbers.astype("<f4"), (3, 0))
    save_npy("b1", numbers % 2 == 1)
    save_npy("b1_fortran", np.asfortranarray(numbers % 2 == 1))


def make_safetensors():
    tensors = {}
    # Zeros, subnormals, the largest, infinities, and what must round.
    bits = [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3C01, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x0080, 0x4049]
    for name, dtype in [("F16", torch.float16), ("BF16", torch.bfloat16)]:
        tensors[name] = torch.from_numpy(np.array(bits, np.uint16).view(np.int16)).view(dtype)
    tensors["F64"] = torch.tensor(
        [0.1, -1 / 3, 1e300, 1e-300, 1e-40, 16777217.0, -0.0, float("inf")], dtype=torch.float64
    )
    for name in list(tensors):
        tensors[f"{name} as F32"] = tensors[name].float()
    tensors["F32"] = torch.tensor([[1.5, -2.5]])
    tensors["BOOL"] = torch.tensor([True, False, True])
    tensors["U8"] = torch.tensor([0, 1, 255], dtype=torch.uint8)
    for name, dtype in [("I8", torch.int8), ("I16", torch.int16), ("I32", torch.int32), ("I64", torch.int64)]:
        limits = torch.iinfo(dtype)
        tensors[name] = torch.tensor([limits.min, 0, limits.max], dtype=dtype)
    save_file(tensors, HERE / "types.safetensors", {"made by": "make_goldens.py"})


def picture(width: int, height: int) -> Image.Image:
    """Smooth colours with some noise and an edge: what a codec and a resize can get wrong."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(width).normal(0, 6, (height, width, 3))
    waves = [128 + 100 * np.sin(x / 9 + c) * np.cos(y / 7 - c) for c in range(3)]
    levels = np.stack(waves, -1) + noise
    levels[height // 3 : height // 2, width // 4 : width // 2] = (250, 20, 90)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def make_pictures():
    """Pictures of every kind, each with its pixels as Pillow converts them to RGB: u8 [H, W, 3]."""
    base = picture(37, 23)
    alpha = Image.fromarray((np.arange(37 * 23) % 256).astype(np.uint8).reshape(23, 37))
    rgba = base.copy()
    rgba.putalpha(alpha)
    grey_alpha = Image.merge("LA", (base.convert("L"), alpha))
    for name, image, options in [
        ("rgb.png", base, {}), ("grey.png", base.convert("L"), {}), ("palette.png", base.quantize(32), {}),
        ("rgba.png", rgba, {}), ("grey_alpha.png", grey_alpha, {}), ("bits.png", base.convert("1"), {}),
        ("rgb.jpg", base, {"quality": 90}), ("grey.jpg", base.convert("L"), {}),
        ("progressive.jpg", base, {"progressive": True, "subsampling": 0}),
        ("cmyk.jpg", base.convert("CMYK"), {"quality": 95}),
    ]:
        image.save(HERE / name, **options)
        save_npy(name, np.asarray(Image.open(HERE / name).convert("RGB")))
    # Pillow cuts 16 bits off instead of scaling them, so the levels are made here.
    levels = np.arange(37 * 23, dtype=np.uint16).reshape(23, 37) * 77
    Image.fromarray(levels).save(HERE / "grey16.png")
    scaled = np.round(levels / 257).astype(np.uint8)
    save_npy("grey16.png", np.repeat(scaled[:, :, None], 3, 2))


def make_preprocessed():
    """torchvision's transforms of two pictures: f32 [1, C, H, W]."""
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    colour = [transforms.ToTensor(), transforms.Normalize(mean, deviation)]
    grey = [transforms.Grayscale(), transforms.ToTensor(), transforms.Normalize(0.1307, 0.3081)]
    for name, size in [("wide", (61, 35)), ("tall", (29, 50))]:
        image = picture(*size)
        image.save(HERE / f"{name}.png")
        for variant, steps in [
            ("shrunk", [transforms.Resize(19), transforms.CenterCrop((16, 17)), *colour]),
            ("grown", [transforms.Resize(40), transforms.CenterCrop(33), *colour]),
            ("squeezed", [transforms.Resize((8, 8)), *colour]),
            ("grey", [transforms.Resize((28, 28)), *grey]),
        ]:
            save_npy(f"{name}_{variant}", transforms.Compose(steps)(image)[None].numpy())


if __name__ == "__main__":
    make_npy()
    make_safetensors()
    make_pictures()
    make_preprocessed()
