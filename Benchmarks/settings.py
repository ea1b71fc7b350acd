"""The rows of the comparison: which network, how many images a run, how many threads."""

from dataclasses import dataclass
from pathlib import Path

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
    """One line of the table. `target` is the ratio best peer / Resin to reach."""

    network: str
    batch: int
    threads: int
    target: float

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
    Row("resnet50", 1, 1, 1.30),
    Row("resnet50", 1, 2, 1.30),
    Row("resnet50", 8, 2, 1.30),
    Row("resnet18", 1, 1, 1.80),
    Row("resnet18", 1, 2, 1.80),
    Row("resnet34", 1, 1, 1.80),
    Row("resnet34", 1, 2, 1.80),
    Row("resnet101", 1, 2, 1.30),
    Row("resnet152", 1, 2, 1.30),
    Row("resnext50_32x4d", 1, 2, 1.20),
    Row("wide_resnet50_2", 1, 2, 1.20),
    Row("densenet121", 1, 2, 1.20),
    Row("vgg16", 1, 2, 1.40),
    Row("cifar_resnet20", 1, 1, 2.00),
    Row("cifar_resnet56", 1, 1, 2.00),
)

# Targets are those of a CPU without VNNI.
INT8_ROWS: tuple[Row, ...] = (
    Row("resnet50_int8", 1, 1, 1.15),
    Row("resnet50_int8", 1, 2, 1.15),
    Row("resnet50_int8", 8, 2, 1.15),
    Row("resnet18_int8", 1, 1, 1.35),
    Row("resnet18_int8", 1, 2, 1.35),
    Row("resnet34_int8", 1, 1, 1.30),
    Row("resnet34_int8", 1, 2, 1.30),
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
