"""The dashboards, served: every notebook as a page of its own behind one index."""

import html
import importlib
import os
import secrets
import socket
import threading
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

from notebooks.parts.pages import PAGES, Page
from pipelines.failures import UsageFailure
from pipelines.figma.hosts import LOOPBACK
from pipelines.gate import PARAMETER, Gate
from pipelines.lineage import lineage_file
from pipelines.settings import PROJECT, DataDir, assets_url

NOTEBOOKS = PROJECT / "notebooks"
FRONTEND = Path(marimo.__file__).parent / "_static"
SHORTEST_TOKEN = 16
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # what they are called
# marimo's own would take every request of a page into its hands, for files that no page of ours has
IDLE_WORKER = "self.addEventListener('install', () => self.skipWaiting());"
LINEAGE = Page("lineage", "Lineage", "Where does each figure come from, and what does each column mean?", "")
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 42rem; margin: 8vh auto; padding: 0 1.5rem }
ul { list-style: none; padding: 0 }
a { color: inherit; text-decoration: none; display: block; padding: .8rem 1.25rem; margin: .6rem 0;
    border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .6rem }
a:hover, a:focus-visible { border-color: currentColor; outline: 1px solid currentColor }
strong { display: block }
"""


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
        return HTMLResponse(index_page({page: f"{page.name}/" for page in PAGES} | {LINEAGE: "lineage.html"}))

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
    listener = _listener(host, port)
    server = uvicorn.Server(uvicorn.Config(dashboard_app(data, token), log_level="warning"))
    # what every page imports, so that the first reader does not wait for it
    threading.Thread(target=importlib.import_module, args=("notebooks.overview",), daemon=True).start()
    tell(_address(host, listener.getsockname()[1]) + (f"/?{PARAMETER}={quote(token)}" if token else ""))
    server.run(sockets=[listener])


def notebook(page: Page) -> Path:
    """Return the notebook of a page."""
    return NOTEBOOKS / f"{page.name}.py"


def index_page(addresses: dict[Page, str]) -> str:
    """Return the page that leads to all others."""
    links = "".join(
        f'<li><a href="{address}"><strong>{html.escape(page.title)}</strong>{html.escape(page.question)}</a></li>'
        for page, address in addresses.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        f"<title>Figma warehouse</title><style>{STYLE}</style>"
        f"<main><h1>Figma warehouse</h1><ul>{links}</ul></main></html>"
    )


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


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OverflowError as error:
        raise UsageFailure(f"Port {port} is none. Choose one up to 65535.") from error
    except OSError as error:
        raise UsageFailure(
            f"{host}:{port} cannot be listened on: {error.strerror or error}. Choose another --port (0 takes a free"
            " one) or --host."
        ) from error
    listener.listen()
    return listener
