"""Draws the sample digits: python Models/digits/draw_samples.py

Each digit is a path of arcs and lines as a pen would go, with a slant, a wobble and a change of width of its own, on a
canvas eight times as large that is then shrunk. Nothing comes from a data set or a font. Needs NumPy and Pillow; if
PyTorch is there, the trained network's opinion is printed too.
"""

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).resolve().parent
ZOOM = 8
SIZE = 28

Points = list[tuple[float, float]]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Points:
    """Points of an ellipse round (x, y), angles in degrees clockwise from the right."""
    steps = max(8, int(abs(end - start) / 6))
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def line(*corners: tuple[float, float]) -> Points:
    points = []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:]):
        points += [(x0 + (x1 - x0) * i / 10, y0 + (y1 - y0) * i / 10) for i in range(11)]
    return points


# Strokes in a box of 28 by 28: the digit fills the middle 20 by 20, as is usual.
STROKES: dict[str, list[Points]] = {
    "0": [arc(14, 14, 6, 9, -70, 300)],
    "1": [line((12, 8), (15, 5), (14.4, 14), (14, 23))],
    "2": [arc(13.5, 9, 5.5, 4.5, -170, 35) + line((18, 11.6), (13, 17), (8, 22.5), (14, 22), (21, 22.5))],
    "3": [arc(13, 9, 5, 4.2, -160, 90) + arc(13, 18, 6, 4.8, -90, 150)],
    "4": [line((11, 5), (8, 14.5), (20, 14)), line((17.5, 6), (16.5, 15), (16, 23))],
    "5": [line((19, 5.5), (10.5, 6), (9.5, 12.5)) + arc(13, 17, 6, 5.4, -115, 150)],
    "6": [line((17, 5), (12, 9.5), (9.5, 15)) + arc(14, 17.5, 5, 4.8, 195, 555)],
    "7": [line((8, 7), (14, 6.6), (20, 6.5), (16, 14), (13, 23))],
    "8": [arc(14, 9.5, 4.4, 4.2, 60, -240) + arc(14, 18.2, 5.2, 4.8, -115, 245)],
    "9": [arc(13.5, 10, 4.8, 4.6, 0, -350) + line((18.3, 9), (17.8, 15), (16, 23))],
    "7-crossed": [line((8, 6.5), (20, 6), (15, 15), (12.5, 23)), line((10.5, 14.5), (18.5, 13.8))],
    "1-straight": [line((15.5, 5), (14, 14), (12.6, 23))],
    "4-closed": [line((18, 5), (8.5, 15.5), (20.5, 15.2)), line((18, 5), (17, 14), (16.4, 23.5))],
    "2-looped": [
        arc(13.5, 9.5, 5, 4.4, -160, 40) + line((17.3, 12.4), (11, 20))
        + arc(10.5, 20.6, 2.4, 1.8, -60, -300) + line((12, 21), (16, 23), (20.5, 21.6))
    ],
}


def draw(name: str, strokes: list[Points]) -> Image.Image:
    """A digit in white on black, irregular in a way that depends on its name only."""
    random = np.random.default_rng(list(name.encode()))
    slant = random.uniform(0.02, 0.2)
    turn = random.uniform(-0.06, 0.06)
    width = random.uniform(2.3, 2.9)
    phase = random.uniform(0, 2 * math.pi, 3)
    canvas = Image.new("L", (SIZE * ZOOM, SIZE * ZOOM))
    pen = ImageDraw.Draw(canvas)
    for points in strokes:
        # Dots close enough to run together, as ink does; the pen presses harder here than there.
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            for step in range(12):
                x, y = x0 + (x1 - x0) * step / 12, y0 + (y1 - y0) * step / 12
                u, v = x - 14, y - 14
                u, v = u - slant * v + turn * v, v - turn * u
                u += 0.35 * math.sin(0.45 * v + phase[0])
                v += 0.35 * math.sin(0.4 * u + phase[1])
                radius = width / 2 * (1 + 0.18 * math.sin(0.3 * (u + v) + phase[2])) * ZOOM
                cx, cy = (u + 14) * ZOOM, (v + 14) * ZOOM
                pen.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=255)
    soft = canvas.filter(ImageFilter.GaussianBlur(0.45 * ZOOM))
    return soft.resize((SIZE, SIZE), Image.Resampling.BOX)


def main():
    folder = HERE / "samples"
    folder.mkdir(exist_ok=True)
    pictures = {name: draw(name, strokes) for name, strokes in STROKES.items()}
    for name, picture in pictures.items():
        picture.save(folder / f"{name}.png", optimize=True)
    try:
        import torch
        from safetensors.torch import load_file
        from train import Digits, normalise
    except ImportError:
        return
    model = Digits().eval()
    model.load_state_dict(load_file(HERE / "digits.safetensors"))
    pixels = np.stack([np.asarray(picture, np.float32) / 255 for picture in pictures.values()])
    with torch.no_grad():
        probabilities = model(normalise(torch.from_numpy(pixels)[:, None])).softmax(1)
    for name, row in zip(pictures, probabilities):
        print(f"{name:12} {int(row.argmax())} {float(row.max()):.4f}")


if __name__ == "__main__":
    main()
