"""The HTTP server: it checks tokens and limits, injects faults, and records what clients request."""

from __future__ import annotations

import asyncio
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import uvicorn
from starlette.applications import Starlette

from figma_warehouse.listening import listen
from figma_warehouse.sandbox.api.accepted_tokens import AcceptedTokens
from figma_warehouse.sandbox.api.http_answer import AbortableProtocol, HttpAnswer
from figma_warehouse.sandbox.api.picture_answers import PictureAnswer
from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.api.request_parameters import RequestParameters
from figma_warehouse.sandbox.api.routes import CONTENT_HANDLERS, ENTERPRISE_SCOPES, SCOPES, refusal_answer, routes_for
from figma_warehouse.sandbox.api.signed_urls import PICTURES_PATH
from figma_warehouse.sandbox.api.size_limits import SizeLimits
from figma_warehouse.sandbox.changing_organisation import ChangingOrganisation

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    from starlette.requests import Request as HttpRequest

    from figma_warehouse.sandbox.api.faults import FaultSchedule, InjectedFault
    from figma_warehouse.sandbox.api.rate_limits import RateLimits
    from figma_warehouse.sandbox.api.routes import Handler
    from figma_warehouse.sandbox.organisation import Organisation

T = TypeVar("T")

POOL_THREADS = 8
START_SECONDS = 10.0
STOP_SECONDS = 1.0
DATE_HEADER_SECONDS = 1.0
# no fault, or one that leaves the answer complete
HARMLESS_FAULTS = ("", "slow", "changed")


@dataclass(frozen=True)
class Request:
    """A request that was answered; `query` is as sent, `tier` is 0 outside the API's endpoints.

    `status` is 0 if the connection was dropped before the answer. `fault` is the kind of fault it met, or empty.
    """

    method: str
    path: str
    query: str
    status: int
    tier: int
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the client got a complete answer with status 200."""
        return self.status == HTTPStatus.OK and self.fault in HARMLESS_FAULTS


class Server:
    """A running sandbox: its address, the requests so far, scripted answers, and limits.

    `fault_schedule`, `limits` and `size_limits` may be set while it runs. Without them it injects no fault and limits
    nothing. The token has every scope that is not among `missing_scopes`.
    """

    def __init__(
        self,
        org: Organisation,
        fault_schedule: FaultSchedule | None = None,
        limits: RateLimits | None = None,
        tokens: AcceptedTokens | None = None,
    ) -> None:
        self.base_url = ""
        self.org = org
        self.fault_schedule, self.limits = fault_schedule, limits
        self.tokens = tokens or AcceptedTokens(org.token)
        self.size_limits = SizeLimits()
        self.missing_scopes: set[str] = set()
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
        """Requests per tier since the start or the last reset. Errors and retries count."""
        return {tier: sum(request.tier == tier for request in self.requests) for tier in (1, 2, 3)}

    @property
    def injected_faults(self) -> list[InjectedFault]:
        """All faults of the current schedule so far. `reset_requests` keeps them."""
        return self.fault_schedule.injected if self.fault_schedule else []

    @property
    def rate_limit_refusals(self) -> int:
        """How many requests the rate limits answered with a 429."""
        return self.limits.refusals if self.limits else 0

    def reset_requests(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def script(self, pattern: str, *answers: HttpAnswer) -> None:
        """Give these answers, one each and in order, to the next requests whose `path?query` matches the pattern.

        The query is as sent, percent-encoded. If it is empty, the path alone may match too, so that `/v1/me$` does.
        """
        with self._lock:
            self._scripts.append((re.compile(pattern), list(answers)))

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do slow work outside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def close(self) -> None:
        """End the server's threads."""
        self._pool.shutdown()

    def take_script(self, target: str) -> HttpAnswer | None:
        """Remove and return the scripted answer for this `path?query`, if any."""
        with self._lock:
            for pattern, answers in self._scripts:
                if answers and (pattern.search(target) or pattern.search(target.removesuffix("?"))):
                    return answers.pop(0)
        return None

    def record(self, method: str, path: str, query: str, status: int, tier: int, fault: str = "") -> None:
        """Add a request to `requests`."""
        with self._lock:
            self._requests.append(Request(method, path, query, status, tier, fault))

    def answer(self, handler: Handler, request: HttpRequest) -> HttpAnswer:
        """The organisation's own answer, or the refusal."""
        try:
            params = RequestParameters(request.path_params, dict(request.query_params), self.base_url)
            self.size_limits.check_request(f"{request.url.path}?{request.url.query}", params)
            body = handler(self.org, params)
            if isinstance(body, bytes) and handler in CONTENT_HANDLERS:
                self.size_limits.check_answer(params.path["file_key"], body)
        except RefusalError as refusal:
            return refusal_answer(refusal)
        if isinstance(body, PictureAnswer):
            return HttpAnswer(200, body.body, {"content-type": body.media_type})
        return HttpAnswer(200, body)

    def refuse(self, tier: int, request: HttpRequest, scope: str = "") -> HttpAnswer | None:
        """The refusal of a request for its token, its scope or the rate limits; None if it may pass."""
        if request.url.path.startswith(PICTURES_PATH):
            return _refuse_token_for_picture(request)
        try:
            token = self.tokens.authenticate(request.headers)
            self._check_scope(scope)
            self._check_plan(scope)
        except RefusalError as refusal:
            return refusal_answer(refusal)
        return self.limits.refuse(token, tier, self._team_of(request.path_params)) if self.limits else None

    def _check_scope(self, scope: str) -> None:
        """Raise a 403 if the token lacks the scope."""
        if scope in self.missing_scopes:
            own = ", ".join(sorted({*SCOPES.values()} - self.missing_scopes))
            raise RefusalError(403, f"Invalid scope(s): {own}. This endpoint requires the {scope} scope")

    def _check_plan(self, scope: str) -> None:
        """Raise a 403 if the scope needs an Enterprise plan and the limits are those of another."""
        if scope in ENTERPRISE_SCOPES and self.limits and self.limits.plan != "enterprise":
            raise RefusalError(403, "Limited by Figma plan", "B")

    def draw_fault(self, target: str) -> str | None:
        """The kind of fault that this `path?query` meets, if any. Files change and tokens expire right away."""
        kind = self.fault_schedule.draw(target) if self.fault_schedule else None
        key = target.partition("?")[0].removeprefix("/v1/files/").partition("/")[0]
        if kind == "expired":
            self.tokens.expire()
        elif isinstance(self.org, ChangingOrganisation):
            if kind == "changed":
                self.org.change_file(key)
            elif kind == "vanished":
                self.org.remove_file(key)
        return kind

    def _team_of(self, params: Mapping[str, str]) -> str | None:
        """The team of the resource that a path names, if the path tells."""
        if "team_id" in params:
            return params["team_id"]
        file = self.org.file(params["file_key"]) if "file_key" in params else None
        folder = self.org.folder(file.folder_id if file else params.get("folder_id", ""))
        return folder.team_id if folder else None


@contextmanager
def serve(
    org: Organisation,
    port: int = 0,
    v2: bool = True,
    fault_schedule: FaultSchedule | None = None,
    limits: RateLimits | None = None,
    tokens: AcceptedTokens | None = None,
) -> Iterator[Server]:
    """Serve an organisation on loopback, in a thread, until the block ends. Port 0 takes a free port.

    With `v2=False` the folder endpoints of v2 answer 404, as for a token or a plan without them. The faults `changed`
    and `vanished` change files of a ChangingOrganisation only.
    """
    server = Server(org, fault_schedule, limits, tokens)
    with listen("127.0.0.1", port) as listener:
        server.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        runner = _PromptServer(_uvicorn_config(server, v2))
        thread = threading.Thread(target=runner.run, kwargs={"sockets": [listener]}, name="sandbox")
        thread.start()
        try:
            _wait_until_started(runner, thread)
            yield server
        finally:
            runner.stop()
            thread.join()
            server.close()


def run_forever(org: Organisation, port: int, v2: bool = True) -> None:
    """Serve until SIGINT or SIGTERM, and print nothing."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with serve(org, port, v2):
            while not stop.wait(0.5):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _PromptServer(uvicorn.Server):
    """uvicorn that stops at once. Its own loop looks every 0.1 s whether to stop, and then waits 0.1 s more."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Stop the server from another thread."""
        self.should_exit = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        # a tick renews the date header; stop() may have been called before the loop was known
        while not await self.on_tick(0):
            try:
                await asyncio.wait_for(self._stop.wait(), DATE_HEADER_SECONDS)
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, unfinished = await asyncio.wait(self.server_state.tasks, timeout=STOP_SECONDS)
            for task in unfinished:
                task.cancel()


def _refuse_token_for_picture(request: HttpRequest) -> HttpAnswer | None:
    # a file store accepts signatures only: a client that sends it a token gives the token away
    if {"x-figma-token", "authorization"} & set(request.headers):
        return refusal_answer(RefusalError(400, "Only one auth mechanism allowed"))
    return None


def _uvicorn_config(server: Server, has_v2: bool) -> uvicorn.Config:
    return uvicorn.Config(
        Starlette(routes=routes_for(server, has_v2)),
        http=AbortableProtocol,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
    )


def _wait_until_started(runner: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not runner.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.005)
