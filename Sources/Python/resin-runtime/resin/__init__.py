"""Runs models that Resin has compiled to native libraries.

    net = resin.load("libresnet50.so")
    y = net(x)
"""

from ._version import VERSION as __version__
from .classes import RankedClass, rank
from .errors import Error
from .network import Network, load
from .ports import Port, Preprocessing

__all__ = ["Error", "Network", "Port", "Preprocessing", "RankedClass", "load", "rank", "__version__"]
