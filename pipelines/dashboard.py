"""The dashboards, served: every notebook as a page of its own behind one index."""

import html
import importlib
import os
import secrets
import socket
from collections.abc import Callable, Collection, Mapping
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

from notebooks.parts.page import as_of, counted, no_data, old_notice
from notebooks.parts.pages import PAGES, Page
from notebooks.parts.publication import AGE_SCRIPT
from notebooks.parts.published import published_file
from notebooks.parts.summary import Line, Summary, read_summary
from pipelines.failures import UsageFailure
from pipelines.figma.hosts import LOOPBACK
from pipelines.gate import PARAMETER, Gate
from pipelines.lineage import lineage_file
from pipelines.listening import listen
from pipelines.settings import PROJECT, DataDir, assets_url

NOTEBOOKS = PROJECT / "notebooks"
FRONTEND = Path(marimo.__file__).parent / "_static"
SHORTEST_TOKEN = 16
# a reader who does not read, or a browser that connects while the server stops, would keep it for ever
STOPPING_SECONDS = 3
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # what they are called
# marimo's own would take every request of a page into its hands, for files that no page of ours has
IDLE_WORKER = "self.addEventListener('install', () => self.skipWaiting());"
LINEAGE = Page("lineage", "Lineage", "Where does each figure come from, and what does each column mean?", "")
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
    --text: #11181c; --page: #fff; --quiet: #565b64; --line: #b9bec7; --ground: #f5f6f8;
    --warned: #8a4b00; --warned-ground: #fff6e5 }
@media (prefers-color-scheme: dark) {
    :root { --text: #eceeed; --page: #181c1a; --quiet: #b3b8c2; --line: #5a606a; --ground: #24272c;
        --warned: #ffc266; --warned-ground: #33260f }
}
body { max-width: 46rem; margin: 8vh auto; padding: 0 1.5rem }
h1 { margin-bottom: .2rem }
p { margin: 0 }
.quiet { color: var(--quiet) }
.notice { padding: .75rem 1rem; border: 1px solid var(--line); border-left-width: 4px; border-radius: .4rem;
    background: var(--ground); margin-top: 1rem }
.notice.warning { border-color: var(--warned); background: var(--warned-ground) }
.notice a { color: inherit }
.old:not([hidden]) + .notice { display: none }
code { overflow-wrap: anywhere }
ul { list-style: none; padding: 0 }
li a { color: inherit; text-decoration: none; display: block; padding: .8rem 1.25rem; margin: .6rem 0;
    border: 1px solid var(--line); border-radius: .6rem }
li a:hover, a:focus-visible { border-color: currentColor; outline: 1px solid currentColor }
strong, li span { display: block }
.notice strong { display: inline }
.answer { margin-top: .2rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden }
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
    importlib.import_module("notebooks.overview")
    tell(_address(host, listener.getsockname()[1]) + (f"/?{PARAMETER}={quote(token)}" if token else ""))
    server.run(sockets=[listener])


def notebook(page: Page) -> Path:
    """Return the notebook of a page."""
    return NOTEBOOKS / f"{page.name}.py"


def index_page(addresses: Mapping[Page, str], summary: Summary) -> str:
    """Return the page that leads to all others: what the data is of, what is wrong with it, what each page answers."""
    overview = next(address for page, address in addresses.items() if page.name == "overview")
    cards = "".join(_card(page, address, summary.answers.get(page.name)) for page, address in addresses.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        f"<title>Figma warehouse</title><style>{STYLE}</style>{AGE_SCRIPT}"
        f"<main><h1>Figma warehouse</h1>{_state(summary, overview)}<ul>{cards}</ul></main></html>"
    )


def _card(page: Page, address: str, answer: Line | None) -> str:
    answered = f'<span class="answer">{answer.html()}</span>' if answer else ""
    return (
        f'<li><a href="{address}"><strong>{html.escape(page.title)}</strong>'
        f'<span class="quiet">{html.escape(page.question)}</span>{answered}</a></li>'
    )


def _state(summary: Summary, overview: str) -> str:
    """Say how fresh the data is, and the first thing that is wrong with it."""
    if not summary.is_readable:
        return _notice(_unreadable(), "warning")
    if summary.fresh is None:
        return _notice(no_data())
    missing = summary.fresh.files_expected - summary.fresh.files_current
    notice = ""
    if summary.has_failed:
        notice = _notice("The last run failed. <code>figma-warehouse status</code> says why.", "warning")
    elif missing:
        files = counted(missing, "file is", "files are")
        notice = _notice(f'{files} not at the current version. <a href="{overview}">Overview</a> says why.')
    return f'<p class="quiet">{as_of(summary.fresh, "%A %-d %B %Y")}</p>{old_notice(None)}{notice}'


def _unreadable() -> str:
    place = html.escape(str(published_file()))
    return (
        f"<strong>The data cannot be read now.</strong> Another program holds <code>{place}</code>, or it is damaged; "
        "the next <code>figma-warehouse run</code> publishes it anew."
    )


def _notice(words: str, kind: str = "neutral") -> str:
    return f'<div class="notice {kind}" role="note">{words}</div>'


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
