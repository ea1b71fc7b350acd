"""Runs models that Resin has compiled to native libraries.

    net = resin.load("libresnet50.so")
    y = net(x)

With the package resin-compiler, what compiles models is here too: `resin.compile`, `resin.jit`, `resin.quantize` and
`resin.from_torch`.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ._version import VERSION as __version__
from .classes import RankedClass, rank
from .errors import Error
from .network import Network, load
from .ports import Port, Preprocessing

__all__ = ["Error", "Network", "Port", "Preprocessing", "RankedClass", "load", "rank", "__version__"]

if _TYPE_CHECKING:
    from resin_compiler import CompileError as CompileError
    from resin_compiler import CompileWarning as CompileWarning
    from resin_compiler import compile as compile
    from resin_compiler import from_torch as from_torch
    from resin_compiler import jit as jit
    from resin_compiler import quantize as quantize

_OF_THE_COMPILER = ("CompileError", "CompileWarning", "compile", "from_torch", "jit", "quantize")


def __getattr__(name: str) -> _Any:
    """What the package resin-compiler has, which is imported when it is first asked for."""
    if name not in _OF_THE_COMPILER:
        raise AttributeError(f"module 'resin' has no attribute '{name}'")
    try:
        import resin_compiler
    except ModuleNotFoundError as error:
        if error.name != "resin_compiler":
            raise
        raise AttributeError(
            f"resin.{name} is in the package resin-compiler, which is not installed: pip install resin-compiler") from None
    return getattr(resin_compiler, name)
