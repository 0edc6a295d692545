"""The server of the dashboards: one index, and behind it one page per notebook and one per item."""

import hmac
import importlib
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

import marimo
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from figma_warehouse.bundled import bundled
from figma_warehouse.dashboard.gate import PARAMETER, Gate, read_key
from figma_warehouse.dashboard.index import index_page
from figma_warehouse.dashboard.items.pages import KINDS, Kind, served_page
from figma_warehouse.dashboard.lineage import lineage_file
from figma_warehouse.dashboard.site_map import LINEAGE, PAGES, DashboardPage
from figma_warehouse.dashboard.summary import read_summary
from figma_warehouse.dashboard.templating import render
from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, UsageFailure
from figma_warehouse.listening import listen
from figma_warehouse.settings import assets_url
from figma_warehouse.source.api.safe_hosts import LOOPBACK

NOTEBOOKS = bundled("notebooks")
FRONTEND = Path(marimo.__file__).parent / "_static"
MIN_TOKEN_LENGTH = 16
IMPORTED_BY_PAGES = ("attention", "charts", "definitions", "filters", "key_figures", "tables")
# answers in progress get this long at the end; marimo's threads, which Python would wait for, get no longer either
GRACE_SECONDS = 0.4
ENDINGS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104  # compared with, not listened on
# marimo's own worker would handle every request of a page, for files that no page has
IDLE_WORKER = "self.addEventListener('install', () => self.skipWaiting());"


class Frontend(StaticFiles):
    """marimo's frontend files, which browsers keep: each name carries a hash of the content."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """Return one file, cached for good."""
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class Kept:
    """Keeps the application's first answer for some paths, because marimo reads the whole notebook for each answer.

    The request that fills the cache has no query and no headers of the reader, so nothing of theirs reaches others.
    """

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self._app = app
        self._paths = paths
        self._answers: dict[str, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or one WebSocket."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
        elif scope["path"] in self._answers:
            for message in self._answers[scope["path"]]:
                await send(message)
        else:
            await self._fill(scope, receive, send)

    async def _fill(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def record(message: Message) -> None:
            answer.append(message)
            await send(message)

        headers = [header for header in scope["headers"] if header[0] == b"host"]
        await self._app({**scope, "query_string": b"", "headers": headers}, receive, record)
        if answer and answer[0].get("status") == HTTPStatus.OK:
            self._answers[scope["path"]] = answer


class EndingServer(uvicorn.Server):
    """A server that ends its process at the first SIGINT or SIGTERM, whatever pages are open. The exit code is 0.

    `tell_end` gets the name of the signal. Nothing is lost: the process writes no file that it could leave unfinished.
    """

    def __init__(self, app: ASGIApp, tell_end: Callable[[str], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        self._tell_end = tell_end
        self._ending: threading.Thread | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Close the listener and end soon after. Further signals change nothing."""
        if self.should_exit:
            return
        self.should_exit = True
        self._ending = threading.Thread(target=self._end, args=(ENDINGS[signal.Signals(sig)],), daemon=True)
        self._ending.start()

    def await_end(self) -> None:
        """Wait for the end of the process if a signal came."""
        if self._ending:
            self._ending.join()

    def _end(self, name: str) -> None:
        self._tell_end(name)
        time.sleep(GRACE_SECONDS)
        os._exit(DONE)


def dashboard_app(data: DataDir, token: str | None = None) -> Gate:
    """Return the index and all pages as one ASGI application that reads the published file of `data`.

    With a token, it answers readers with that token only.
    """
    os.environ["DATA_DIR"] = str(data.root)
    os.environ["ASSETS_URL"] = assets_url(data)
    head = str(render("head.html"))
    notebooks = marimo.create_asgi_app(include_code=False, quiet=True, asset_url="/frontend", html_head=head)
    for page in PAGES:
        notebooks = notebooks.with_app(path=f"/{page.name}", root=str(notebook(page)))

    async def index(_: Request) -> Response:
        addresses = {page: f"{page.name}/" for page in PAGES} | {LINEAGE: "lineage.html"}
        return HTMLResponse(index_page(addresses, await run_in_threadpool(read_summary)))

    async def lineage(_: Request) -> Response:
        found = await run_in_threadpool(lineage_file, data)
        return FileResponse(found) if found else HTMLResponse("dbt could not build the lineage page.", 503)

    def item(kind: Kind) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            html, is_found = await run_in_threadpool(served_page, kind, request.query_params.get("key"))
            return HTMLResponse(html, HTTPStatus.OK if is_found else HTTPStatus.NOT_FOUND)

        return page

    async def worker(_: Request) -> Response:
        return Response(IDLE_WORKER, media_type="text/javascript")

    pages = Kept(notebooks.build(), [f"/{page.name}/" for page in PAGES])
    routes = [
        Route("/", index),
        Route("/lineage.html", lineage),
        *(Route(f"/{kind.name}", item(kind)) for kind in KINDS.values()),
        Route("/{page}/public-files-sw.js", worker),
        *_frontend(),
        Mount("/", pages),
    ]
    return Gate(Starlette(routes=routes), token, _session(data) if token else None)


def serve_dashboard(
    data: DataDir, host: str, port: int, tell: Callable[[str], None], tell_end: Callable[[str], None]
) -> None:
    """Serve the dashboards until SIGINT or SIGTERM, then end the process with exit code 0.

    `tell` gets the address, `tell_end` the name of the signal. Port 0 takes a free port.

    Readers need a token unless the host is loopback: `DASHBOARD_TOKEN`, or a new one for this start, which is part of
    the address. Raises UsageFailure if the address is taken or the token is too short.
    """
    token = _token(host)
    listener = listen(host, port)
    app = dashboard_app(data, token)
    server = EndingServer(app, tell_end)
    for number in ENDINGS:
        signal.signal(number, server.handle_exit)
    # import now what all pages import, so that the first reader does not wait for it, and so that no import runs while
    # marimo parses another page: Python's parser sometimes fails then
    for name in IMPORTED_BY_PAGES:
        importlib.import_module(f"figma_warehouse.dashboard.{name}")
    tell(_address(host, listener.getsockname()[1]) + (f"/?{PARAMETER}={quote(token)}" if token else ""))
    server.run(sockets=[listener])
    server.await_end()


def notebook(page: DashboardPage) -> Path:
    """Return the notebook of a page."""
    return NOTEBOOKS / f"{page.name}.py"


def _frontend() -> list[Mount]:
    hashed, others = Frontend(directory=FRONTEND / "assets"), StaticFiles(directory=FRONTEND)
    return [Mount("/frontend/assets", hashed), Mount("/frontend", others)]


def _session(data: DataDir) -> str:
    """Return the session of readers. It outlives a restart; a new DASHBOARD_TOKEN ends the sessions of the old one."""
    fixed = os.environ.get("DASHBOARD_TOKEN", "")
    return hmac.new(read_key(data.dashboard_key), fixed.encode(), "sha256").hexdigest()


def _token(host: str) -> str | None:
    given = os.environ.get("DASHBOARD_TOKEN")
    if given is not None and len(given) < MIN_TOKEN_LENGTH:
        raise UsageFailure(f"DASHBOARD_TOKEN is too short to be safe: set at least {MIN_TOKEN_LENGTH} characters.")
    return given or (None if host in LOOPBACK else secrets.token_urlsafe(MIN_TOKEN_LENGTH))


def _address(host: str, port: int) -> str:
    name = socket.gethostname() if host in WILDCARDS else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"
