"""Writes a comparison as a Markdown table, as JSON with all samples, and as a bar chart."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import chart
from interleave import Outcome
from peers import PEERS
from settings import Row


@dataclass(frozen=True)
class Environment:
    """Where and when a comparison was made."""

    date: str
    cpu: str
    cores: int
    resin: str
    packages: dict[str, str]


@dataclass(frozen=True)
class Measurement:
    """One row's outcomes. `peak` is in GFLOP/s; `disturbed` counts turns under foreign load."""

    row: Row
    outcomes: list[Outcome]
    multiply_adds: int
    peak: float | None
    disturbed: int

    def median(self, peer: str) -> float | None:
        return next((o.median for o in self.outcomes if o.peer == peer), None)

    @property
    def best_peer(self) -> float | None:
        """The median of the fastest peer that is not Resin."""
        medians = [o.median for o in self.outcomes if o.peer != "resin" and o.median is not None]
        return min(medians, default=None)

    @property
    def ratio(self) -> float | None:
        """How many times as fast as the best peer Resin is."""
        resin, best = self.median("resin"), self.best_peer
        return best / resin if resin is not None and best is not None else None

    @property
    def share(self) -> float | None:
        """Resin's share of the peak, its arithmetic counted as direct convolution."""
        resin = self.median("resin")
        if resin is None or not self.peak:
            return None
        return 2 * self.multiply_adds / (resin / 1e3) / (self.peak * 1e9)


def write(
    folder: Path, where: Environment, measurements: list[Measurement], pace: dict[str, Any]
) -> list[Path]:
    """Writes the three files and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "comparison.md": markdown(where, measurements),
        "comparison.json": json.dumps(_data(where, measurements, pace), indent=1) + "\n",
        "comparison.svg": chart.bar_chart(_groups(measurements), f"{where.cpu}, {where.date}"),
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in contents]


def markdown(where: Environment, measurements: list[Measurement]) -> str:
    """The table, what it was measured with, and why figures are missing."""
    peers = [outcome.peer for outcome in measurements[0].outcomes] if measurements else []
    names = [PEERS[peer][0] for peer in peers]
    header = ["network", "batch", "threads", *names, "ratio", "target", "share of peak"]
    lines = [header, ["---"] + ["---:"] * (len(header) - 1)]
    lines += [_cells(measurement, peers) for measurement in measurements]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    packages = ", ".join(f"{name} {version}" for name, version in where.packages.items())
    text = (
        f"Medians in milliseconds; ratio = best peer / Resin. {where.date}, {where.cpu}, "
        f"{where.cores} cores.\nResin {where.resin}; {packages}.\n\n{table}\n"
    )
    notes = [*_kernels(measurements)]
    notes += [note for measurement in measurements for note in _notes(measurement)]
    return text + ("\n" + "\n".join(notes) + "\n" if notes else "")


def _cells(measurement: Measurement, peers: list[str]) -> list[str]:
    row = measurement.row
    times = [_time(measurement, peer) for peer in peers]
    ratio = _number(measurement.ratio, lambda value: f"**{value:.2f}**")
    share = _number(measurement.share, lambda value: f"{100 * value:.0f} %")
    size = [row.network, str(row.batch), str(row.threads)]
    target = _number(row.target, lambda value: f"{value:.2f}")
    return [*size, *times, ratio, target, share]


def _time(measurement: Measurement, peer: str) -> str:
    """The median, and with 8 bits the largest error over the largest output."""
    outcome = next(outcome for outcome in measurement.outcomes if outcome.peer == peer)
    time = _number(outcome.median, _digits)
    if not measurement.row.is_int8 or outcome.median is None or outcome.error is None:
        return time
    return f"{time} (off by {100 * outcome.error:.1f} %)"


def _kernels(measurements: list[Measurement]) -> list[str]:
    """Which kernels, and so which instructions, peers used, where they tell."""
    used: dict[str, set[str]] = {}
    for outcome in (outcome for measurement in measurements for outcome in measurement.outcomes):
        if outcome.kernels:
            used.setdefault(PEERS[outcome.peer][0], set()).update(outcome.kernels.split(", "))
    return [f"- Kernels of {peer}: {', '.join(sorted(kinds))}" for peer, kinds in used.items()]


def _notes(measurement: Measurement) -> list[str]:
    """Why there are no figures, and whether something else was running."""
    row = measurement.row
    place = f"{row.network}, batch {row.batch}, threads {row.threads}"
    notes = [f"- {place}: {PEERS[o.peer][0]}: {o.reason}" for o in measurement.outcomes if o.reason]
    if measurement.disturbed:
        notes.append(f"- {place}: {measurement.disturbed} turns began while other programs ran")
    return notes


def _number(value: float | None, show: Callable[[float], str]) -> str:
    return "–" if value is None else show(value)


def _digits(milliseconds: float) -> str:
    return f"{milliseconds:.3f}" if milliseconds < 1 else f"{milliseconds:.2f}"


def _data(
    where: Environment, measurements: list[Measurement], pace: dict[str, Any]
) -> dict[str, Any]:
    rows = [
        {
            **asdict(measurement.row),
            "target": measurement.row.target,
            "tolerance": measurement.row.tolerance,
            "multiply_adds": measurement.multiply_adds,
            "peak_gflops": measurement.peak,
            "ratio": measurement.ratio,
            "share_of_peak": measurement.share,
            "disturbed_turns": measurement.disturbed,
            "peers": [_outcome(outcome) for outcome in measurement.outcomes],
        }
        for measurement in measurements
    ]
    return {**asdict(where), "pace": pace, "rows": rows}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "peer": outcome.peer,
        "median_ms": outcome.median,
        "relative_error": outcome.error,
        "reason": outcome.reason,
        "kernels": outcome.kernels,
        "rounds_ms": [[round(sample, 4) for sample in turn] for turn in outcome.rounds],
    }


def _groups(measurements: list[Measurement]) -> list[chart.Group]:
    """For each row with a peer's figure: speed relative to the best peer."""
    groups: list[chart.Group] = []
    for measurement in measurements:
        best = measurement.best_peer
        if best is None:
            continue
        bars = [
            chart.Bar(PEERS[o.peer][0], best / o.median, f"{_digits(o.median)} ms")
            for o in measurement.outcomes
            if o.median is not None
        ]
        row = measurement.row
        label = f"batch {row.batch}, {row.threads} thread{'s' if row.threads > 1 else ''}"
        groups.append(chart.Group(row.network, label, bars))
    return groups
