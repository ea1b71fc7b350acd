"""A compiled model as a function of arrays."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _structures as c
from ._arrays import Memory, input_memory, new_array, output_memory
from ._batching import Batching, Chunk, plan
from ._library import Library, Variant
from .classes import RankedClass, rank
from .pictures import into_input
from .ports import Port

_MOST_PLANS = 256


class Network:
    """A compiled model, loaded from its library by `resin.load`.

    Calling it runs it. Any number of threads may do so at once: each run has memory of its own, and other Python
    code goes on meanwhile. A network can be pickled; it is then its library's path, which is loaded again.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"], threads: int = 1) -> None:
        self.path: str = os.path.abspath(os.fspath(path))
        #: The threads of a run; 0 for as many as there are CPUs that the process may keep busy.
        self.threads: int = threads
        self._library = Library(self.path, threads)
        self._plans: Dict[Tuple[Tuple[int, ...], ...], Batching] = {}
        first = self._library.variants[0]
        #: The model's name.
        self.name: str = c.text(first.model.name)
        #: The inputs and outputs, those of the library's first number of images and first size.
        self.inputs: Tuple[Port, ...] = first.inputs
        self.outputs: Tuple[Port, ...] = first.outputs
        #: The numbers of images of a run that the library has code for.
        self.batches: Tuple[int, ...] = self._library.batches or ((first.images,) if first.images else ())
        #: The extents of axes that the library has code for, by their names.
        self.dimensions: Dict[str, Tuple[int, ...]] = self._library.dimensions
        #: The names of the classes, of the first output that has some; else empty.
        self.labels: Tuple[str, ...] = next((port.labels for port in self.outputs if port.labels), ())

    @property
    def about(self) -> Dict[str, str]:
        """How the library was made: versions, options, sums, instruction set."""
        model = self._library.model
        names = ("resin_version", "llvm_version", "options", "instruction_set", "model_sha256", "weights_sha256")
        return {name: c.text(getattr(model, name)) for name in names}

    def __call__(self, *arrays: Any, out: Any = None, **named: Any) -> Any:
        """Runs the model.

        Inputs are given in order, by their names, or as one mapping by their names. An array is anything with the
        buffer protocol (NumPy's arrays) or DLPack (PyTorch's tensors on the CPU), of exactly the element type of its
        input; it is read where it lies if it is dense and row-major, and copied first if it is not. Of a model that
        computes each image by itself, any number of images is taken.

        Gives the output, or a dictionary of several outputs by their names, as arrays of NumPy (without NumPy as
        memoryviews). `out` says where to write them instead: an array, or for several outputs a mapping by their
        names or a sequence; it is what is given back.

        Raises TypeError for arrays of another type and for missing, unknown or too many inputs, ValueError for
        shapes that do not fit and for outputs that share memory with inputs, `resin.Error` where a run fails.
        """
        inputs, batching = self._checked(arrays, named)
        results = self._results(out, batching)
        outputs = [
            output_memory(array, port, shape)
            for array, port, shape in zip(results, self.outputs, batching.output_shapes)]
        if out is not None:
            self._check_apart(inputs, outputs)
        for chunk in batching.chunks:
            self._run(chunk, inputs, outputs)
        if out is not None:
            return out
        return results[0] if len(results) == 1 else dict(zip([port.name for port in self.outputs], results))

    def preprocess(
        self, images: Any, *, input: Optional[str] = None, channels: str = "rgb",
        sizes: Optional[Mapping[str, int]] = None,
    ) -> Any:
        """Pictures as an input, in the way that the model says: the same bits as `resin run` makes.

        `images` is a picture or a sequence of them: the path of a file or an image of Pillow, both of which need
        Pillow and are turned as their EXIF orientation says; or an array of levels, uint8[height, width] or
        uint8[height, width, 1, 3 or 4], whose `channels` are "rgb" or "bgr", perhaps with alpha behind, which is not
        looked at. `input` names the input, where several are made from pictures, and `sizes` the extents, where the
        library has code for several.

        Raises ValueError where the model does not say how, and for pictures that it does not take.
        """
        variant = self._variant(dict(sizes or {}))
        ports = [port for port in variant.inputs if port.preprocessing is not None]
        names = ", ".join(f"'{port.name}'" for port in ports)
        if input is not None:
            ports = [port for port in ports if port.name == input]
        if not names:
            raise ValueError(f"the model '{self.name}' does not say how a picture becomes an input")
        if len(ports) != 1:
            raise ValueError(f"input= names the one that the picture is for: {names}")
        port = ports[0]
        function = variant.model.inputs[variant.inputs.index(port)].preprocessing[0].preprocess
        pictures = images if isinstance(images, (list, tuple)) else [images]
        array = new_array(port, (len(pictures) * max(port.rows, 1), *port.shape[1:]))
        if pictures:
            memory = Memory(memoryview(array))
            for index, picture in enumerate(pictures):
                into_input(
                    picture, channels, port, function, memory.address + index * port.row_bytes * max(port.rows, 1),
                    self._library.words)
        return array

    def classify(
        self, images: Any, *, top: int = 5, channels: str = "rgb", sizes: Optional[Mapping[str, int]] = None
    ) -> List[List[RankedClass]]:
        """The most probable classes of each picture, by `preprocess`, a run and `resin.rank`.

        They are those of the first output that has labels, or of the first one. Raises what these raise, and TypeError
        where the model has inputs besides the picture.
        """
        return self._ranked(self.preprocess(images, channels=channels, sizes=sizes), top)

    def _ranked(self, inputs: Any, top: int) -> List[List[RankedClass]]:
        """The most probable classes of each image of the only input."""
        results = self(inputs)
        port = next((port for port in self.outputs if port.labels), self.outputs[0])
        return rank(results[port.name] if isinstance(results, dict) else results, port.labels, top)

    def __repr__(self) -> str:
        def ports(ports: Sequence[Port]) -> str:
            return ", ".join(f"{port.name} {port.wanted()}" for port in ports)

        return f"<resin.Network {self.name}: {ports(self.inputs)} -> {ports(self.outputs)}>"

    def __reduce__(self) -> Any:
        return (Network, (self.path, self.threads))

    def _checked(self, arrays: Sequence[Any], named: Mapping[str, Any]) -> Tuple[List[Memory], Batching]:
        """The memory of each input, and the runs for them; raises what a call would raise for them."""
        inputs = [input_memory(value, port) for value, port in zip(self._bound(arrays, named), self.inputs)]
        return inputs, self._batching(tuple(memory.shape for memory in inputs))

    def _bound(self, arrays: Sequence[Any], named: Mapping[str, Any]) -> List[Any]:
        """A value for each input, in order."""
        names = [port.name for port in self.inputs]
        if len(arrays) == 1 and isinstance(arrays[0], Mapping):
            arrays, named = (), {**arrays[0], **named}
        listed = ", ".join(f"'{name}'" for name in names)
        if len(arrays) > len(names):
            raise TypeError(f"{len(arrays)} inputs are given; the model has {len(names)}: {listed}")
        values = dict(zip(names, arrays))
        for name, value in named.items():
            if name not in names:
                raise TypeError(f"there is no input '{name}'; the model has {listed}")
            if name in values:
                raise TypeError(f"input '{name}' is given twice")
            values[name] = value
        missing = [f"'{name}'" for name in names if name not in values]
        if missing:
            raise TypeError(f"no array is given for input {', '.join(missing)}; the model has {listed}")
        return [values[name] for name in names]

    def _batching(self, shapes: "Tuple[Tuple[int, ...], ...]") -> Batching:
        known = self._plans.get(shapes)
        if known is None:
            known = plan(self._library.variants, shapes)
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[shapes] = known
        return known

    def _results(self, out: Any, batching: Batching) -> List[Any]:
        """The arrays to write into: those of `out`, or new ones."""
        if out is None:
            return [new_array(port, shape) for port, shape in zip(self.outputs, batching.output_shapes)]
        names = [port.name for port in self.outputs]
        if isinstance(out, Mapping):
            if set(out) != set(names):
                raise ValueError(f"out= has the keys {list(out)}; the model's outputs are {names}")
            return [out[name] for name in names]
        if len(names) == 1 and not isinstance(out, (list, tuple)):
            return [out]
        if not isinstance(out, (list, tuple)) or len(out) != len(names):
            raise ValueError(f"out= is a mapping or a sequence with an array for each of the outputs {names}")
        return list(out)

    def _check_apart(self, inputs: Sequence[Memory], outputs: Sequence[Memory]) -> None:
        for index, output in enumerate(outputs):
            for memory in [*inputs, *outputs[:index]]:
                if output.overlaps(memory):
                    raise ValueError(
                        f"the array for output '{self.outputs[index].name}' shares memory with an input or another output")

    def _run(self, chunk: Chunk, inputs: Sequence[Memory], outputs: Sequence[Memory]) -> None:
        """Runs one chunk where its arrays lie, or in memory of its own where it is filled up."""
        variant = chunk.variant

        def places(ports: Sequence[Port], memories: Sequence[Memory]) -> List[int]:
            return [
                memory.address + chunk.first * port.rows * port.row_bytes for port, memory in zip(ports, memories)]

        sources, targets = places(variant.inputs, inputs), places(variant.outputs, outputs)
        if not chunk.is_filled_up:
            self._library.run(variant, sources, targets)
            return
        padded = [ctypes.create_string_buffer(port.nbytes + 8) for port in (*variant.inputs, *variant.outputs)]
        addresses = [ctypes.addressof(buffer) for buffer in padded]
        count = len(sources)
        for port, own, source in zip(variant.inputs, addresses, sources):
            ctypes.memmove(own, source, _bytes(port, chunk))
        self._library.run(variant, addresses[:count], addresses[count:])
        for port, own, target in zip(variant.outputs, addresses[count:], targets):
            ctypes.memmove(target, own, _bytes(port, chunk))

    def _variant(self, sizes: Mapping[str, int]) -> Variant:
        """The code for these extents, and the first of those that are not named."""
        for name, extent in sizes.items():
            if extent not in self.dimensions.get(name, ()):
                known = "; ".join(f"{name} {', '.join(map(str, all))}" for name, all in self.dimensions.items())
                raise ValueError(f"the library has no code for {name} {extent}; it has some for {known or 'one size'}")
        wanted = tuple(sizes.get(name, extents[0]) for name, extents in self.dimensions.items())
        return next(variant for variant in self._library.variants if variant.extents == wanted)


def _bytes(port: Port, chunk: Chunk) -> int:
    """How much of a tensor a chunk's images take."""
    return chunk.count * port.rows * port.row_bytes if port.rows else port.nbytes


def load(path: Union[str, "os.PathLike[str]"], *, threads: int = 1) -> Network:
    """Loads a library that `resin compile` has written, and the file of weights beside it if it has one.

    `threads` is for the work of one run, 1 to 256, or 0 for as many as there are CPUs that the process may keep busy.
    Runs of several Python threads at once share them: one has them, the others work alone.

    Raises `resin.Error` where the file is no such library, for another CPU or another version, or its weights are missing.
    """
    return Network(path, threads)
