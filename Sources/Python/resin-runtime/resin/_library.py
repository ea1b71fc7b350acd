"""An open library and all that it has code for."""

from __future__ import annotations

import ctypes
import itertools
import mmap
import os
import weakref
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from . import _structures as c
from .errors import Error
from .ports import Port, product, read_port

_FIRST_BYTES = b"\x7fELF\x02\x01\x01"
# What ELF files have for a machine, by what `uname` calls it.
_MACHINES = {"x86_64": 62, "aarch64": 183}


@dataclass(frozen=True)
class Variant:
    """The code for one number of images and one size."""

    model: c.Model
    inputs: Tuple[Port, ...]
    outputs: Tuple[Port, ...]
    #: The extent of each of the library's dimensions.
    extents: Tuple[int, ...]

    @property
    def images(self) -> int:
        """The images of a run, where each is computed by itself; else 0."""
        return next((port.images for port in self.inputs if port.images), 0)


class Library:
    """A library, the file of weights beside it if it has one, and threads for its runs."""

    def __init__(self, path: str, threads: int) -> None:
        if not isinstance(threads, int) or not 0 <= threads <= 256:
            raise ValueError(f"threads is a number from 1 to 256, or 0 for as many as there are CPUs, not {threads!r}")
        _check_file(path)
        try:
            # A bare name would be looked up in the system's folders.
            self._code = ctypes.CDLL(os.path.abspath(path))
        except OSError as error:
            raise Error(f"{path}: cannot load: {error}") from None
        self._closing = [(_close, self._code._handle)]
        # At the end of the process other threads may still be in a run; the library ends its own threads then.
        weakref.finalize(self, _undo, self._closing).atexit = False
        getter = self._function("resin_model_get", ctypes.POINTER(c.Model))
        if getter is None:
            raise Error(f"{path}: no compiled model: give a library that 'resin compile' has written")
        self.model = _checked(getter(), path)
        self.batches = self._batches()
        self.dimensions = self._dimensions()
        self.variants = self._variants(path)
        first = self.model
        code = first.check_cpu()
        if code:
            raise Error(f"{path}: {self.words(code)}; it is compiled for {c.text(first.instruction_set)}")
        self.weights = self._map_weights(path)
        self.pool = self._create_pool(threads)
        self.parallel = first.pool_parallel(self.pool) if self.pool else None
        self._workspace_bytes = max(variant.model.workspace_bytes for variant in self.variants)
        self._idle: List[Any] = []

    def words(self, code: int) -> str:
        """A code of `enum resin_code` in words."""
        return c.text(self.model.error(code))

    def run(self, variant: Variant, inputs: List[int], outputs: List[int]) -> None:
        """Runs code on memory at these addresses; any number of threads may do so at once."""
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = _Workspace(self._workspace_bytes)
        code = variant.model.run(
            self.weights, _pointers(inputs), _pointers(outputs), workspace.address, self._workspace_bytes,
            self.parallel)
        self._idle.append(workspace)
        if code:
            raise Error(self.words(code))

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        return c.function(self._code, name, result, *arguments)

    def _batches(self) -> Tuple[int, ...]:
        lister = self._function("resin_model_batches", ctypes.c_int32, ctypes.c_void_p)
        numbers = ctypes.POINTER(ctypes.c_int64)()
        return tuple(numbers[: lister(ctypes.byref(numbers))]) if lister else ()

    def _dimensions(self) -> Dict[str, Tuple[int, ...]]:
        lister = self._function("resin_model_dimensions", ctypes.c_int32, ctypes.c_void_p)
        known = ctypes.POINTER(c.Dimension)()
        found = known[: lister(ctypes.byref(known))] if lister else []
        return {c.text(one.name): tuple(one.extents[: one.count]) for one in found}

    def _variants(self, path: str) -> List[Variant]:
        batches = self.batches or (1,)
        pointer = ctypes.POINTER(c.Model)
        if self.dimensions:
            extents_type = ctypes.c_int64 * len(self.dimensions)
            of_sizes = self._function("resin_model_of_sizes", pointer, ctypes.c_int64, extents_type)
            choices = itertools.product(batches, itertools.product(*self.dimensions.values()))
            return [
                _variant(_checked(of_sizes(batch, extents_type(*extents)), path), extents)
                for batch, extents in choices]
        if self.batches:
            of_batch = self._function("resin_model_of_batch", pointer, ctypes.c_int64)
            return [_variant(_checked(of_batch(batch), path), ()) for batch in batches]
        return [_variant(self.model, ())]

    def _map_weights(self, path: str) -> Optional[int]:
        if not self.model.weights_file:
            return None
        file = os.path.join(os.path.dirname(os.path.abspath(path)), os.fsdecode(self.model.weights_file))
        address = ctypes.c_void_p()
        code = self.model.map_weights(os.fsencode(file), ctypes.byref(address))
        if code:
            raise Error(f"{file}: {self.words(code)}: keep the file of weights beside its library")
        self._closing.append((self.model.unmap_weights, address.value))
        return address.value

    def _create_pool(self, threads: int) -> Optional[int]:
        if threads == 1:
            return None
        pool = self.model.create_pool(threads)
        if not pool:
            raise Error(f"the system gives no {threads} threads")
        self._closing.append((self.model.destroy_pool, pool))
        return pool


class _Workspace:
    """Memory that one run at a time uses, aligned to a page."""

    def __init__(self, size: int) -> None:
        self._memory = mmap.mmap(-1, max(size, 1))
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))


def _pointers(addresses: List[int]) -> Any:
    return (ctypes.c_void_p * max(len(addresses), 1))(*addresses)


def _variant(model: c.Model, extents: Tuple[int, ...]) -> Variant:
    return Variant(
        model, tuple(read_port(port) for port in model.inputs[: model.input_count]),
        tuple(read_port(port) for port in model.outputs[: model.output_count]), extents)


def _checked(pointer: Any, path: str) -> c.Model:
    """A descriptor, if its version is the one that this package knows."""
    if not pointer:
        raise Error(f"{path}: the library's descriptor is damaged: it has none")
    version = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_uint32))[0]
    if version != c.ABI_VERSION:
        raise Error(
            f"{path}: the library speaks version {version} of the interface, this package version {c.ABI_VERSION}: "
            "compile the model again, or install the package of its compiler's version")
    model: c.Model = pointer.contents
    if model.struct_bytes != ctypes.sizeof(c.Model):
        raise Error(f"{path}: the library's descriptor is damaged: its size is {model.struct_bytes} bytes")
    return model


def _check_file(path: str) -> None:
    """The system maps a file that is cut short, and ends the process where it then reads."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise Error(f"{path}: cannot open: {error.strerror}") from None
    machine = os.uname().machine
    if len(head) < 64 or not head.startswith(_FIRST_BYTES) or head[18] | head[19] << 8 != _MACHINES.get(machine):
        raise Error(f"{path}: no shared library for {machine}: give one that 'resin compile' has written for it")
    sections = int.from_bytes(head[40:48], "little")
    section_bytes = int.from_bytes(head[58:60], "little") * int.from_bytes(head[60:62], "little")
    if sections + section_bytes > size:
        raise Error(f"{path}: the library is cut short: it ends after {size} of {sections + section_bytes} bytes")


def _close(handle: int) -> None:
    import _ctypes

    _ctypes.dlclose(handle)


def _undo(closing: "List[Tuple[Any, Any]]") -> None:
    """What was opened, in the opposite order."""
    while closing:
        close, what = closing.pop()
        close(what)
