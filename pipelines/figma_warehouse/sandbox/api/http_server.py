"""The HTTP server: routes, tokens, tiers, limits, faults, and what was asked. What is said is in answers."""

from __future__ import annotations

import asyncio
import gzip
import re
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.routing import Route

from figma_warehouse.listening import listen
from figma_warehouse.sandbox.api import analytics, answers, drawn_pictures, version_pages
from figma_warehouse.sandbox.api.accepted_tokens import Tokens
from figma_warehouse.sandbox.api.answers import Ask, Drawn, RefusalError
from figma_warehouse.sandbox.api.signing import PICTURES
from figma_warehouse.sandbox.api.size_limits import Sizes
from figma_warehouse.sandbox.api.wire import HttpAnswer, Protocol, answer_headers, drop_connection, send_answer
from figma_warehouse.sandbox.shifting import ShiftingOrganisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import Receive, Scope, Send

    from figma_warehouse.sandbox.api.faults import Fault, Faults
    from figma_warehouse.sandbox.api.rate_limits import Limits
    from figma_warehouse.sandbox.contract import Organisation

    Handler = Callable[[Organisation, Ask], bytes | Drawn]

T = TypeVar("T")

POOL_THREADS = 8
STARTUP_SECONDS = 10.0
# faults that leave the answer as it is
UNHARMING = ("", "slow", "changed")
LIBRARY_KINDS = ("components", "component_sets", "styles")
DOCUMENTS = (answers.document, answers.document_nodes)

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
    ("/v1/images/{file_key}", 1, drawn_pictures.images),
    ("/v1/files/{file_key}/images", 2, drawn_pictures.image_fills),
    (PICTURES + "/{path:path}", 0, drawn_pictures.picture),
    ("/v1/files/{file_key}/meta", 3, answers.file_meta),
    ("/v1/files/{file_key}/versions", 2, version_pages.file_versions),
    *((f"/v1/teams/{{team_id}}/{kind}", 3, answers.team_library(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/files/{{file_key}}/{kind}", 3, answers.file_library(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/{kind}/{{key}}", 3, answers.library_item(kind)) for kind in LIBRARY_KINDS),
    ("/v1/analytics/libraries/{file_key}/component/usages", 3, analytics.component_usages),
)


@dataclass(frozen=True)
class Request:
    """One request as it was answered; `query` is as sent, `tier` 0 for a path that is no endpoint.

    `status` is 0 where the connection was dropped before the answer; `fault` is the kind of fault it met, if any.
    """

    method: str
    path: str
    query: str
    status: int
    tier: int
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the client got what it had asked for."""
        return self.status == HTTPStatus.OK and self.fault in UNHARMING


class Server:
    """A running sandbox: where it listens, what was asked of it, what it shall answer next, and how much at once.

    `schedule` and `limits` may be set while it runs; without them nothing goes wrong and nothing is limited.
    """

    def __init__(
        self,
        org: Organisation,
        v2: bool = True,
        schedule: Faults | None = None,
        limits: Limits | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        self.base_url = ""
        self.org = org
        self.schedule, self.limits = schedule, limits
        self.tokens = tokens or Tokens(org.token)
        self.sizes = Sizes()
        self._v2 = v2
        # a pool of its own, so that its threads end with the server
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="sandbox-answer")
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._scripts: list[tuple[re.Pattern[str], list[HttpAnswer]]] = []

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last reset, in the order of their answers."""
        with self._lock:
            return list(self._requests)

    @property
    def spent(self) -> dict[int, int]:
        """Requests per tier since the start or the last reset; errors and retries count."""
        return {tier: sum(request.tier == tier for request in self.requests) for tier in (1, 2, 3)}

    @property
    def faults(self) -> list[Fault]:
        """All faults that the schedule has injected; the schedule's own memory, which no reset clears."""
        return self.schedule.injected if self.schedule else []

    @property
    def provoked(self) -> int:
        """How many requests the limits have answered with 429."""
        return self.limits.provoked if self.limits else 0

    def reset_requests(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def script(self, pattern: str, *scripted: HttpAnswer) -> None:
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
        routes = [Route(path, _Endpoint(self, tier, self._served(path, handler))) for path, tier, handler in ENDPOINTS]
        own = [
            Route("/sandbox/state", _Clock(self, moves=False)),
            Route("/sandbox/advance", _Clock(self, moves=True), methods=["POST"]),
        ]
        grants = [Route(f"/v1/oauth/{name}", _Grant(self), methods=["POST"]) for name in ("token", "refresh")]
        return Starlette(routes=[*own, *grants, *routes, Route("/{path:path}", _Endpoint(self, 0, _unknown_path))])

    def take_script(self, target: str) -> HttpAnswer | None:
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

    def answer(self, handler: Handler, request: HttpRequest) -> HttpAnswer:
        """What the organisation answers, with Figma's status and envelope."""
        try:
            ask = Ask(request.path_params, dict(request.query_params), self.base_url)
            self.sizes.check_request(f"{request.url.path}?{request.url.query}", ask)
            made = handler(self.org, ask)
            if isinstance(made, bytes) and handler in DOCUMENTS:
                self.sizes.check_answer(ask.path["file_key"], made)
        except RefusalError as refusal:
            return _refused(refusal)
        return (
            HttpAnswer(200, made.body, {"content-type": made.media_type})
            if isinstance(made, Drawn)
            else HttpAnswer(200, made)
        )

    def admit(self, tier: int, request: HttpRequest) -> HttpAnswer | None:
        """The refusal of a request for its token, or for the limits; None where it may pass."""
        if request.url.path.startswith(PICTURES):
            return _refuse_tokens(request)
        try:
            secret = self.tokens.admit(request.headers)
        except RefusalError as refusal:
            return _refused(refusal)
        return self.limits.refuse(secret, tier, self._team_of(request.path_params)) if self.limits else None

    def meet_fault(self, target: str) -> str | None:
        """The kind of fault that the schedule has for this `path?query`, if any; what happens to files happens."""
        kind = self.schedule.draw(target) if self.schedule else None
        key = target.partition("?")[0].removeprefix("/v1/files/").partition("/")[0]
        if kind == "expired":
            self.tokens.expire()
        elif isinstance(self.org, ShiftingOrganisation):
            if kind == "changed":
                self.org.change(key)
            elif kind == "vanished":
                self.org.remove(key)
        return kind

    def _served(self, path: str, handler: Handler) -> Handler:
        return handler if self._v2 or not path.startswith("/v2/") else _unknown_path

    def _team_of(self, params: Mapping[str, str]) -> str | None:
        """The team in which the resource of a path lives, where the path tells."""
        if "team_id" in params:
            return params["team_id"]
        card = self.org.file(params["file_key"]) if "file_key" in params else None
        folder = self.org.folder(card.folder_id if card else params.get("folder_id", ""))
        return folder.team_id if folder else None


@contextmanager
def serve(
    org: Organisation,
    port: int = 0,
    v2: bool = True,
    schedule: Faults | None = None,
    limits: Limits | None = None,
    tokens: Tokens | None = None,
) -> Iterator[Server]:
    """Serve an organisation on loopback from a thread of its own until the block ends; port 0 takes a free one.

    With `v2=False` the folder endpoints of v2 answer 404, as for a token or a plan that lacks them. Files change and
    vanish by schedule in a ShiftingOrganisation only.
    """
    server = Server(org, v2, schedule, limits, tokens)
    with listen("127.0.0.1", port) as listener:
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
        answer, fault = await self._choose(request, f"{request.url.path}?{query}")
        status = 0 if answer.drop else answer.status
        self._server.record(Request(request.method, request.url.path, query, status, self._tier, fault))
        if answer.drop:
            await drop_connection(scope, receive)
            return
        headers = answer_headers(answer, request)
        if headers.get("content-encoding") == "gzip":
            answer = replace(answer, body=await self._server.run(gzip.compress, answer.body, 1))
        await send_answer(answer, headers, send)

    async def _choose(self, request: HttpRequest, target: str) -> tuple[HttpAnswer, str]:
        """The answer, and the kind of fault in it."""
        scripted = self._server.take_script(target)
        if scripted is None:
            return await self._by_schedule(request, target)
        await asyncio.sleep(scripted.delay)
        if not scripted.passthrough and (scripted.body or not scripted.cut):
            return scripted, ""
        real = await self._admit(request) or await self._real(request)
        return replace(scripted, status=real.status, body=real.body), ""

    async def _by_schedule(self, request: HttpRequest, target: str) -> tuple[HttpAnswer, str]:
        refused, schedule = await self._admit(request), self._server.schedule
        fault = self._server.meet_fault(target) if schedule and not refused else None
        if not schedule or not fault:
            return refused or await self._real(request), ""
        if fault == "expired":
            refused = await self._admit(request)
        answer = refused or schedule.instead(fault) or schedule.spoil(fault, await self._real(request))
        return answer, fault

    async def _admit(self, request: HttpRequest) -> HttpAnswer | None:
        return await self._server.run(self._server.admit, self._tier, request)

    async def _real(self, request: HttpRequest) -> HttpAnswer:
        return await self._server.run(self._server.answer, self._handler, request)


class _Grant:
    """OAuth's endpoints: a form in, an access token out. They are of no tier."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        form = await request.body()
        path = request.url.path
        answer = self._server.take_script(f"{path}?") or self._granted(path.endswith("/refresh"), request, form)
        self._server.record(Request("POST", path, "", answer.status, 0))
        await send_answer(answer, answer_headers(answer, request), send)

    def _granted(self, is_refresh: bool, request: HttpRequest, form: bytes) -> HttpAnswer:
        try:
            return HttpAnswer(
                200, self._server.tokens.grant(is_refresh, request.headers.get("authorization", ""), form)
            )
        except RefusalError as refusal:
            return _refused(refusal)


class _Clock:
    """The sandbox's own endpoints, outside the API: they need no token and are not recorded."""

    def __init__(self, server: Server, moves: bool) -> None:
        self._server = server
        self._moves = moves

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._moves:
            weeks = HttpRequest(scope, receive).query_params.get("weeks", "1")
            if not weeks.isdigit():
                await send_answer(_refused(RefusalError(400, "'weeks' must be a valid number")), {}, send)
                return
            await self._server.run(self._server.org.advance, int(weeks))
        await send_answer(HttpAnswer(200, self._state()), {"content-type": "application/json"}, send)

    def _state(self) -> bytes:
        org = self._server.org
        state = {"week": org.week, "weeks": org.weeks, "at": answers.iso(org.at), "team_ids": org.team_ids}
        met = Counter(fault.kind for fault in self._server.faults)
        return msgspec.json.encode({**state, "faults": met, "provoked": self._server.provoked})


def _unknown_path(org: Organisation, ask: Ask) -> bytes:  # noqa: ARG001
    raise RefusalError(404, "Not found")


def _refuse_tokens(request: HttpRequest) -> HttpAnswer | None:
    # a file store knows signatures only: a token there is a token given away
    if {"x-figma-token", "authorization"} & set(request.headers):
        return _refused(RefusalError(400, "Only one auth mechanism allowed"))
    return None


def _refused(refusal: RefusalError) -> HttpAnswer:
    return HttpAnswer(refusal.status, refusal.body())


def _settings(server: Server) -> uvicorn.Config:
    return uvicorn.Config(
        server.app(),
        http=Protocol,
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
