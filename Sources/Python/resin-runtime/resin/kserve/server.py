"""KServe's model server, with what it lacks: a bound on requests, errors as the protocol has them, and a graceful stop."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Union

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from grpc import StatusCode
from grpc_interceptor.exceptions import GrpcException
from kserve import InferRequest, ModelServer
from kserve.errors import InvalidInput
from kserve.model_server import app
from kserve.protocol.dataplane import DataPlane as KServeDataPlane
from kserve.protocol.rest.v2_datamodels import InferenceRequest
from starlette.exceptions import HTTPException

from . import tensors
from .limit import BodyLimit
from .repository import Repository

_STATUS = {StatusCode.RESOURCE_EXHAUSTED: 429, StatusCode.UNAVAILABLE: 503}


class Server(ModelServer):  # type: ignore[misc]
    """A server for models, over HTTP and gRPC. A process has one.

    `max_body` is the largest body of a request over HTTP, in bytes; the options are those of `kserve.ModelServer`.
    """

    def __init__(self, *, max_body: int = 64 << 20, **options: Any) -> None:
        super().__init__(registered_models=Repository(), **options)
        self.dataplane = DataPlane(self.registered_models)
        app.add_middleware(BodyLimit, limit=max_body)
        app.add_exception_handler(GrpcException, _refused)
        app.add_exception_handler(HTTPException, _http_error)
        app.add_exception_handler(RequestValidationError, _not_the_protocol)

    def stop(self, sig: int) -> None:
        """Ends the server when the requests in flight are answered.

        Over HTTP they are when this is called. KServe's own method takes the models away at once, and requests over gRPC
        that have not found theirs yet would not be answered.
        """

        async def shutdown() -> None:
            if self._grpc_server is not None:
                await self._grpc_server.stop(sig)
            for name in list(self.registered_models.get_models()):
                self.registered_models.unload(name)

        self._shutdown = asyncio.get_running_loop().create_task(shutdown())


class DataPlane(KServeDataPlane):  # type: ignore[misc]
    """KServe's, but for bodies with binary tensors, which are read where they lie."""

    def decode_inference_request(
        self, body: Union[bytes, InferenceRequest], headers: Dict[str, str], model_name: str
    ) -> InferRequest:
        """The request of a body; raises InvalidInput for what is none."""
        try:
            if isinstance(body, bytes):
                # Without the header all of it is JSON, which clients do not always call so.
                length = headers.get("inference-header-content-length", len(body))
                return tensors.request_of_bytes(body, int(length), model_name)
            return super().decode_inference_request(body, headers, model_name)
        except InvalidInput:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"no request of the Open Inference Protocol: {type(error).__name__} {error}") from None


async def _refused(request: Request, error: Any) -> JSONResponse:
    """What gRPC has a status for."""
    headers = {"Retry-After": "1"} if error.status_code in _STATUS else None
    return JSONResponse({"error": error.details}, _STATUS.get(error.status_code, 500), headers)


async def _http_error(request: Request, error: Any) -> JSONResponse:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _not_the_protocol(request: Request, error: Any) -> JSONResponse:
    """The first mistakes, without what was given, which may be long."""
    found: List[str] = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3]]
    return JSONResponse({"error": "no request of the Open Inference Protocol: " + "; ".join(found)}, 400)
