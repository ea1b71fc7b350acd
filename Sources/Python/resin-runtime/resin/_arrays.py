"""Arrays of any kind, as memory: NumPy's, PyTorch's and others' through DLPack, and all that has the buffer protocol."""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Sequence, Tuple

from .ports import Port, product

try:
    import numpy
except ImportError:  # everything but DLPack works without it
    numpy = None  # type: ignore[assignment]

_KINDS = {"f": "float", "d": "float", "e": "float", "?": "bool"}
_KINDS.update({code: "int" for code in "bhilqn"})
_KINDS.update({code: "uint" for code in "BHILQN"})


class _PyBuffer(ctypes.Structure):
    _fields_ = [
        ("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t), ("readonly", ctypes.c_int), ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p), ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p), ("internal", ctypes.c_void_p)]


_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int]
_release_buffer = ctypes.pythonapi.PyBuffer_Release
_release_buffer.argtypes = [ctypes.c_void_p]
_release_buffer.restype = None


class Memory:
    """Memory that some object owns, with the type of what lies in it. The object lives as long as this does."""

    def __init__(self, view: memoryview) -> None:
        self.view = view
        self.dtype = dtype_of(view)
        self.shape: Tuple[int, ...] = view.shape or ()
        self.nbytes = view.nbytes
        buffer = _PyBuffer()
        _get_buffer(view, ctypes.byref(buffer), 0x011C)  # PyBUF_FULL_RO
        self.address: int = buffer.buf or 0
        _release_buffer(ctypes.byref(buffer))

    def overlaps(self, other: "Memory") -> bool:
        """Whether some byte belongs to both."""
        return (
            self.address < other.address + other.nbytes and other.address < self.address + self.nbytes
            and self.nbytes > 0 and other.nbytes > 0)


def dtype_of(view: memoryview) -> str:
    """The element type by the name that NumPy has for it: `float32`; or its code, where it is none of numbers."""
    code = view.format
    if len(code) == 2 and code[0] in "@=<>!":
        little = code[0] in "@=" and sys.byteorder == "little" or code[0] == "<"
        if not little and view.itemsize > 1:
            return f"big-endian {code}"
        code = code[1]
    kind = _KINDS.get(code)
    if kind is None:
        return code
    return kind if kind == "bool" else f"{kind}{8 * view.itemsize}"


def input_memory(value: Any, port: Port) -> Memory:
    """What is given for an input, without a copy where it is dense and row-major.

    Raises TypeError for what is no array, lies on another device, or has elements of another type.
    """
    view = _view(value, f"input '{port.name}'", port)
    if dtype_of(view) != port.dtype:
        raise TypeError(_wrong_type(value, view, port))
    if not view.c_contiguous:
        shape = view.shape
        if numpy is not None:
            view = memoryview(numpy.ascontiguousarray(view))
        else:
            view = cast(memoryview(view.tobytes()), port.format, shape or ())
    memory = Memory(view)
    if memory.address % port.itemsize:
        view = cast(memoryview(bytearray(view.cast("B"))), port.format, view.shape or ())
        memory = Memory(view)
    return memory


def output_memory(value: Any, port: Port, shape: Tuple[int, ...]) -> Memory:
    """What is given for an output to be written into.

    Raises TypeError or ValueError where it is not exactly of the type, dense, row-major and writable.
    """
    view = _view(value, f"output '{port.name}'", port)
    wanted = f"{port.dtype}[{', '.join(map(str, shape))}]"
    if dtype_of(view) != port.dtype:
        raise TypeError(f"output '{port.name}' is {wanted}; the array for it holds {dtype_of(view)}")
    if view.shape != shape:
        raise ValueError(f"output '{port.name}' is {wanted}; the array for it has the shape {list(view.shape or ())}")
    if view.readonly or not view.c_contiguous:
        what = "cannot be written" if view.readonly else "is not dense and row-major"
        raise ValueError(f"the array for output '{port.name}' {what}")
    memory = Memory(view)
    if memory.address % port.itemsize:
        raise ValueError(f"the array for output '{port.name}' is not aligned to its elements")
    return memory


def cast(view: memoryview, format: str, shape: Sequence[int]) -> memoryview:
    """A dense memory as elements of another type in another shape."""
    dense: Any = view.cast("B")
    result: memoryview = dense.cast(format, tuple(shape)) if all(shape) else dense.cast(format)
    return result


def new_array(port: Port, shape: Tuple[int, ...]) -> Any:
    """An array for results: NumPy's, or without NumPy a memoryview, whose values `tolist()` gives."""
    if numpy is not None:
        return numpy.empty(shape, port.dtype)
    return cast(memoryview(bytearray(product(shape) * port.itemsize)), port.format, shape)


def _view(value: Any, what: str, port: Port) -> memoryview:
    try:
        return memoryview(value)
    except (TypeError, ValueError, BufferError) as error:
        reason = error
    if numpy is not None and isinstance(value, numpy.ndarray):
        raise TypeError(f"{what} is {port.wanted()}; the array for it holds {value.dtype}") from reason
    if hasattr(value, "__dlpack__"):
        return _view_of_dlpack(value, what)
    hint = " (numpy.asarray makes one)" if isinstance(value, (list, tuple, int, float)) else ""
    raise TypeError(f"{what} is an array {port.wanted()}, not a {type(value).__name__}{hint}") from reason


def _view_of_dlpack(value: Any, what: str) -> memoryview:
    if numpy is None:
        raise TypeError(f"{what}: arrays of type {type(value).__name__} are read with NumPy, which is not installed")
    device = value.__dlpack_device__()[0] if hasattr(value, "__dlpack_device__") else 1
    if device != 1:
        raise TypeError(f"{what} lies on another device than the CPU: bring it to the CPU first")
    try:
        return memoryview(numpy.from_dlpack(value))
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise TypeError(f"{what} cannot be read from a {type(value).__name__}: {error}") from error


def _wrong_type(value: Any, view: memoryview, port: Port) -> str:
    found = dtype_of(view)
    text = f"input '{port.name}' is {port.wanted()}; the array for it holds {found}"
    if numpy is not None and isinstance(value, numpy.ndarray):
        text += f": convert it with .astype(numpy.{'bool_' if port.dtype == 'bool' else port.dtype})"
    return text
