"""Serves compiled models through KServe's model server: `python -m resin.kserve --model NAME=LIBRARY`.

Clients speak the Open Inference Protocol, version 2, over HTTP and gRPC. In a program, `Model` is what KServe's own
server takes, beside models of other kinds, and `Server` is that server with bounds:

    Server().start([Model("resnet50", resin.load("libresnet50.so"))])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Error

if TYPE_CHECKING:
    from .model import Model
    from .server import Server

__all__ = ["Model", "Server"]


def __getattr__(name: str) -> Any:
    """Looks for KServe not before something of it is asked for; raises `resin.Error` where it is not installed."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    try:
        from . import model, server
    except ModuleNotFoundError as error:
        raise Error(f"models are served by KServe: pip install 'resin-runtime[kserve]' ({error})") from None
    return {"Model": model.Model, "Server": server.Server}[name]
