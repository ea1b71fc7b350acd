"""Compares Resin with its peers; `run.sh` sets up what this needs. README.md describes it."""

import argparse
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import machine
import report
from exported import ensure_exported
from interleave import Outcome, Pace, compare
from peers import PEERS
from settings import DEFAULT_RESIN, INT8_ROWS, RESULTS, ROWS, Row, select
from task import Task

FULL = Pace(rounds=5, warm_up=0.2, seconds=1.0)
QUICK = Pace(rounds=2, warm_up=0.02, seconds=0.1)
INT8_PEERS = ["openvino", "onnxruntime", "resin"]
PACKAGES = ["openvino", "onnxruntime", "torch", "ncnn", "pnnx", "torchvision", "onnx", "numpy"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compares Resin with other ways to run networks.")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NETWORK[:BATCH[:THREADS]]",
        help="rows to measure; may be repeated (default: all)",
    )
    parser.add_argument("--peers", help="default: all, of 8 bits those that have them")
    parser.add_argument("--int8", action="store_true", help="networks of 8 bits")
    parser.add_argument("--rounds", type=int, help=f"turns of each peer (default: {FULL.rounds})")
    parser.add_argument("--quick", action="store_true", help="short turns: does everything work?")
    parser.add_argument("--resin", default=str(DEFAULT_RESIN), help="the compiler")
    parser.add_argument("--output", type=Path, help="folder for the results")
    options = parser.parse_args()
    options.peers = (options.peers or ",".join(INT8_PEERS if options.int8 else PEERS)).split(",")
    options.output = options.output or (RESULTS / "int8" if options.int8 else RESULTS)
    unknown = [peer for peer in options.peers if peer not in PEERS]
    if unknown:
        parser.error(f"no peer is called '{unknown[0]}'; the peers are {', '.join(PEERS)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds is at least 1")
    if shutil.which(options.resin) is None:
        parser.error(f"there is no compiler at {options.resin}; run.sh builds it")
    return options


def measure(row: Row, options: argparse.Namespace, pace: Pace) -> report.Measurement:
    """One row: every peer, and the peak of the machine right after."""
    ensure_exported(row.network, row.batch)
    outcomes, disturbed = compare(row, options.peers, options.resin, pace)
    task = Task(row.network, row.batch, row.threads, options.resin)
    machine.settle()
    peak = machine.peak_gflops(options.resin, task.onnx, row.batch, row.threads)
    return report.Measurement(row, outcomes, task.multiply_adds(), peak, disturbed)


def environment(options: argparse.Namespace) -> report.Environment:
    return report.Environment(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=machine.cpu_model(),
        cores=len(machine.core_cpus()),
        resin=machine.resin_version(options.resin),
        packages=machine.package_versions(PACKAGES),
    )


def describe(outcome: Outcome) -> str:
    if outcome.median is None:
        return f"  {outcome.peer:12} no figure: {outcome.reason}"
    return f"  {outcome.peer:12} {outcome.median:9.3f} ms   error {outcome.error:.1e}"


def main() -> None:
    options = arguments()
    rows = select(options.only, INT8_ROWS if options.int8 else ROWS)
    usual = QUICK if options.quick else FULL
    pace = Pace(options.rounds or usual.rounds, usual.warm_up, usual.seconds)
    measurements: list[report.Measurement] = []
    for row in rows:
        print(f"{row.network}, batch {row.batch}, threads {row.threads}", flush=True)
        measurement = measure(row, options, pace)
        measurements.append(measurement)
        print(*map(describe, measurement.outcomes), sep="\n", flush=True)
    for path in report.write(options.output, environment(options), measurements, asdict(pace)):
        print(path)


if __name__ == "__main__":
    main()
