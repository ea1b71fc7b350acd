"""python -m resin classify LIBRARY PICTURE|FOLDER ... [--json] [--top N] [--threads N]"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from ._arrays import cast
from .classes import RankedClass
from .errors import Error
from .network import Network, load

_ENDINGS = (".png", ".jpg", ".jpeg")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs a command; gives the status of the process: 1 where something could not be read or run."""
    parser = argparse.ArgumentParser(prog="python -m resin", description="Runs compiled models.")
    commands = parser.add_subparsers(dest="command", required=True)
    classify = commands.add_parser("classify", help="print the most probable classes of pictures")
    classify.add_argument("library", help="what 'resin compile' has written")
    classify.add_argument("pictures", nargs="+", help="PNG or JPEG files, or folders of them")
    classify.add_argument("--json", action="store_true", help="print an object per picture, one a line")
    classify.add_argument("--top", type=int, default=5, help="how many classes per picture")
    classify.add_argument("--threads", type=int, default=1, help="threads of a run; 0 for as many as there are CPUs")
    options = parser.parse_args(arguments)
    if options.top < 1:
        parser.error("--top is a number from 1")
    try:
        return _classify(options)
    except (Error, ValueError) as error:
        return _say(str(error))
    except BrokenPipeError:
        # Whoever reads the results has enough. Nothing is left to be written when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _classify(options: argparse.Namespace) -> int:
    net = load(options.library, threads=options.threads)
    status = 0
    number = 0
    for files in _groups(_files(options.pictures), max(net.batches, default=1)):
        read = [(file, *_read(net, file)) for file in files]
        ready = [(file, image) for file, image, _ in read if image is not None]
        ranks = iter(_ranks(net, [image for _, image in ready], options.top))
        for file, image, problem in read:
            if image is None:
                status = _say(problem)
                continue
            classes = next(ranks)
            print(_json(file, classes) if options.json else _text(number, file, classes))
            number += 1
    return status


def _files(paths: Sequence[str]) -> Iterator[str]:
    """The pictures that are named, and those of folders by their names."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        names = sorted(name for name in os.listdir(path) if name.lower().endswith(_ENDINGS))
        if not names:
            raise ValueError(f"{path}: the folder has no picture: none of its names ends in {', '.join(_ENDINGS)}")
        for name in names:
            yield os.path.join(path, name)


def _groups(files: Iterator[str], size: int) -> Iterator[List[str]]:
    group: List[str] = []
    for file in files:
        group.append(file)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _read(net: Network, file: str) -> Tuple[Any, str]:
    """A picture as an input; or None and what is wrong with it."""
    try:
        return net.preprocess(file), ""
    except (Error, ValueError) as error:
        if any(port.preprocessing for port in net.inputs):
            return None, str(error)
        raise


def _ranks(net: Network, images: List[Any], top: int) -> List[List[RankedClass]]:
    if not images:
        return []
    joined = bytearray().join(memoryview(image).cast("B") for image in images)
    shape = (sum(image.shape[0] for image in images), *net.inputs[0].shape[1:])
    return net._ranked(cast(memoryview(joined), net.inputs[0].format, shape), top)


def _text(number: int, file: str, classes: List[RankedClass]) -> str:
    lines = [f"image {number}  {file}"]
    lines += [f"{one.index:7}  {one.probability:.4f}" + (f"  {one.label}" if one.label else "") for one in classes]
    return "\n".join(lines)


def _json(file: str, classes: List[RankedClass]) -> str:
    entries: List[Dict[str, Any]] = [
        {"index": one.index, "label": one.label, "probability": round(one.probability, 6)} for one in classes]
    return json.dumps({"file": file, "classes": entries}, ensure_ascii=False)


def _say(message: str) -> int:
    print(f"python -m resin: error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
