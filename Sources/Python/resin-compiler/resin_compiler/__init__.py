"""Compiles residual networks to native libraries; what is here, the package `resin` has too.

    resin.compile("resnet50.onnx", batch=[1, 8])
    net = resin.jit("resnet50.onnx")
"""

from importlib.metadata import version as _version

from .compiling import compile, jit, quantize
from .errors import CompileError, CompileWarning
from .pytorch import from_torch

__version__ = _version("resin-compiler")
__all__ = ["CompileError", "CompileWarning", "compile", "from_torch", "jit", "quantize", "__version__"]
