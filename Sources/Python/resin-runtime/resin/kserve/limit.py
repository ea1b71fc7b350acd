"""A bound on the bodies of requests over HTTP, as gRPC has one."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse


class BodyLimit:
    """Answers 413 to a body that is too long: before it is read where its length is given, else on the way."""

    def __init__(self, app: Any, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        words = f"the body of a request has at most {self._limit} bytes"
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if int(length) > self._limit:
            answer = JSONResponse({"error": words}, 413, {"Connection": "close"})
            return await answer(scope, receive, send)
        seen = 0

        async def counted() -> Any:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(413, words, {"Connection": "close"})
            return message

        await self._app(scope, counted, send)
