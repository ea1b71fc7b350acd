"""Times a Resin library alone and beside a busy process on one of its cores: README.md."""

import argparse
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import machine
from exported import ensure_exported
from interleave import Pace, Worker
from settings import DEFAULT_RESIN, RESULTS, Row

LIMIT = 2.5
THREADS = 2
PACE = Pace(rounds=5, warm_up=0.2, seconds=2.0)


class BusyProcess:
    """A process that never waits, on the cores of the measured threads, while the context lasts."""

    def __enter__(self) -> None:
        cpus = ",".join(map(str, machine.cpus_for(THREADS)))
        command = ["taskset", "-c", cpus, sys.executable, "-c", "while True: pass"]
        self._process = subprocess.Popen(command)

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def measure(row: Row, resin: str, pace: Pace) -> tuple[float, float]:
    """Median times in milliseconds alone and beside the busy process, in alternating turns."""
    worker = Worker("resin", row, resin)
    if not worker.usable:
        raise SystemExit(f"{row.network}: {worker.outcome.reason}")
    quiet: list[float] = []
    busy: list[float] = []
    for _ in range(pace.rounds):
        machine.settle()
        quiet += worker.turn(pace)
        with BusyProcess():
            busy += worker.turn(pace)
    worker.close()
    if not worker.usable:
        raise SystemExit(f"{row.network}: {worker.outcome.reason}")
    return median(quiet), median(busy)


def main() -> None:
    parser = argparse.ArgumentParser(description="Latency beside a competing busy process.")
    parser.add_argument("--network", default="resnet50", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=PACE.rounds, help="default: %(default)s")
    parser.add_argument("--resin", default=str(DEFAULT_RESIN), help="the compiler")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args()
    ensure_exported(options.network, 1)
    row = Row(options.network, 1, THREADS, LIMIT)
    quiet, busy = measure(row, options.resin, Pace(options.rounds, PACE.warm_up, PACE.seconds))
    ratio = busy / quiet
    print(f"{row.network}, {THREADS} threads: {quiet:.2f} ms alone, {busy:.2f} ms")
    print(f"beside a busy process: {ratio:.2f} times, at most {LIMIT} wanted")
    result = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": machine.cpu_model(),
        "network": row.network,
        "threads": THREADS,
        "quiet_ms": quiet,
        "busy_ms": busy,
        "ratio": ratio,
        "limit": LIMIT,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "contention.json").write_text(json.dumps(result, indent=1) + "\n")
    raise SystemExit(0 if ratio <= LIMIT else 1)


if __name__ == "__main__":
    main()
