"""The dashboards: every notebook served as a page of its own behind one index, on this machine alone."""

import ast
import html
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import marimo
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from pipelines.failures import UsageFailure
from pipelines.settings import PROJECT, DataDir

NOTEBOOKS = PROJECT / "notebooks"
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 42rem; margin: 12vh auto; padding: 0 1.5rem }
a { color: inherit; text-decoration: none; display: block; padding: 1rem 1.25rem; margin: .75rem 0;
    border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .6rem }
a:hover, a:focus { border-color: currentColor }
strong { display: block }
"""


@dataclass(frozen=True)
class Page:
    """One notebook: its file name without ending, its title and the question it answers, from its docstring."""

    name: str
    title: str
    question: str
    path: Path


def find_pages(folder: Path = NOTEBOOKS) -> list[Page]:
    """Return the marimo notebooks of a folder in the order of their names."""
    return [_page(path) for path in sorted(folder.glob("*.py")) if "marimo.App(" in path.read_text()]


def dashboard_app(data: DataDir) -> Starlette:
    """Return the index and all pages as one ASGI application that reads the published file of `data`."""
    os.environ["DATA_DIR"] = str(data.root)
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    pages = find_pages()
    server = marimo.create_asgi_app(include_code=False, quiet=True)
    for page in pages:
        server = server.with_app(path=f"/{page.name}", root=str(page.path))

    async def index(_: Request) -> HTMLResponse:
        return HTMLResponse(_index(pages))

    return Starlette(routes=[Route("/", index), Mount("/", server.build())])


def serve_dashboard(data: DataDir, port: int, tell: Callable[[str], None]) -> None:
    """Serve the dashboards on 127.0.0.1 until interrupted; `tell` gets the address. Port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise UsageFailure(f"Port {port} is taken. Choose another with --port, or 0 for any free one.") from error
    server = uvicorn.Server(uvicorn.Config(dashboard_app(data), log_level="warning"))
    listener.listen()
    tell(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server.run(sockets=[listener])


def _page(path: Path) -> Page:
    lines = (ast.get_docstring(ast.parse(path.read_text())) or path.stem).splitlines()
    return Page(path.stem, path.stem.replace("_", " ").capitalize(), lines[0], path)


def _index(pages: list[Page]) -> str:
    links = "".join(
        f'<a href="{page.name}/"><strong>{html.escape(page.title)}</strong>{html.escape(page.question)}</a>'
        for page in pages
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        f"<title>Figma warehouse</title><style>{STYLE}</style><h1>Figma warehouse</h1>{links}</html>"
    )
