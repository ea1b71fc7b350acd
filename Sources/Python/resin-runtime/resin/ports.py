"""What a model says of its inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from . import _structures as c
from .errors import Error

#: The name of each element type, its code in the buffer protocol, and its bytes, as `enum resin_element` numbers them.
_ELEMENTS = [
    ("float32", "f", 4), ("int64", "q", 8), ("bool", "?", 1), ("uint8", "B", 1), ("int8", "b", 1), ("int32", "i", 4)]

#: As `enum resin_interpolation` numbers them.
_INTERPOLATIONS = ["bilinear", "bicubic", "nearest"]


@dataclass(frozen=True)
class Preprocessing:
    """How an 8-bit picture becomes an input, or an output a picture."""

    #: `rgb8`, `bgr8` or `gray8`.
    channels: str
    #: The length of the shorter side after resizing, or height and width; None where a picture is resized straight to
    #: the crop.
    resize: Union[int, Tuple[int, int], None]
    #: `bilinear`, `bicubic` or `nearest`, as Pillow resizes.
    interpolation: str
    #: Height and width of the centre crop; None for none.
    crop: Optional[Tuple[int, int]]
    #: A level becomes `(level * scale - mean) / deviation`, per channel.
    scale: float
    mean: Tuple[float, ...]
    deviation: Tuple[float, ...]


@dataclass(frozen=True)
class Port:
    """An input or an output: a dense tensor, row-major."""

    name: str
    #: As NumPy calls it: `float32`, `int64`, `bool`, `uint8`, `int8` or `int32`.
    dtype: str
    #: Of one run.
    shape: Tuple[int, ...]
    #: How many images lie along the first axis, where the model computes each by itself; else 0.
    images: int
    #: The names of the classes; empty where the model has none.
    labels: Tuple[str, ...] = ()
    preprocessing: Optional[Preprocessing] = None

    @property
    def format(self) -> str:
        """The element's code in the buffer protocol."""
        return next(code for name, code, _ in _ELEMENTS if name == self.dtype)

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return next(size for name, _, size in _ELEMENTS if name == self.dtype)

    @property
    def rows(self) -> int:
        """How much of the first axis one image takes; 0 for a tensor without images."""
        return self.shape[0] // self.images if self.images else 0

    @property
    def row_bytes(self) -> int:
        """Bytes of what lies under one place of the first axis."""
        return product(self.shape[1:]) * self.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return product(self.shape) * self.itemsize

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"

    def wanted(self) -> str:
        """The type in words, with any number of images where that may be given."""
        if not self.images:
            return str(self)
        first = "n" if self.rows == 1 else f"{self.rows} n"
        return f"{self.dtype}[{', '.join([first, *map(str, self.shape[1:])])}]"


def product(extents: "Tuple[int, ...]") -> int:
    """The number of elements of a shape."""
    result = 1
    for extent in extents:
        result *= extent
    return result


def read_port(port: c.Port) -> Port:
    """A port as the descriptor of a library has it."""
    if not 0 <= port.element < len(_ELEMENTS):
        raise Error(f"the library's descriptor is damaged: elements of type {port.element}")
    return Port(
        name=c.text(port.name), dtype=_ELEMENTS[port.element][0], shape=tuple(port.dims[: port.rank]),
        images=port.images, labels=tuple(c.text(label) for label in port.labels[: port.label_count]),
        preprocessing=_read_preprocessing(port.preprocessing[0]) if port.preprocessing else None)


def _read_preprocessing(clause: c.Preprocessing) -> Preprocessing:
    if not 0 <= clause.interpolation < len(_INTERPOLATIONS):
        raise Error(f"the library's descriptor is damaged: interpolation {clause.interpolation}")
    size, crop = (clause.resize_height, clause.resize_width), (clause.crop_height, clause.crop_width)
    return Preprocessing(
        channels=c.text(clause.channels), resize=clause.resize or (size if all(size) else None),
        interpolation=_INTERPOLATIONS[clause.interpolation], crop=crop if all(crop) else None,
        scale=clause.scale, mean=tuple(clause.mean[: clause.channel_count]),
        deviation=tuple(clause.deviation[: clause.channel_count]))
