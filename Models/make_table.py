"""Writes Models/README.md from what `resin` says of each model: python3 Models/make_table.py RESIN

For figures that mean something, run it on a machine that does nothing else.
"""

import argparse
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).resolve().parent

# Folders in the order of the table.
FAMILIES = {
    "resnet": "Residual networks for ImageNet",
    "wide": "Wide and grouped",
    "se": "Squeeze and excitation",
    "preactivation": "Pre-activation",
    "cifar": "Residual networks for CIFAR-10",
    "stochastic_depth": "Stochastic depth",
    "highway": "Highways",
    "dynamic": "Dynamic convolution",
    "mobile": "MobileNet",
    "efficient": "EfficientNet",
    "regnet": "RegNet",
    "convnext": "ConvNeXt",
    "digits": "Handwritten digits",
    "multitask": "Several heads",
    "trunk": "Trunks",
    "densenet": "DenseNet",
    "unet": "U-Net",
    "hourglass": "Hourglasses",
    "yolo": "Detectors",
    "gan": "Generators and discriminators",
    "transformer": "Transformers",
    "vit": "Vision transformers",
    "swin": "Swin",
    "alexnet": "AlexNet",
    "vgg": "VGG",
    "recurrent": "Recurrent",
}


@dataclass
class Row:
    """What is known of one model."""

    path: Path
    title: str
    # The extents of the first input for one image, and its element type where it is not f32.
    extents: str
    parameters: int
    report: dict

    @property
    def share(self) -> float:
        """The rate over the machine's peak."""
        return self.report["gflops"] / self.report["peak_gflops"]

    @property
    def packing(self) -> float:
        """The seconds that packing the weights takes when compiling."""
        return self.report["compile_phases_s"]["packing"]


def run(resin: str, *arguments: str) -> str:
    result = subprocess.run([resin, *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(result.stderr)
    return result.stdout


def title(path: Path) -> str:
    """The first sentence of the comment that a text begins with."""
    lines = []
    for line in path.read_text().splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.removeprefix("//").strip())
    return re.split(r"(?<=[a-z0-9)’])[.:] ", " ".join(lines) + " ")[0]


def measure(resin: str, path: Path) -> Row:
    text = run(resin, "inspect", str(path), "--stage", "imported")
    # A tensor may be read more than once.
    tensors = dict(re.findall(r"\$(\S+) f32(\[[\d, ]*\])", text))
    count = 0
    for name, extents in tensors.items():
        if name.endswith((".running_mean", ".running_var")):
            continue
        product = 1
        for extent in json.loads(extents):
            product *= extent
        count += product
    element, extents = re.search(r"^input \S+: (\w+)\[\d+, ([\d, ]+)\]", text, re.MULTILINE).groups()
    extents = extents.replace(", ", "×") + ("" if element == "f32" else f" {element}")
    report = json.loads(run(resin, "bench", str(path), "--json"))
    print(f"{path.relative_to(MODELS)}: {report['median_ms']:.3f} ms", flush=True)
    return Row(path, title(path), extents, count, report)


def table(rows: list[Row]) -> list[str]:
    lines = [
        "| model | | input | parameters | multiply-adds | arena | compile | packing | run | of peak |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        report, link = row.report, row.path.relative_to(MODELS)
        lines.append(
            f"| [{row.path.stem}]({link}) | {row.title} | {row.extents} | {row.parameters / 1e6:.2f} M "
            f"| {report['gflop'] / 2:.3f} G | {report['arena_bytes'] / 1e6:.2f} MB | {report['compile_s']:.2f} s "
            f"| {row.packing:.3f} s | {report['median_ms']:.3f} ms | {100 * row.share:.0f} % |")
    return lines


def processor() -> str:
    """The name of the CPU with its family and model, since virtual machines share names."""
    fields = dict(re.findall(r"^(.+?)\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE))
    if "model name" not in fields:
        return os.uname().machine
    return f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"


def document(families: dict[str, list[Row]]) -> str:
    lines = [
        "# Models",
        "",
        "Each network is a text in the [model language](../docs/model-language.md); blocks that several share are imported.",
        "`Tests/Goldens` has PyTorch's outputs for each, [residual-networks.md](../docs/residual-networks.md) what the families",
        "are. Classifiers take `--set classes=N`, most networks also the size of the image: `--set size=160`.",
        "",
        "`make models-table` measured and wrote this page, at batch 1 on one thread of an",
        f"{processor()}, with random weights. Multiply-adds are counted as direct convolution has",
        "them, the arena is the workspace of a run, compiling goes from the text and the weights to machine code in memory",
        "and has packing the weights in it, and the peak is the rate of multiply-adds in registers.",
    ]
    for family, rows in families.items():
        lines += ["", f"## {FAMILIES[family]}", "", *table(rows)]
    slow = [row for rows in families.values() for row in rows if row.share < 0.5]
    lines += ["", "## Below half of the peak", ""]
    names = ", ".join(f"{row.path.stem} ({100 * row.share:.0f} %)" for row in sorted(slow, key=lambda row: row.share))
    lines += [f"{names}." if slow else "None."]
    lines += ["", "## Depth", "", *depth([row for rows in families.values() for row in rows])]
    return "\n".join(lines) + "\n"


def depth(rows: list[Row]) -> list[str]:
    """How much longer 21 times the layers take to compile, weights to pack apart."""
    by_name = {row.path.stem: row for row in rows}
    shallow, deep = by_name["resnet56"], by_name["resnet1202"]
    rest = deep.report["compile_s"] - deep.packing
    return [
        f"Code is made once per distinct kernel: without packing its weights, {deep.path.stem} compiles in {rest:.2f} s,",
        f"{rest / shallow.report['compile_s']:.2f} times as long as {shallow.path.stem}.",
    ]


def depth_first(path: Path) -> tuple:
    """Sorts resnet20 before resnet110."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.stem))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("resin")
    options = parser.parse_args()
    families: dict[str, list[Row]] = {}
    folders = {path.relative_to(MODELS).parts[0] for path in MODELS.rglob("*.resin")}
    if unknown := folders - FAMILIES.keys():
        raise SystemExit(f"give these folders a heading: {', '.join(sorted(unknown))}")
    for family in FAMILIES:
        texts = [path for path in (MODELS / family).rglob("*.resin") if not path.stem.endswith("blocks")]
        if texts:
            families[family] = [measure(options.resin, path) for path in sorted(texts, key=depth_first)]
    (MODELS / "README.md").write_text(document(families))


if __name__ == "__main__":
    main()
