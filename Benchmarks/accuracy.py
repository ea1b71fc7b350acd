"""Errors of compiled networks against 64-bit PyTorch, with and without Winograd: README.md."""

import argparse
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exported import ensure_exported
from resin_library import ResinLibrary, compile_library
from settings import DEFAULT_RESIN, RESULTS, ROWS, TOLERANCE
from task import Task, Unable, relative_error

OFF_SWITCH = "--no-winograd"
# How many times the error of the direct kernels is allowed.
LIMIT = 10.0
# Networks that are not timed, where errors of early layers grow most, with limits of their own.
STRICT = {"fcn_resnet50": 1.5, "deeplabv3_resnet50": 1.5, "dla60_res2net": 1.5}


@dataclass(frozen=True)
class Errors:
    """One network's errors over its largest output; those of Resin are missing with a reason."""

    network: str
    largest: float
    pytorch: float
    chosen: float | None
    direct: float | None
    reason: str | None

    @property
    def passes(self) -> bool:
        if self.chosen is None:
            return False
        return self.chosen <= TOLERANCE and (
            self.direct is None or self.chosen <= STRICT.get(self.network, LIMIT) * self.direct
        )


def error(task: Task, *options: str) -> float:
    """The error of the network compiled with `options`, on one thread."""
    path = compile_library(task.resin, task.onnx, task.batch, *options)
    library = ResinLibrary(path, task.input(), task.threads)
    library.run()
    return relative_error(library.output, task.expected64())


def errors(task: Task, has_switch: bool) -> Errors:
    expected = task.expected64()
    chosen, direct, reason = None, None, None
    try:
        chosen = error(task)
        direct = error(task, OFF_SWITCH) if has_switch else None
    except Unable as problem:
        reason = str(problem)
    largest = float(np.abs(expected).max())
    pytorch = relative_error(task.expected(), expected)
    return Errors(task.network, largest, pytorch, chosen, direct, reason)


def has_off_switch(resin: str) -> bool:
    result = subprocess.run([resin, "compile", "--help"], capture_output=True, text=True)
    return OFF_SWITCH in result.stdout


def table(rows: list[Errors]) -> str:
    header = ["network", "largest output", "PyTorch", "Resin", "without Winograd", "passes"]
    lines = [header, ["---"] + ["---:"] * 5]
    for row in rows:
        figures = [row.pytorch, row.chosen, row.direct]
        cells = ["–" if figure is None else f"{figure:.1e}" for figure in figures]
        verdict = row.reason or ("yes" if row.passes else "no")
        lines.append([row.network, f"{row.largest:.2f}", *cells, verdict])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def main() -> None:
    networks = [*dict.fromkeys(row.network for row in ROWS), *STRICT]
    parser = argparse.ArgumentParser(description="Errors against 64-bit PyTorch.")
    parser.add_argument("--only", action="append", choices=networks, help="may be repeated")
    parser.add_argument("--resin", default=str(DEFAULT_RESIN), help="the compiler")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args()
    has_switch = has_off_switch(options.resin)
    if not has_switch:
        print(f"this resin has no {OFF_SWITCH}: there is nothing to compare its errors with")
    rows: list[Errors] = []
    for network in options.only or networks:
        ensure_exported(network, 1)
        rows.append(errors(Task(network, 1, 1, options.resin), has_switch))
        print(table(rows[-1:]).splitlines()[-1], flush=True)
    text = (
        "Largest difference from PyTorch in 64-bit floats over the largest output, batch 1.\n"
        f"Passes: at most {TOLERANCE:.0e}, and {LIMIT:.0f} times the error without Winograd, "
        f"1.5 times for {', '.join(STRICT)}.\n\n"
    )
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "accuracy.md").write_text(text + table(rows), encoding="utf-8")
    raise SystemExit(0 if all(row.passes for row in rows) else 1)


if __name__ == "__main__":
    main()
