"""A process that runs one peer on one task: python worker.py PEER NETWORK BATCH THREADS RESIN CPUS

It works only when told to on standard input, one JSON value a line, and answers likewise:
first, unasked, {"error": relative error, "kernels": kinds or null} or {"unable": reason}; then to each {"warm_up": seconds,
"seconds": seconds} the times of single runs in milliseconds.
"""

import gc
import json
import os
import sys
import traceback
from time import perf_counter, perf_counter_ns
from typing import TextIO

from peers import peer_class
from task import Peer, Task, Unable, relative_error

MINIMUM_WARM_UPS = 3
MINIMUM_RUNS = 5


def load(peer: str, task: Task) -> Peer:
    instance = peer_class(peer)(task)
    instance.run()
    return instance


def timed_turn(peer: Peer, warm_up: float, seconds: float) -> list[float]:
    start, count = perf_counter(), 0
    while count < MINIMUM_WARM_UPS or perf_counter() - start < warm_up:
        peer.run()
        count += 1
    samples: list[float] = []
    start = perf_counter()
    while len(samples) < MINIMUM_RUNS or perf_counter() - start < seconds:
        before = perf_counter_ns()
        peer.run()
        samples.append((perf_counter_ns() - before) / 1e6)
    return samples


def private_standard_output() -> TextIO:
    """The standard output for this program alone: what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def serve(peer: str, task: Task, answers: TextIO) -> None:
    try:
        instance = load(peer, task)
        error = relative_error(instance.output(), task.expected())
    except Unable as reason:
        print(json.dumps({"unable": str(reason)}), file=answers)
        return
    except Exception as problem:  # A peer may raise anything; the comparison goes on without it.
        traceback.print_exc()
        lines = str(problem).strip().splitlines() or [""]
        print(json.dumps({"unable": f"{type(problem).__name__}: {lines[0]}"}), file=answers)
        return
    print(json.dumps({"error": error, "kernels": instance.kernels()}), file=answers)
    gc.collect()
    gc.disable()
    for line in sys.stdin:
        request = json.loads(line)
        samples = timed_turn(instance, request["warm_up"], request["seconds"])
        print(json.dumps(samples), file=answers)


if __name__ == "__main__":
    name, network, batch, threads, resin, cpus = sys.argv[1:]
    os.sched_setaffinity(0, [int(cpu) for cpu in cpus.split(",")])
    serve(name, Task(network, int(batch), int(threads), resin), private_standard_output())
