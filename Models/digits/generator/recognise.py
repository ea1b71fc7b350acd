"""Draws a thousand digits and counts those that the digits network recognises: python3 recognise.py RESIN

Both networks are run by the program RESIN; between them the digits are pictures.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

from gallery import HERE, draw

CLASSES = 10


def recognised(resin: str, pictures: list[Path]) -> list[int]:
    """The class that the digits network gives each picture."""
    inputs = [argument for picture in pictures for argument in ("--input", str(picture))]
    text = subprocess.run(
        [resin, "run", str(HERE.parent / "digits.resin"), "--top", "1", *inputs], check=True, capture_output=True,
        text=True).stdout
    return [int(digit) for digit in re.findall(r"^ +(\d+)  ", text, re.MULTILINE)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("resin")
    parser.add_argument("--count", type=int, default=1000, help="how many digits to draw")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    wanted = [index % CLASSES for index in range(options.count)]
    with tempfile.TemporaryDirectory() as folder:
        draw(options.resin, wanted, options.seed, Path(folder) / "digit.png")
        pictures = [Path(folder) / f"digit.{index}.png" for index in range(options.count)]
        seen = recognised(options.resin, pictures)
    for digit in range(CLASSES):
        of_class = [now for wish, now in zip(wanted, seen, strict=True) if wish == digit]
        print(f"{digit}: {of_class.count(digit)} of {len(of_class)}")
    right = sum(wish == now for wish, now in zip(wanted, seen))
    print(f"{right} of {options.count} digits recognised")


if __name__ == "__main__":
    main()
