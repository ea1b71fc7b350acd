"""Makes the goldens of this folder: python Tests/TensorFilesTests/Goldens/make_goldens.py

Needs NumPy, PyTorch, safetensors and Pillow. Random weights come from docs/random_weights.py:

    python docs/random_weights.py 18446744073709551615 random_weights.txt random_weights.safetensors
"""

from pathlib import Path

import numpy as np
import torch
from numpy.lib import format as npy
from safetensors.torch import save_file

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


if __name__ == "__main__":
    make_npy()
    make_safetensors()
