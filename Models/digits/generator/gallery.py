"""Draws ten digits of each class as one picture: python3 Models/digits/generator/gallery.py RESIN PICTURE.png

RESIN is the program `resin`. Needs nothing but Python.
"""

import argparse
import array
import random
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOISE = 16


def write_npy(path: Path, kind: str, extents: tuple[int, ...], elements: array.array):
    """Writes an array of little-endian elements, `<f4` or `<i8`, as NumPy does."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {extents}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + elements.tobytes())


def draw(resin: str, digits: list[int], seed: int, output: Path, *options: str):
    """Draws digits, each with normal noise of its own."""
    source = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        z, digit = Path(folder) / "z.npy", Path(folder) / "digit.npy"
        noise = array.array("f", (source.gauss(0, 1) for _ in range(NOISE * len(digits))))
        write_npy(z, "<f4", (len(digits), NOISE), noise)
        write_npy(digit, "<i8", (len(digits),), array.array("q", digits))
        command = [resin, "run", str(HERE / "digits_generator.resin"), "--input", str(z), "--input", str(digit)]
        subprocess.run([*command, "--output", str(output), *options], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("resin")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw(options.resin, 10 * list(range(10)), options.seed, options.picture, "--columns", "10")
    print(options.picture)


if __name__ == "__main__":
    main()
