"""What instructions.sh computes with NumPy: `table.py input MODEL.onnx FILE.npy` writes the input that all are given and prints its
shape; `table.py rows NETWORK GFLOP FOLDER` prints the rows of a network, and exits with 1 where an aim is missed."""

import sys
from pathlib import Path

import numpy as np

# Of the instructions of the best peer.
AIM = 0.8
# The largest difference of an output, of the largest value.
TOLERANCE = 1e-4


def write_input(model, file):
    import onnx

    shape = [axis.dim_value for axis in onnx.load(model).graph.input[0].type.tensor_type.shape.dim]
    np.save(file, np.random.default_rng(1).standard_normal(shape).astype(np.float32))
    print(",".join(map(str, shape)))


def print_rows(network, gigaflops, folder):
    lines = (folder / "counts").read_text().splitlines()
    counts = {kind: int(count) for kind, count in map(str.split, lines)}
    products = float(gigaflops) * 1e9 / 2
    best = min(count for kind, count in counts.items() if kind != "resin")
    expected = np.load(folder / "onnxruntime.npy")
    passes = counts["resin"] <= AIM * best
    for kind, count in counts.items():
        output = np.load(folder / f"{kind}.npy").reshape(expected.shape)
        if not np.abs(output - expected).max() <= TOLERANCE * np.abs(expected).max():
            print(f"the output of {kind} is not ONNX Runtime's", file=sys.stderr)
            passes = False
        print(f"| {network} | {kind} | {count / 1e6:.1f} | {count / products:.3f} | {count / best:.2f} |")
    return passes


def main():
    if sys.argv[1] == "input":
        write_input(*sys.argv[2:])
    elif not print_rows(*sys.argv[2:4], Path(sys.argv[4])):
        sys.exit(1)


if __name__ == "__main__":
    main()
