"""Scores as classes with probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence

from ._arrays import cast


@dataclass(frozen=True)
class RankedClass:
    """A class with its probability, from 0 to 1."""

    index: int
    #: None where the model has no labels.
    label: Optional[str]
    probability: float


def rank(scores: Any, labels: Sequence[str] = (), top: int = 5) -> List[List[RankedClass]]:
    """The most probable classes of every image, the lower index first among equals.

    `scores` is an array whose first extent is the number of images. Values that are probabilities already (none
    negative, their sum 1 within 0.001) are taken as they are; others as logits, of which the softmax is taken.

    >>> [[best]] = rank(memoryview(bytes(8)).cast("f", (1, 2)), labels=["cat", "dog"], top=1)
    >>> best
    RankedClass(index=0, label='cat', probability=0.5)
    """
    view = memoryview(scores)
    if not view.c_contiguous:
        view = cast(memoryview(view.tobytes()), view.format, view.shape or ())
    images = view.shape[0] if view.shape else 1
    values = cast(view, view.format, (view.nbytes // view.itemsize,)).tolist()
    classes = len(values) // max(images, 1)
    return [_ranked(values[first : first + classes], labels, top) for first in range(0, images * classes, classes or 1)]


def _ranked(row: List[float], labels: Sequence[str], top: int) -> List[RankedClass]:
    is_distribution = all(value >= 0 for value in row) and abs(sum(row) - 1) < 1e-3
    probabilities = row if is_distribution else _softmax(row)
    order = sorted(range(len(row)), key=lambda index: -probabilities[index])
    return [
        RankedClass(index, labels[index] if index < len(labels) else None, probabilities[index])
        for index in order[:top]]


def _softmax(row: List[float]) -> List[float]:
    largest = max(row)
    powers = [math.exp(value - largest) for value in row]
    total = math.fsum(powers)
    return [power / total for power in powers]
