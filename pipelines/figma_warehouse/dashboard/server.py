"""The dashboards, served: every notebook as a page of its own behind one index."""

import importlib
import os
import secrets
import socket
from collections.abc import Callable, Collection
from http import HTTPStatus
from pathlib import Path
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
from figma_warehouse.dashboard.gate import PARAMETER, Gate
from figma_warehouse.dashboard.index import index_page
from figma_warehouse.dashboard.lineage import lineage_file
from figma_warehouse.dashboard.page_list import PAGES, DashboardPage
from figma_warehouse.dashboard.summary import read_summary
from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.listening import listen
from figma_warehouse.settings import assets_url
from figma_warehouse.source.api.safe_hosts import LOOPBACK

NOTEBOOKS = bundled("notebooks")
FRONTEND = Path(marimo.__file__).parent / "_static"
SHORTEST_TOKEN = 16
SHARED_BY_PAGES = ("charts", "filters", "previews", "summary", "tables")
# a reader who does not read, or a browser that connects while the server stops, would keep it for ever
STOPPING_SECONDS = 3
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # what they are called
# marimo's own would take every request of a page into its hands, for files that no page of ours has
IDLE_WORKER = "self.addEventListener('install', () => self.skipWaiting());"
LINEAGE = DashboardPage("lineage", "Lineage", "Where does each figure come from, and what does each column mean?", "")


class Frontend(StaticFiles):
    """What all pages share of marimo's: names carry a hash of what is in the file, so browsers need not ask again."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """Return one file, to be kept."""
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class Kept:
    """Repeats what the application said at first for some paths: marimo reads a whole notebook to say the same.

    It is asked without the query and the headers of the reader who came first, so that nothing of them gets to others.
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
            await self._ask(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def note(message: Message) -> None:
            answer.append(message)
            await send(message)

        headers = [header for header in scope["headers"] if header[0] == b"host"]
        await self._app({**scope, "query_string": b"", "headers": headers}, receive, note)
        if answer and answer[0].get("status") == HTTPStatus.OK:
            self._answers[scope["path"]] = answer


def dashboard_app(data: DataDir, token: str | None = None) -> Gate:
    """Return the index and all pages as one ASGI application that reads the published file of `data`.

    With a token, only who has it is answered.
    """
    os.environ["DATA_DIR"] = str(data.root)
    os.environ["ASSETS_URL"] = assets_url(data)
    server = marimo.create_asgi_app(include_code=False, quiet=True, asset_url="/frontend")
    for page in PAGES:
        server = server.with_app(path=f"/{page.name}", root=str(notebook(page)))

    async def index(_: Request) -> Response:
        addresses = {page: f"{page.name}/" for page in PAGES} | {LINEAGE: "lineage.html"}
        return HTMLResponse(index_page(addresses, await run_in_threadpool(read_summary)))

    async def lineage(_: Request) -> Response:
        found = await run_in_threadpool(lineage_file, data)
        return FileResponse(found) if found else HTMLResponse("dbt could not make the lineage page.", 503)

    async def worker(_: Request) -> Response:
        return Response(IDLE_WORKER, media_type="text/javascript")

    pages = Kept(server.build(), [f"/{page.name}/" for page in PAGES])
    routes = [
        Route("/", index),
        Route("/lineage.html", lineage),
        Route("/{page}/public-files-sw.js", worker),
        *_frontend(),
        Mount("/", pages),
    ]
    return Gate(Starlette(routes=routes), token)


def serve_dashboard(data: DataDir, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve the dashboards until interrupted; `tell` gets the address. Port 0 takes a free one.

    On any address but this machine's own, readers need a token: `DASHBOARD_TOKEN`, else one made for this start, which
    the address told carries. Raises UsageFailure where the address cannot be had or that token is too short.
    """
    token = _token(host)
    listener = listen(host, port)
    app = dashboard_app(data, token)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=STOPPING_SECONDS))
    # what every page imports: the first reader does not wait for it, and marimo reads no page at the same time, which
    # Python's parser does not always bear
    for name in SHARED_BY_PAGES:
        importlib.import_module(f"figma_warehouse.dashboard.{name}")
    tell(_address(host, listener.getsockname()[1]) + (f"/?{PARAMETER}={quote(token)}" if token else ""))
    server.run(sockets=[listener])


def notebook(page: DashboardPage) -> Path:
    """Return the notebook of a page."""
    return NOTEBOOKS / f"{page.name}.py"


def _frontend() -> list[Mount]:
    kept, asked = Frontend(directory=FRONTEND / "assets"), StaticFiles(directory=FRONTEND)
    return [Mount("/frontend/assets", kept), Mount("/frontend", asked)]


def _token(host: str) -> str | None:
    given = os.environ.get("DASHBOARD_TOKEN")
    if given is not None and len(given) < SHORTEST_TOKEN:
        raise UsageFailure(f"DASHBOARD_TOKEN is too short to keep others out: {SHORTEST_TOKEN} characters at least.")
    return given or (None if host in LOOPBACK else secrets.token_urlsafe(SHORTEST_TOKEN))


def _address(host: str, port: int) -> str:
    shown = socket.gethostname() if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
