"""The rows of the comparison: which network, how many images a run, how many threads."""

from dataclasses import dataclass
from pathlib import Path

import machine

HERE = Path(__file__).resolve().parent
CACHE = HERE / "cache"
RESULTS = HERE / "results"
DEFAULT_RESIN = HERE.parent / ".build" / "release" / "resin"

# Largest difference from PyTorch's output that passes, over the largest absolute output: in 32-bit floats, and of
# networks of 8 bits, whose errors the table shows.
TOLERANCE = 1e-4
INT8_TOLERANCE = 0.5
# What the names of networks of 8 bits end with.
INT8 = "_int8"


@dataclass(frozen=True)
class Row:
    """One line of the table, with the ratios best peer / Resin to reach: with AVX-512, and on a CPU without it."""

    network: str
    batch: int
    threads: int
    avx512_target: float | None
    avx2_target: float | None

    @property
    def target(self) -> float | None:
        """The ratio to reach on this machine; None where there is none."""
        return self.avx512_target if machine.has_avx512() else self.avx2_target

    @property
    def key(self) -> str:
        return f"{self.network}:{self.batch}:{self.threads}"

    @property
    def model(self) -> str:
        """The name of the exported files: batch sizes are static, so each has its own."""
        return f"{self.network}-b{self.batch}"

    @property
    def is_int8(self) -> bool:
        return self.network.endswith(INT8)

    @property
    def tolerance(self) -> float:
        return INT8_TOLERANCE if self.is_int8 else TOLERANCE


ROWS: tuple[Row, ...] = (
    Row("resnet50", 1, 1, 1.30, 1.45),
    Row("resnet50", 1, 2, 1.30, 1.40),
    Row("resnet50", 8, 2, 1.30, 1.35),
    Row("resnet18", 1, 1, 1.80, 2.00),
    Row("resnet18", 1, 2, 1.80, 2.00),
    Row("resnet34", 1, 1, 1.80, None),
    Row("resnet34", 1, 2, 1.80, None),
    Row("resnet101", 1, 2, 1.30, None),
    Row("resnet152", 1, 2, 1.30, None),
    Row("resnext50_32x4d", 1, 2, 1.20, 1.20),
    Row("wide_resnet50_2", 1, 2, 1.20, None),
    Row("densenet121", 1, 2, 1.20, 1.45),
    Row("vgg16", 1, 2, 1.40, 1.50),
    Row("cifar_resnet20", 1, 1, 2.00, None),
    Row("cifar_resnet56", 1, 1, 2.00, None),
    Row("vit_small_patch16_224", 1, 1, None, 1.25),
    Row("vit_small_patch16_224", 1, 2, None, 1.25),
    Row("deit_tiny_patch16_224", 1, 1, None, 1.25),
    Row("swin_tiny_patch4_window7_224", 1, 1, None, 1.25),
    Row("convnext_tiny", 1, 1, None, 1.25),
    Row("mobilenetv2_100", 1, 1, None, 1.25),
    Row("mobilenetv3_large_100", 1, 1, None, 1.40),
    Row("efficientnet_b0", 1, 1, None, 1.40),
)

INT8_ROWS: tuple[Row, ...] = (
    Row("resnet50_int8", 1, 1, 1.20, 1.15),
    Row("resnet50_int8", 1, 2, 1.25, 1.15),
    Row("resnet50_int8", 8, 2, 1.15, 1.15),
    Row("resnet18_int8", 1, 1, 1.30, 1.35),
    Row("resnet18_int8", 1, 2, 1.30, 1.35),
    Row("resnet34_int8", 1, 1, 1.30, None),
    Row("resnet34_int8", 1, 2, 1.30, None),
)


def select(patterns: list[str], rows: tuple[Row, ...] = ROWS) -> list[Row]:
    """The rows that NETWORK, NETWORK:BATCH or NETWORK:BATCH:THREADS name; all without a pattern."""
    if not patterns:
        return list(rows)
    chosen = [row for row in rows if any(_matches(row, pattern) for pattern in patterns)]
    for pattern in patterns:
        if not any(_matches(row, pattern) for row in rows):
            names = ", ".join(row.key for row in rows)
            raise SystemExit(f"no row is called '{pattern}'; the rows are {names}")
    return chosen


def _matches(row: Row, pattern: str) -> bool:
    return row.key == pattern or row.key.startswith(pattern + ":")
