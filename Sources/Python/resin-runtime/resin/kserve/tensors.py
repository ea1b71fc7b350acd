"""Tensors of the Open Inference Protocol as arrays, and arrays as its tensors. Nothing is converted in silence."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Sequence

import numpy
import orjson
from kserve import InferInput, InferOutput, InferRequest, InferResponse
from kserve.errors import InvalidInput
from kserve.protocol.infer_type import RequestedOutput
from kserve.utils.numpy_codec import from_np_dtype, to_np_dtype
from kserve.utils.utils import generate_uuid

from ..ports import Port


def described(port: Port) -> Dict[str, Any]:
    """An input or output in the metadata of a model; -1 stands for any number of images."""
    rows = -1 if port.rows else port.shape[0]
    shape = [rows, *port.shape[1:]] if port.shape else []
    return {"name": port.name, "datatype": from_np_dtype(numpy.dtype(port.dtype)), "shape": shape}


def request_of_bytes(body: bytes, json_length: int, model: str) -> InferRequest:
    """A request whose tensors lie behind its JSON; KServe's own reader makes a list of each.

    Raises InvalidInput, KeyError or TypeError for what is no such request.
    """
    end = json_length
    if not 0 <= end <= len(body):
        raise InvalidInput(f"Inference-Header-Content-Length is {end}, and the body has {len(body)} bytes")
    header = orjson.loads(body[:end])
    inputs: List[InferInput] = []
    for given in header["inputs"]:
        parameters = given.get("parameters") or {}
        tensor = InferInput(given["name"], given["shape"], given["datatype"], given.get("data"), parameters)
        if tensor.data is None:
            size = parameters["binary_data_size"]
            if end + size > len(body) or size < 0:
                raise InvalidInput(f"the body ends after {len(body) - end} of {size} bytes of input '{tensor.name}'")
            tensor._raw_data = memoryview(body)[end : end + size]
            end += size
        inputs.append(tensor)
    if end != len(body):
        raise InvalidInput(f"the body has {len(body) - end} bytes more than its inputs")
    outputs = [RequestedOutput(one["name"], one.get("parameters") or {}) for one in header.get("outputs") or []]
    return InferRequest(
        model, inputs, header.get("id"), parameters=header.get("parameters"), request_outputs=outputs or None)


def arrays(request: InferRequest) -> Dict[str, numpy.ndarray]:
    """The inputs of a request by their names; raises InvalidInput where one is not what it says."""
    found: Dict[str, numpy.ndarray] = {}
    for tensor in request.inputs:
        if tensor.name in found:
            raise InvalidInput(f"input '{tensor.name}' is given twice")
        found[tensor.name] = _array(tensor)
    return found


def response(request: InferRequest, model: str, ports: Sequence[Port], results: Any) -> InferResponse:
    """The outputs that a request asks for; all of them where it names none."""
    by_name = results if isinstance(results, dict) else {ports[0].name: results}
    outputs = []
    for name in asked(request, ports):
        array = numpy.asarray(by_name[name])
        outputs.append(InferOutput(name, list(array.shape), from_np_dtype(array.dtype), array))
        if request.from_grpc:
            outputs[-1].set_data_from_numpy(array, binary_data=request.use_binary_outputs)
    return InferResponse(
        request.id or generate_uuid(), model, outputs, use_binary_outputs=request.use_binary_outputs,
        requested_outputs=request.request_outputs)


def asked(request: InferRequest, ports: Sequence[Port]) -> List[str]:
    """The names of the outputs that a request asks for; raises InvalidInput where there is no such output."""
    names = [port.name for port in ports]
    wanted = [output.name for output in request.request_outputs or []]
    for name in wanted:
        if name not in names:
            listed = ", ".join(f"'{name}'" for name in names)
            raise InvalidInput(f"there is no output '{name}'; the model has {listed}")
    return wanted or names


def _array(tensor: InferInput) -> numpy.ndarray:
    dtype = to_np_dtype(tensor.datatype)
    if dtype in (None, numpy.object_):
        raise InvalidInput(f"input '{tensor.name}' has the datatype {tensor.datatype}, which no model has")
    dtype = numpy.dtype(dtype)
    raw = tensor._raw_data
    if raw is None:
        values = _values(tensor, dtype)
    elif len(raw) % dtype.itemsize:
        raise InvalidInput(f"input '{tensor.name}' has {len(raw)} bytes, which are no elements of {dtype.itemsize} bytes")
    else:
        values = numpy.frombuffer(raw, dtype)
        if dtype == bool and values.view(numpy.uint8).max(initial=0) > 1:
            raise InvalidInput(f"input '{tensor.name}' has bytes that are neither 0 nor 1")
    shape = tuple(tensor.shape)
    if any(isinstance(extent, bool) or not isinstance(extent, int) or extent < 0 for extent in shape):
        raise InvalidInput(f"input '{tensor.name}' has the shape {list(shape)}, which is none")
    if math.prod(shape) != values.size:
        raise InvalidInput(
            f"input '{tensor.name}' has {values.size} elements; its shape {list(shape)} has {math.prod(shape)}")
    return values.reshape(shape)


def _values(tensor: InferInput, dtype: "numpy.dtype[Any]") -> numpy.ndarray:
    """What stands in JSON, or in typed lists of gRPC, without a loss other than rounding to the nearest float."""
    wrong = f"input '{tensor.name}' has values that are no {tensor.datatype}"
    try:
        given = numpy.array(tensor.data)
    except ValueError:
        raise InvalidInput(wrong) from None
    # An empty list says nothing of its type.
    kinds = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}[dtype.kind] if given.size else given.dtype.kind
    if given.dtype.kind not in kinds:
        raise InvalidInput(wrong)
    with numpy.errstate(over="ignore"):
        values = given.astype(dtype)
    same = numpy.isfinite(values) if dtype.kind == "f" else values == given
    if not same.all():
        raise InvalidInput(f"input '{tensor.name}' has values beyond {tensor.datatype}")
    return values.reshape(-1)
