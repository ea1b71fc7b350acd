"""Draws the sample strips: python Models/digits/sequence/draw_strips.py

Their digits are those that ../draw_samples.py draws, each in a hand of its own; the name of a strip says what it shows.
Needs NumPy and Pillow.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from draw_samples import STROKES, draw  # noqa: E402

STRIPS = ["273", "1864", "31415", "926535", "8979323", "84626433", "90210", "77017117"]
WIDTH = 224


def strip(text: str) -> Image.Image:
    """The digits of a text at distances that depend on it only, and black behind them."""
    random = np.random.default_rng(list(text.encode()))
    shapes = {digit: [name for name in STROKES if name[0] == digit] for digit in text}
    pictures = []
    for place, digit in enumerate(text):
        # The name decides how the hand shakes.
        picture = np.asarray(draw(f"{text}/{place}", STROKES[random.choice(shapes[digit])]))
        columns = np.nonzero(picture.max(0) > 50)[0]
        pictures.append(picture[:, columns[0] : columns[-1] + 1])
    result = np.zeros((28, WIDTH), np.uint8)
    x = 0
    for picture in pictures:
        x += int(random.integers(4, 9))
        result[:, x : x + picture.shape[1]] = picture
        x += picture.shape[1]
    return Image.fromarray(result)


def main():
    folder = HERE / "samples"
    folder.mkdir(exist_ok=True)
    for text in STRIPS:
        strip(text).save(folder / f"{text}.png", optimize=True)


if __name__ == "__main__":
    main()
