"""An answer and how it is sent: whole, slowly, cut off, or not at all."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest
    from starlette.types import Receive, Scope, Send

GZIP_FROM_BYTES = 1000
SLOW_PARTS = 8
ABORT = "sandbox.abort"


@dataclass(frozen=True)
class HttpAnswer:
    """An answer that a test scripts.

    `passthrough` sends the organisation's own answer. `delay` waits so many seconds before anything is sent.
    `drop` closes the connection before anything is sent. `cut` sends half the body and closes the connection; without
    a body, half of the organisation's own. `trickle` is the seconds over which the body is sent.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    delay: float = 0.0
    passthrough: bool = False
    drop: bool = False
    trickle: float = 0.0


class AbortableProtocol(H11Protocol):
    """HTTP/1.1 that lets the application close the connection: call the scope's extension `sandbox.abort`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the application access to its connection."""
        super().connection_made(transport)
        inner = self.app

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {ABORT: transport.abort}
            await inner(scope, receive, send)

        self.app = application


def answer_headers(answer: HttpAnswer, request: HttpRequest) -> dict[str, str]:
    """The headers of every answer and the answer's own. `content-encoding` is gzip if the client accepts it."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-cache, no-store",
        "x-figma-rest-api-request-id": str(uuid.uuid4()),
    }
    if "gzip" in request.headers.get("accept-encoding", "") and len(answer.body) >= GZIP_FROM_BYTES:
        headers["content-encoding"] = "gzip"
    return headers | {name.lower(): value for name, value in answer.headers.items()}


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer, and wait until it is closed."""
    scope["extensions"][ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_answer(answer: HttpAnswer, headers: dict[str, str], send: Send) -> None:
    """Send an answer as its `cut` and `trickle` say."""
    body = answer.body
    all_headers = {**headers, "content-length": str(len(body))}
    pairs = [(name.encode(), value.encode()) for name, value in all_headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    body = body[: len(body) // 2] if answer.cut else body
    if answer.trickle:
        step = max(1, len(body) // SLOW_PARTS)
        for start in range(0, len(body), step):
            await send({"type": "http.response.body", "body": body[start : start + step], "more_body": True})
            await asyncio.sleep(answer.trickle / SLOW_PARTS)
        body = b""
    # uvicorn closes the connection if an application returns before its body is complete
    await send({"type": "http.response.body", "body": body, "more_body": answer.cut})
