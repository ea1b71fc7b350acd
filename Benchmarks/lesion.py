"""Accuracy of a CIFAR ResNet without each of its residual blocks: a table and a curve.

After Veit, Wilber and Belongie, "Residual Networks Behave Like Ensembles of Relatively Shallow
Networks" (2016), section 4.1. `resin run --without BLOCK` does the work; this counts.

    python3 lesion.py --weights resnet56.safetensors --images test_batch.bin --output docs/images

The images are records of CIFAR-10's binary form, a label and 3×32×32 bytes; the model is
`Models/cifar/NAME.resin`, NAME being the name of the weights' file.
"""

import argparse
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1)
RECORD = 1 + 3 * 32 * 32

WIDTH, HEIGHT = 860, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 52, 54
BOLD, MIDDLE = 'font-weight="600"', 'text-anchor="middle"'
TEXT, GRID, CURVE, CHANGE = "#7d8590", "#7d859055", "#d9622b", "#4c8dae"


@dataclass(frozen=True)
class Lesion:
    """A block, and the share of images that are right without it."""

    block: str
    accuracy: float


def main() -> None:
    options = parse()
    name = options.weights.stem
    images, labels = read_images(options.images, options.count)
    model = ROOT / "Models" / "cifar" / f"{name}.resin"
    depth = (int(name.removeprefix("resnet")) - 2) // 6
    blocks = [f"layer{stage}.{index}" for stage in (1, 2, 3) for index in range(depth)]
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "images.npy", Path(folder) / "logits.npy"
        np.save(source, images)

        def accuracy(without: list[str]) -> float:
            command = [options.resin, "run", model, "--weights", options.weights, "--input", source]
            subprocess.run([*command, "--output", result, *without], check=True)
            return float((np.load(result).argmax(1) == labels).mean())

        whole = accuracy([])
        lesions = [Lesion(block, accuracy(["--without", block])) for block in blocks]
    options.output.mkdir(parents=True, exist_ok=True)
    picture = curve(name, whole, lesions, len(labels))
    (options.output / f"lesion-{name}.svg").write_text(picture, encoding="utf-8")
    print(table(whole, lesions), end="")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000, help="take so many images")
    parser.add_argument("--resin", default="resin", help="the program")
    parser.add_argument("--output", type=Path, default=Path("."), help="a folder for the curve")
    return parser.parse_args()


def read_images(path: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    records = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, RECORD)[:count]
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
    return (pixels - MEAN) / DEVIATION, records[:, 0]


def table(whole: float, lesions: list[Lesion]) -> str:
    """A column for each stage, a row for each block of one."""
    depth = len(lesions) // 3
    lines = ["| block | layer1 | layer2 | layer3 |", "|---|--:|--:|--:|"]
    for index in range(depth):
        row = [f"{lesions[stage * depth + index].accuracy:.1%}" for stage in range(3)]
        lines.append(f"| {index} | " + " | ".join(text.replace("%", " %") for text in row) + " |")
    return "\n".join([f"none left out: {whole:.1%}".replace("%", " %"), "", *lines]) + "\n"


def curve(name: str, whole: float, lesions: list[Lesion], count: int) -> str:
    step = (WIDTH - LEFT - RIGHT) / len(lesions)
    depth = len(lesions) // 3

    def x(index: float) -> float:
        return LEFT + (index + 0.5) * step

    def y(accuracy: float) -> float:
        return TOP + (1 - accuracy) * (HEIGHT - TOP - BOTTOM)

    points = " ".join(f"{x(i):.1f},{y(lesion.accuracy):.1f}" for i, lesion in enumerate(lesions))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="11" fill="{TEXT}">',
        f"<title>{name} without each of its blocks</title>",
        text(0, 16, f"{name}: accuracy without one residual block", f'font-size="12" {BOLD}'),
        text(0, 34, f"{count} test images of CIFAR-10; blue: the block that changes the shape"),
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(line(LEFT, y(share), WIDTH - RIGHT, GRID, ' stroke-dasharray="2 3"'))
        parts.append(text(LEFT - 6, y(share) + 4, f"{share:.0%}", 'text-anchor="end"'))
    parts.append(line(LEFT, y(whole), WIDTH - RIGHT, CURVE, ' stroke-dasharray="6 4"'))
    end = f'text-anchor="end" fill="{CURVE}"'
    parts.append(text(WIDTH - RIGHT, y(whole) - 5, f"all blocks: {whole:.1%}", end))
    parts.append(f'<polyline points="{points}" fill="none" stroke="{CURVE}" stroke-width="1.5"/>')
    for index, lesion in enumerate(lesions):
        is_change = index % depth == 0 and index > 0
        parts.append(
            f'<circle cx="{x(index):.1f}" cy="{y(lesion.accuracy):.1f}" r="3.5" '
            f'fill="{CHANGE if is_change else CURVE}">'
            f"<title>{lesion.block}: {lesion.accuracy:.1%}</title></circle>"
        )
        parts.append(text(x(index), HEIGHT - BOTTOM + 18, str(index % depth), MIDDLE))
    for stage in range(3):
        middle = x(stage * depth + (depth - 1) / 2)
        parts.append(text(middle, HEIGHT - BOTTOM + 38, f"layer{stage + 1}", f"{MIDDLE} {BOLD}"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def line(left: float, y: float, right: float, colour: str, more: str) -> str:
    return f'<line x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" stroke="{colour}"{more}/>'


def text(x: float, y: float, words: str, attributes: str = "") -> str:
    space = " " if attributes else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{space}{attributes}>{words}</text>'


if __name__ == "__main__":
    main()
