"""Keyword arguments as options of the program."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any, FrozenSet, List, Mapping

from ._program import run


def arguments(command: str, options: Mapping[str, Any]) -> List[str]:
    """The options of a command that keyword arguments stand for; the program says what is wrong with them.

    True is a flag, None and False are nothing. A list is one value with commas, or the option several times where
    the program takes it so; a mapping is the option with NAME=VALUE for each of its entries.

    >>> arguments("compile", {"batch": [1, 8], "no_winograd": True, "cpu": None})
    ['--batch=1,8', '--no-winograd']
    >>> arguments("compile", {"dim": {"height": [256, 512], "width": 256}})
    ['--dim=height=256,512', '--dim=width=256']
    >>> arguments("compile", {"without": ["layer3.4", "layer3.5"]})
    ['--without=layer3.4', '--without=layer3.5']
    """
    words: List[str] = []
    for keyword, value in options.items():
        option = keyword.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(f"--{option}")
        elif isinstance(value, Mapping):
            words += [f"--{option}={name}={_text(keyword, part)}" for name, part in value.items()]
        elif isinstance(value, (list, tuple)) and option in _repeated(command):
            words += [f"--{option}={_text(keyword, part)}" for part in value]
        else:
            words.append(f"--{option}={_text(keyword, value)}")
    return words


def path(model: Any) -> str:
    """A path as an argument that is no option."""
    text = os.fspath(model)
    if not isinstance(text, str):
        raise TypeError(f"a model is the path of a file, not {text!r}")
    return f"./{text}" if text.startswith("-") else text


def _text(keyword: str, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(_text(keyword, part) for part in value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(
            f"{keyword}= is text, a number, a path, a list or a mapping of these, or True; not {type(value).__name__}")
    return str(value)


@lru_cache(maxsize=None)
def _repeated(command: str) -> FrozenSet[str]:
    """The options that a command takes several times, as the program describes itself."""
    described = json.loads("\n".join(run(["--experimental-dump-help"])))
    [found] = [one for one in described["command"]["subcommands"] if one["commandName"] == command]
    return frozenset(
        name["name"] for argument in found["arguments"] if argument["isRepeating"] for name in argument.get("names", ()))
