"""Runs the program that lies in the package."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import warnings
from typing import List, Sequence

from .errors import CompileError, CompileWarning

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "resin")

log = logging.getLogger("resin")


def run(arguments: Sequence[str]) -> List[str]:
    """Runs a command; gives the lines of its results.

    What it says besides goes to the logger `resin`, and warnings about the model become Python's.
    """
    result = subprocess.run(
        [PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace")
    if result.returncode < 0:
        raise CompileError(f"the compiler was ended by signal {-result.returncode}\n{result.stderr}", result.returncode)
    if result.returncode != 0:
        raise CompileError(result.stderr.strip(), result.returncode)
    for message in _messages(result.stderr):
        if re.match(r"[^\n]*\bwarning: ", message):
            warnings.warn(message, CompileWarning, stacklevel=_depth())
        else:
            log.info("%s", message)
    return result.stdout.splitlines()


def _messages(text: str) -> List[str]:
    """The messages of a text: each begins at the edge, and the lines below that do not belong to it."""
    return [message for message in re.split(r"\n(?=\S)", text.rstrip()) if message]


def _depth() -> int:
    """How far above `run` the first caller outside of this package stands, as `warnings.warn` counts."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        frame, depth = frame.f_back, depth + 1
    return depth
