"""Compiled models in Ray: whole folders of pictures on all cores of one machine or many.

    ray.data.read_images("photos", include_paths=True).map_batches(
        resin.ray.Classifier, fn_constructor_args=["libresnet50.so"], batch_size=32, compute=ActorPoolStrategy(size=2))
"""

from __future__ import annotations

import io
import os
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy

from .classes import RankedClass
from .errors import Error
from .network import load

_NONE = RankedClass(-1, None, float("nan"))


class Classifier:
    """The most probable class of each of many pictures: what `map_batches` makes an actor of, which loads the library once.

    A batch is a column of pictures, which the model's own preprocessing makes inputs of, and any other columns, which
    stay. Pictures are arrays of levels, as `ray.data.read_images` gives them, or the bytes of PNG and JPEG files, as
    `ray.data.read_binary_files` does, which Pillow decodes in the actor, turned as their EXIF orientation says. In place
    of the pictures come the columns

    - `class`, `label`, `probability`: of the most probable class; the label is empty where the model has none.
    - `error`: what is wrong with a picture that cannot be read, whose class is -1 then; else empty.

    So each column has one type in all batches, as Parquet wants it. Actors of one machine share the pages of the library
    and of its weights.
    """

    def __init__(
        self, library: Union[str, "os.PathLike[str]"], *, column: Optional[str] = None, threads: int = 1
    ) -> None:
        """Loads a library. `column` is "image" or "bytes" if not named; `threads` those of a run."""
        self.net = load(library, threads=threads)
        self.column = column

    def __call__(self, batch: Dict[str, Any]) -> Dict[str, Any]:
        """A batch with classes instead of pictures. Raises ValueError for one without pictures."""
        column = self.column or next((name for name in ("image", "bytes") if name in batch), None)
        if column not in batch:
            raise ValueError(f"the batch has no pictures: its columns are {', '.join(map(repr, batch))}; name it by column=")
        read = [self._read(picture) for picture in batch[column]]
        found = iter(self._best([image for image, _ in read if image is not None]))
        best = [next(found) if image is not None else _NONE for image, _ in read]
        result = {name: values for name, values in batch.items() if name != column}
        result["class"] = numpy.array([one.index for one in best], numpy.int64)
        result["label"] = numpy.array([one.label or "" for one in best], str)
        result["probability"] = numpy.array([one.probability for one in best], numpy.float64)
        result["error"] = numpy.array([problem for _, problem in read], str)
        return result

    def _read(self, picture: Any) -> Tuple[Any, str]:
        """A picture as an input, and nothing; or None and what is wrong with it."""
        try:
            if isinstance(picture, bytes):
                return self._of_file(picture), ""
            return self.net.preprocess(picture), ""
        except (Error, ValueError) as error:
            if not any(port.preprocessing for port in self.net.inputs):
                raise
            return None, str(error)

    def _of_file(self, data: bytes) -> Any:
        from PIL import Image

        try:
            with Image.open(io.BytesIO(data)) as image:
                return self.net.preprocess(image)
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise Error(f"the picture cannot be read: {error}") from None

    def _best(self, inputs: List[Any]) -> List[RankedClass]:
        if not inputs:
            return []
        return [best for [best] in self.net._ranked(numpy.concatenate(inputs), top=1)]
