"""Runs peers in turn, each in a process of its own that is idle while the others run."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from machine import cpus_for, settle
from settings import CACHE, HERE, Row

ENDED = {"unable": "its process has ended; see the logs in the cache"}


@dataclass(frozen=True)
class Pace:
    """How long to measure."""

    rounds: int
    warm_up: float
    seconds: float


@dataclass
class Outcome:
    """What came of one peer in one row: samples in milliseconds by round, or why there are none."""

    peer: str
    error: float | None = None
    reason: str | None = None
    kernels: str | None = None
    rounds: list[list[float]] = field(default_factory=list)

    @property
    def median(self) -> float | None:
        if self.reason is not None:
            return None
        return median(sample for turn in self.rounds for sample in turn)


class Worker:
    """A process that has loaded a peer and runs it when told to; see worker.py."""

    def __init__(self, peer: str, row: Row, resin: str) -> None:
        self.outcome = Outcome(peer)
        self._tolerance = row.tolerance
        cpus = ",".join(map(str, cpus_for(row.threads)))
        task = [row.network, str(row.batch), str(row.threads), resin, cpus]
        logs = CACHE / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{peer}-{row.model}-t{row.threads}.log").open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / "worker.py"), peer, *task],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": str(row.threads)},
            )
        self._judge(self._answer())

    def _judge(self, loaded: dict[str, Any]) -> None:
        """Takes the answer to loading: only a correct output lets the peer be timed."""
        self.outcome.reason = loaded.get("unable")
        self.outcome.error = loaded.get("error")
        self.outcome.kernels = loaded.get("kernels")
        if self.outcome.error is not None and not self.outcome.error <= self._tolerance:
            self.outcome.reason = f"the output is off by {self.outcome.error:.1e} of the largest"

    @property
    def usable(self) -> bool:
        return self.outcome.reason is None

    def turn(self, pace: Pace) -> list[float]:
        """Warms up and times one turn; the samples are empty if the process has ended."""
        request = {"warm_up": pace.warm_up, "seconds": pace.seconds}
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer = self._answer()
        except BrokenPipeError:
            answer = ENDED
        if not isinstance(answer, list):
            self.outcome.reason = answer["unable"]
            return []
        return answer

    def close(self) -> None:
        """Lets the process end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        return json.loads(line) if line else ENDED


def compare(row: Row, peers: list[str], resin: str, pace: Pace) -> tuple[list[Outcome], int]:
    """Loads and checks every peer, then times those that passed, one after another in rounds.

    Each round begins with another peer. Also returns the number of turns that began while
    something else kept the CPUs busy.
    """
    workers = [Worker(peer, row, resin) for peer in peers]
    usable = [worker for worker in workers if worker.usable]
    disturbed = 0
    for index in range(pace.rounds):
        first = index % max(1, len(usable))
        for worker in usable[first:] + usable[:first]:
            if worker.usable:
                disturbed += not settle()
                worker.outcome.rounds.append(worker.turn(pace))
    for worker in workers:
        worker.close()
    return [worker.outcome for worker in workers], disturbed
