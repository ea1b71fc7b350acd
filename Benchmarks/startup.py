"""Load time, first run and peak memory of a process that runs a compiled library: README.md."""

import argparse
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import machine
from exported import ensure_exported
from resin_library import compile_library
from settings import CACHE, DEFAULT_RESIN, HERE, RESULTS
from task import Unable

LOAD_MS = 10.0
FIRST_RUN = 3.0
# Beside packed weights and workspace.
SPARE_BYTES = 10_000_000
RUNS = 9


def build_program() -> Path:
    """The C program that loads and runs a library, as any user's would."""
    program = CACHE / "startup"
    include = HERE.parent / "Sources" / "CResinRuntime" / "include"
    warnings = ["-Wall", "-Wextra", "-Werror"]
    source = str(HERE / "startup.c")
    command = ["cc", "-std=c11", "-O2", *warnings, "-I", str(include), source, "-o", str(program)]
    subprocess.run([*command, "-ldl"], check=True)
    return program


def measure(program: Path, library: Path, processes: int) -> dict[str, float]:
    """Medians over processes; the peak of resident memory is the largest."""
    samples: list[dict[str, float]] = []
    for _ in range(processes):
        machine.settle()
        command = ["taskset", "-c", str(machine.cpus_for(1)[0]), str(program), str(library)]
        output = subprocess.run([*command, str(RUNS)], check=True, capture_output=True, text=True)
        samples.append(json.loads(output.stdout))
    figures = {key: median(sample[key] for sample in samples) for key in samples[0]}
    figures["resident_bytes"] = max(sample["resident_bytes"] for sample in samples)
    return figures


def verdicts(figures: dict[str, float]) -> list[tuple[str, bool]]:
    """What was measured beside what is wanted, each with whether it holds."""
    ratio = figures["first_ms"] / figures["later_ms"]
    limit = figures["weights_bytes"] + figures["workspace_bytes"] + SPARE_BYTES
    resident = figures["resident_bytes"]
    return [
        (f"load {figures['load_ms']:.2f} ms, under {LOAD_MS:.0f}", figures["load_ms"] < LOAD_MS),
        (
            f"first run {figures['first_ms']:.2f} ms, {ratio:.2f} times a later one of "
            f"{figures['later_ms']:.2f}, under {FIRST_RUN:.0f}",
            ratio < FIRST_RUN,
        ),
        (
            f"peak resident {resident / 1e6:.1f} MB, at most {limit / 1e6:.1f}: weights "
            f"{figures['weights_bytes'] / 1e6:.1f}, workspace "
            f"{figures['workspace_bytes'] / 1e6:.1f}, {SPARE_BYTES / 1e6:.0f} more",
            resident <= limit,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Load time, first run and peak memory.")
    parser.add_argument("--network", default="resnet50", help="default: %(default)s")
    parser.add_argument("--processes", type=int, default=9, help="default: %(default)s")
    parser.add_argument("--resin", default=str(DEFAULT_RESIN), help="the compiler")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args()
    ensure_exported(options.network, 1)
    program = build_program()
    try:
        library = compile_library(options.resin, CACHE / f"{options.network}-b1.onnx", 1)
    except Unable as problem:
        raise SystemExit(f"{options.network}: {problem}") from problem
    figures = measure(program, library, options.processes)
    results = verdicts(figures)
    for text, holds in results:
        print(f"{'yes' if holds else 'NO '}  {text}")
    result = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": machine.cpu_model(),
        "network": options.network,
        **figures,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "startup.json").write_text(json.dumps(result, indent=1) + "\n")
    raise SystemExit(0 if all(holds for _, holds in results) else 1)


if __name__ == "__main__":
    main()
