"""The structures of `resin_model.h` as ctypes has them."""

from __future__ import annotations

import ctypes
from ctypes import (
    CFUNCTYPE, POINTER, Structure, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64,
    c_void_p,
)

ABI_VERSION = 6

BAD_PICTURE = 10

# enum resin_pixel_format
RGB8, BGR8, GRAY8, RGBA8, BGRA8 = range(5)

Preprocess = CFUNCTYPE(c_int32, c_void_p, c_int64, c_int64, c_int64, c_int32, c_void_p)


class Preprocessing(Structure):
    _fields_ = [
        ("channels", c_char_p), ("resize", c_int64), ("resize_height", c_int64), ("resize_width", c_int64),
        ("crop_height", c_int64), ("crop_width", c_int64), ("interpolation", c_int32), ("channel_count", c_int32),
        ("scale", c_float), ("mean", POINTER(c_float)), ("deviation", POINTER(c_float)), ("preprocess", Preprocess),
    ]


class Port(Structure):
    _fields_ = [
        ("name", c_char_p), ("element", c_int32), ("rank", c_int32), ("dims", POINTER(c_int64)),
        ("preprocessing", POINTER(Preprocessing)), ("label_count", c_int32), ("labels", POINTER(c_char_p)),
        ("images", c_int64),
    ]


class Dimension(Structure):
    _fields_ = [("name", c_char_p), ("count", c_int32), ("extents", POINTER(c_int64))]


Run = CFUNCTYPE(
    c_int32, c_void_p, POINTER(c_void_p), POINTER(c_void_p), c_void_p, c_size_t, c_void_p)


class Model(Structure):
    _fields_ = [
        ("abi_version", c_uint32), ("struct_bytes", c_uint32), ("name", c_char_p), ("resin_version", c_char_p),
        ("instruction_set", c_char_p), ("feature_count", c_int32), ("features", POINTER(c_char_p)),
        ("input_count", c_int32), ("inputs", POINTER(Port)), ("output_count", c_int32), ("outputs", POINTER(Port)),
        ("step_count", c_int32), ("steps", c_void_p), ("workspace_bytes", c_uint64), ("alignment", c_uint64),
        ("weights_mode", c_int32), ("weights_bytes", c_uint64), ("weights_checksum", c_uint64),
        ("weights_file", c_char_p), ("llvm_version", c_char_p), ("options", c_char_p), ("model_sha256", c_char_p),
        ("weights_sha256", c_char_p), ("check_cpu", CFUNCTYPE(c_int32)), ("run", Run), ("run_steps", c_void_p),
        ("map_weights", CFUNCTYPE(c_int32, c_char_p, POINTER(c_void_p))),
        ("unmap_weights", CFUNCTYPE(None, c_void_p)), ("create_pool", CFUNCTYPE(c_void_p, c_int32)),
        ("destroy_pool", CFUNCTYPE(None, c_void_p)), ("pool_parallel", CFUNCTYPE(c_void_p, c_void_p)),
        ("error", CFUNCTYPE(c_char_p, c_int32)),
    ]


def text(value: "bytes | None") -> str:
    """A string of C."""
    return (value or b"").decode("utf-8", "replace")


def function(library: ctypes.CDLL, name: str, result: object, *arguments: object) -> "ctypes._FuncPointer | None":
    """A function of a library by its name, or None where it has none."""
    try:
        found = library[name]
    except AttributeError:
        return None
    found.restype = result  # type: ignore[assignment]
    found.argtypes = arguments
    return found
