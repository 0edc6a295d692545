"""The HTTP server: routes, tokens, tiers, compression, scripted faults. What is said is in answers."""

from __future__ import annotations

import asyncio
import gzip
import re
import signal
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.routing import Route

from pipelines.sandbox import answers, history
from pipelines.sandbox.answers import Ask, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Receive, Scope, Send

    from pipelines.sandbox.contract import Organisation

    Handler = Callable[[Organisation, Ask], bytes]

T = TypeVar("T")

POOL_THREADS = 8
GZIP_FROM_BYTES = 1000
STARTUP_SECONDS = 10.0
LIBRARY_KINDS = ("components", "component_sets", "styles")

# path, tier, handler
ENDPOINTS: tuple[tuple[str, int, Handler], ...] = (
    ("/v1/me", 3, answers.me),
    ("/v2/teams/{team_id}/folders", 2, answers.team_folders),
    ("/v2/folders/{folder_id}/folders", 2, answers.folder_folders),
    ("/v2/folders/{folder_id}/files", 2, answers.folder_files),
    ("/v1/teams/{team_id}/projects", 2, answers.team_projects),
    ("/v1/projects/{folder_id}/files", 2, answers.folder_files),
    ("/v1/files/{file_key}", 1, answers.document),
    ("/v1/files/{file_key}/nodes", 1, answers.document_nodes),
    ("/v1/images/{file_key}", 1, answers.images),
    ("/v1/files/{file_key}/meta", 3, answers.file_meta),
    ("/v1/files/{file_key}/versions", 2, history.file_versions),
    *((f"/v1/teams/{{team_id}}/{kind}", 3, answers.team_library(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/files/{{file_key}}/{kind}", 3, answers.file_library(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/{kind}/{{key}}", 3, answers.library_item(kind)) for kind in LIBRARY_KINDS),
)


@dataclass(frozen=True)
class Request:
    """One request as it was answered; `query` is as sent, `tier` 0 for a path that is no endpoint."""

    method: str
    path: str
    query: str
    status: int
    tier: int


@dataclass(frozen=True)
class Answer:
    """A scripted answer. `cut` sends half the body and drops the connection; `passthrough` serves the real one.

    `delay` is in seconds, before anything is sent. With `cut` and no body of its own, the real body is halved.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    delay: float = 0.0
    passthrough: bool = False


class Server:
    """A running sandbox: where it listens, what was asked of it, and what it shall answer next."""

    def __init__(self, org: Organisation, v2: bool = True) -> None:
        self.base_url = ""
        self.org = org
        self._v2 = v2
        # a pool of its own, so that its threads end with the server
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="sandbox-answer")
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._scripts: list[tuple[re.Pattern[str], list[Answer]]] = []

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last reset, in the order of their answers."""
        with self._lock:
            return list(self._requests)

    @property
    def spent(self) -> dict[int, int]:
        """Requests per tier since the start or the last reset; errors and retries count."""
        return {tier: sum(request.tier == tier for request in self.requests) for tier in (1, 2, 3)}

    def reset_requests(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def script(self, pattern: str, *scripted: Answer) -> None:
        """The next requests whose `path?query` matches the pattern get these answers, one each, in order.

        The query is as sent, percent-encoded. Without a query the path alone may match too, so that `/v1/me$` does.
        """
        with self._lock:
            self._scripts.append((re.compile(pattern), list(scripted)))

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """Do something slow off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)

    def close(self) -> None:
        """End the server's threads."""
        self._pool.shutdown()

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [Route(path, _Endpoint(self, tier, handler)) for path, tier, handler in ENDPOINTS]
        clock = [
            Route("/sandbox/state", _Clock(self, moves=False)),
            Route("/sandbox/advance", _Clock(self, moves=True), methods=["POST"]),
        ]
        return Starlette(routes=[*clock, *routes, Route("/{path:path}", _Endpoint(self, 0, _unknown_path))])

    def take_script(self, target: str) -> Answer | None:
        """The scripted answer for this `path?query`, used up by asking."""
        with self._lock:
            for pattern, scripted in self._scripts:
                if scripted and (pattern.search(target) or pattern.search(target.removesuffix("?"))):
                    return scripted.pop(0)
        return None

    def record(self, request: Request) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)

    def answer(self, handler: Handler, request: HttpRequest) -> Answer:
        """What the organisation answers, with Figma's status and envelope."""
        try:
            self._admit(request)
            body = handler(self.org, Ask(request.path_params, dict(request.query_params)))
        except RefusalError as refusal:
            return Answer(refusal.status, refusal.body())
        return Answer(200, body)

    def _admit(self, request: HttpRequest) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.org.token not in (request.headers.get("x-figma-token"), bearer):
            raise RefusalError(403, "Invalid token")
        if request.url.path.startswith("/v2/") and not self._v2:
            raise RefusalError(404, "Not found")


@contextmanager
def serve(org: Organisation, port: int = 0, v2: bool = True) -> Iterator[Server]:
    """Serve an organisation on loopback from a thread of its own until the block ends; port 0 takes a free one.

    With `v2=False` the folder endpoints of v2 answer 404, as for a token or a plan that lacks them.
    """
    server = Server(org, v2)
    with _listen(port) as listener:
        server.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        runner = uvicorn.Server(_settings(server))
        thread = threading.Thread(target=runner.run, kwargs={"sockets": [listener]}, name="sandbox")
        thread.start()
        try:
            _wait_until_started(runner, thread)
            yield server
        finally:
            runner.should_exit = True
            thread.join()
            server.close()


def run_forever(org: Organisation, port: int, v2: bool = True) -> None:
    """Serve in the foreground, printing nothing, until SIGINT or SIGTERM."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with serve(org, port, v2):
            while not stop.wait(0.5):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Endpoint:
    """One endpoint as an ASGI application: answer, or play the script; record; send."""

    def __init__(self, server: Server, tier: int, handler: Handler) -> None:
        self._server = server
        self._tier = tier
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        query = scope["query_string"].decode()
        answer = await self._choose(request, f"{request.url.path}?{query}")
        self._server.record(Request(request.method, request.url.path, query, answer.status, self._tier))
        headers = _headers(answer, request)
        if headers.get("content-encoding") == "gzip":
            answer = replace(answer, body=await self._server.run(gzip.compress, answer.body, 1))
        await _send(answer, headers, send)

    async def _choose(self, request: HttpRequest, target: str) -> Answer:
        scripted = self._server.take_script(target)
        if scripted is None:
            return await self._server.run(self._server.answer, self._handler, request)
        await asyncio.sleep(scripted.delay)
        if not scripted.passthrough and (scripted.body or not scripted.cut):
            return scripted
        real = await self._server.run(self._server.answer, self._handler, request)
        return Answer(real.status, real.body, scripted.headers, scripted.cut)


class _Clock:
    """The sandbox's own endpoints, outside the API: they need no token and are not recorded."""

    def __init__(self, server: Server, moves: bool) -> None:
        self._server = server
        self._moves = moves

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._moves:
            weeks = HttpRequest(scope, receive).query_params.get("weeks", "1")
            if not weeks.isdigit():
                await _send(Answer(400, RefusalError(400, "'weeks' must be a valid number").body()), {}, send)
                return
            await self._server.run(self._server.org.advance, int(weeks))
        await _send(Answer(200, self._state()), {"content-type": "application/json"}, send)

    def _state(self) -> bytes:
        org = self._server.org
        state = {"week": org.week, "weeks": org.weeks, "at": answers.iso(org.at), "team_ids": org.team_ids}
        return msgspec.json.encode(state)


def _unknown_path(org: Organisation, ask: Ask) -> bytes:  # noqa: ARG001
    raise RefusalError(404, "Not found")


def _headers(answer: Answer, request: HttpRequest) -> dict[str, str]:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-cache, no-store",
        "x-figma-rest-api-request-id": str(uuid.uuid4()),
    }
    if "gzip" in request.headers.get("accept-encoding", "") and len(answer.body) >= GZIP_FROM_BYTES:
        headers["content-encoding"] = "gzip"
    return headers | {name.lower(): value for name, value in answer.headers.items()}


async def _send(answer: Answer, headers: dict[str, str], send: Send) -> None:
    body = answer.body
    listed = {**headers, "content-length": str(len(body))}
    pairs = [(name.encode(), value.encode()) for name, value in listed.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    half = len(body) // 2
    # uvicorn drops the connection of an application that returns before its body is complete
    await send({"type": "http.response.body", "body": body[:half] if answer.cut else body, "more_body": answer.cut})


def _listen(port: int) -> socket.socket:
    # with its protocol named, asyncio turns off Nagle's delay on what it accepts: 40 ms an answer
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def _settings(server: Server) -> uvicorn.Config:
    return uvicorn.Config(
        server.app(),
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


def _wait_until_started(runner: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while not runner.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.005)
