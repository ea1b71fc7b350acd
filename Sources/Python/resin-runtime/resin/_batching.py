"""How any number of images is spread over the runs that a library has code for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from ._library import Variant
from .ports import Port

Shape = Tuple[int, ...]


@dataclass(frozen=True)
class Chunk:
    """One run: `count` images from `first` on, of which the code computes `variant.images`."""

    variant: Variant
    first: int
    count: int

    @property
    def is_filled_up(self) -> bool:
        """Whether the run computes more images than are given."""
        return self.count < self.variant.images


@dataclass(frozen=True)
class Batching:
    """The runs for inputs of some shapes, and the shapes of the results."""

    chunks: Tuple[Chunk, ...]
    output_shapes: Tuple[Shape, ...]


def plan(variants: Sequence[Variant], shapes: Sequence[Shape]) -> Batching:
    """The fewest runs by the largest sizes; what is left over goes through the smallest size, filled up.

    Raises ValueError where no code fits.
    """
    fitting = [(variant, _images(variant, shapes)) for variant in variants]
    found = [(variant, images) for variant, images in fitting if images is not None]
    if not found:
        raise ValueError(_mismatch(variants, shapes))
    exact = [variant for variant, images in found if images == variant.images]
    if exact:
        return Batching((Chunk(exact[0], 0, exact[0].images),), tuple(port.shape for port in exact[0].outputs))
    images = found[0][1] or 0
    sizes = sorted((variant for variant, _ in found), key=lambda variant: variant.images)
    chunks: List[Chunk] = []
    first = 0
    while first < images:
        left = images - first
        variant = next((size for size in reversed(sizes) if size.images <= left), sizes[0])
        chunks.append(Chunk(variant, first, min(left, variant.images)))
        first += chunks[-1].count
    return Batching(
        tuple(chunks),
        tuple((images * port.rows, *port.shape[1:]) if port.rows else port.shape for port in sizes[0].outputs))


def _images(variant: Variant, shapes: Sequence[Shape]) -> Optional[int]:
    """How many images inputs of these shapes have for a variant; None where it does not take them."""
    images: Optional[int] = None
    for port, shape in zip(variant.inputs, shapes):
        if not port.rows:
            if shape != port.shape:
                return None
            continue
        if len(shape) != len(port.shape) or shape[1:] != port.shape[1:] or shape[0] < 1 or shape[0] % port.rows:
            return None
        count = shape[0] // port.rows
        if images not in (None, count):
            return None
        images = count
    return variant.images if images is None else images


def _mismatch(variants: Sequence[Variant], shapes: Sequence[Shape]) -> str:
    """Names the first input that fits no code; or says that each fits some, but not all together."""
    for index, shape in enumerate(shapes):
        ports = [variant.inputs[index] for variant in variants]
        if not any(_fits(port, shape) for port in ports):
            wanted = _alternatives([port.wanted() for port in ports])
            empty = ", which has no image" if 0 in shape else ""
            return f"input '{ports[0].name}' is {wanted}; the array for it has the shape {list(shape)}{empty}"
    wanted = _alternatives([", ".join(f"{port.name} {port.wanted()}" for port in one.inputs) for one in variants])
    given = ", ".join(f"{port.name} {list(shape)}" for port, shape in zip(variants[0].inputs, shapes))
    return f"the inputs do not go together: expected {wanted}; given {given}"


def _fits(port: Port, shape: Shape) -> bool:
    if not port.rows:
        return shape == port.shape
    return len(shape) == len(port.shape) and shape[1:] == port.shape[1:] and shape[0] > 0 and shape[0] % port.rows == 0


def _alternatives(texts: List[str]) -> str:
    different = list(dict.fromkeys(texts))
    shown = different if len(different) <= 8 else different[:8] + [f"one of {len(different) - 8} others"]
    return " or ".join(shown)
