"""The weights of `--random-weights SEED`, in Python: the twin of Sources/TensorFiles/Weights/RandomWeights.swift.

    python docs/random_weights.py SEED LIST OUTPUT.safetensors

LIST has a line per tensor: its name, its role, its extents, as in `layer1.0.conv1.weight weight 64 64 3 3`. The role of
a weight whose first extent is not that of the results is followed by the number of products in a sum, as in
`up.weight weight:64 64 32 2 2` for a transposed convolution of stride 2.
The definition in words is docs/weights.md. Needs NumPy only.
"""

import argparse
import json
from pathlib import Path

import numpy as np

U64 = np.uint64


def mixed(z: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64."""
    z = (z ^ (z >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U64(27))) * U64(0x94D049BB133111EB)
    return z ^ (z >> U64(31))


def fnv1a(name: str) -> int:
    """The 64-bit FNV-1a hash of a name's UTF-8."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def stream(seed: int, name: str, count: int) -> np.ndarray:
    """The first `count` 64-bit elements of the stream of a seed and a name."""
    start = mixed(mixed(np.array([seed], U64)) ^ U64(fnv1a(name)))
    return mixed(start + np.arange(1, count + 1, dtype=U64) * U64(0x9E3779B97F4A7C15))


def uniform(seed: int, name: str, shape: list[int], centre: float, half: np.float32) -> np.ndarray:
    """Floats evenly from `centre - half` up to, but without, `centre + half`."""
    k = (stream(seed, name, int(np.prod(shape))) >> U64(40)).astype(np.float64)
    t = (2 * k - 2**24) / 2**24
    return (centre + np.float64(half) * t).astype(np.float32).reshape(shape)


def weight_bound(fan_in: int) -> np.float32:
    """The bound of a weight for sums of so many products."""
    return np.float32(np.sqrt(6 / max(1.0, float(fan_in))))


def parameter(seed: int, name: str, role: str, shape: list[int]) -> np.ndarray:
    """A parameter by its role; see the table in docs/weights.md. A weight's first extent is that of the results unless the
    role says how many products a sum has."""
    role, _, written = role.partition(":")
    fan_in = int(written or np.prod(shape[1:]))
    centre, half = {
        "weight": lambda: (0.0, weight_bound(fan_in)),
        "residual-weight": lambda: (0.0, weight_bound(fan_in) * np.float32(0.25)),
        "bias": lambda: (0.0, np.float32(0.1)),
        "scale": lambda: (1.0, np.float32(0.5)),
        "residual-scale": lambda: (0.25, np.float32(0.125)),
        "shift": lambda: (0.0, np.float32(0.1)),
        "mean": lambda: (0.0, np.float32(0.1)),
        "variance": lambda: (1.0, np.float32(0.5)),
        "other": lambda: (0.0, np.float32(1)),
    }[role]()
    return uniform(seed, name, shape, centre, half)


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(tensor.astype("<f4").tobytes() for tensor in tensors.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("list", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    tensors = {}
    for line in options.list.read_text().splitlines():
        name, role, *extents = line.split()
        tensors[name] = parameter(options.seed, name, role, [int(extent) for extent in extents])
    write_safetensors(options.output, tensors)


if __name__ == "__main__":
    main()
