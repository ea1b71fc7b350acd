"""Pictures as rows of pixels: files, images of Pillow, arrays."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Callable, Optional

from . import _structures as c
from ._arrays import Memory, dtype_of
from .errors import Error
from .ports import Port

_FORMATS = {("rgb", 3): c.RGB8, ("bgr", 3): c.BGR8, ("rgb", 4): c.RGBA8, ("bgr", 4): c.BGRA8}


@dataclass(frozen=True)
class Pixels:
    """Rows from the top, `stride` bytes apart, in memory that lives as long as this."""

    memory: Memory
    width: int
    height: int
    stride: int
    #: Of `enum resin_pixel_format`.
    format: int


def into_input(
    picture: Any, channels: str, port: Port, function: Any, address: int, words: Callable[[int], str]
) -> None:
    """Makes one image of an input from a picture by the library's function, at an address."""
    pixels, name = _pixels(picture, channels), _name(picture)
    code = function(pixels.memory.address, pixels.width, pixels.height, pixels.stride, pixels.format, address)
    if code == c.BAD_PICTURE:
        height, width = port.shape[1:3] if port.shape[1] not in (1, 3) else port.shape[2:4]
        raise ValueError(
            f"{name}a picture of {pixels.width}×{pixels.height} pixels does not become {width}×{height} in the way "
            "that the model says, or is too large")
    if code:
        raise Error(f"{name}{words(code)}")


def _pixels(picture: Any, channels: str) -> Pixels:
    if channels not in ("rgb", "bgr"):
        raise ValueError(f"channels is 'rgb' or 'bgr', not {channels!r}")
    if isinstance(picture, (str, os.PathLike)):
        return _pixels_of_file(os.fspath(picture))
    if hasattr(picture, "getbands") and hasattr(picture, "tobytes"):
        return _pixels_of_image(picture)
    return _pixels_of_array(picture, channels)


def _name(picture: Any) -> str:
    """How a message begins."""
    return f"{os.fspath(picture)}: " if isinstance(picture, (str, os.PathLike)) else ""


def _pixels_of_file(path: str) -> Pixels:
    try:
        from PIL import Image
    except ImportError:
        raise Error("pictures are read by Pillow: pip install 'resin-runtime[pictures]'") from None
    try:
        with Image.open(path) as image:
            return _pixels_of_image(image)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Error(f"{path}: the picture cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _pixels_of_image(image: Any) -> Pixels:
    """An image of Pillow as `resin run` reads pictures: alpha dropped, of 16 bits the upper 8."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    width, height = image.size
    mode = image.mode
    if mode == "LA":
        image, mode = image.getchannel(0), "L"
    if mode.startswith("I"):
        # Grey of 16 bits, in two bytes or in four.
        data, step = image.tobytes(), 4 if mode == "I" else 2
        data = data[0 if mode.endswith("B") else 1 :: step]
        return Pixels(Memory(memoryview(data)), width, height, width, c.GRAY8)
    formats = {"L": (c.GRAY8, 1), "RGB": (c.RGB8, 3), "RGBA": (c.RGBA8, 4)}
    if mode not in formats:
        image, mode = image.convert("RGB"), "RGB"
    format, bytes_per_pixel = formats[mode]
    return Pixels(Memory(memoryview(image.tobytes())), width, height, width * bytes_per_pixel, format)


def _pixels_of_array(array: Any, channels: str) -> Pixels:
    wanted = "a picture is a path, an image of Pillow, or an array uint8[height, width] or uint8[height, width, 1, 3 or 4]"
    try:
        view = memoryview(array)
    except (TypeError, ValueError, BufferError):
        raise TypeError(f"{wanted}, not a {type(array).__name__}") from None
    shape = view.shape or ()
    if dtype_of(view) != "uint8" or len(shape) not in (2, 3):
        raise TypeError(f"{wanted}, not {dtype_of(view)}{list(shape)}")
    depth = shape[2] if len(shape) == 3 else 1
    format: Optional[int] = c.GRAY8 if depth == 1 else _FORMATS.get((channels, depth))
    if format is None or 0 in shape:
        raise TypeError(f"{wanted}, not uint8{list(shape)}")
    strides = view.strides or ()
    rows_are_dense = strides[1:] == ((depth, 1) if len(shape) == 3 else (1,))
    if not rows_are_dense or strides[0] < shape[1] * depth:
        view = memoryview(view.tobytes()).cast("B", shape)
        strides = view.strides or ()
    return Pixels(Memory(view), shape[1], shape[0], strides[0], format)
