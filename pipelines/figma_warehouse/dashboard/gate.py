"""Who may read the dashboards: readers with the token where one is set, and no other site's scripts in any case."""

import html
import secrets
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from figma_warehouse.source.api.safe_hosts import LOOPBACK

PARAMETER = "access_token"
COOKIE = "figma_warehouse"


class Gate:
    """Lets a request through to the application, or answers it.

    Without a token only hosts of this machine are answered, so that no foreign name that resolves to it gets anything.
    With one, the address that carries it opens a session by a cookie and is left at once, so that the token stays out
    of the history. A request that another site's page makes is refused.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token
        self._session = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await refusal(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if origin is not None and _host(origin) != host:
            return _page("Another site asked for this.", 403)
        if self._token is None:
            return None if _name(host) in LOOPBACK else _page("Open the address that was printed.", 403)
        if secrets.compare_digest(_cookie(headers).encode(), self._session.encode()):
            return None
        return self._opened(scope, self._token)

    def _opened(self, scope: Scope, token: str) -> Response:
        query = QueryParams(scope["query_string"])
        if not secrets.compare_digest(query.get(PARAMETER, "").encode(), token.encode()):
            return _page("Open the address that was printed at the start: it carries the token.", 401)
        kept = urlencode([pair for pair in query.multi_items() if pair[0] != PARAMETER])
        # a path that began with two slashes would be read as another host
        path = "/" + scope["path"].lstrip("/") + (f"?{kept}" if kept else "")
        answer = RedirectResponse(path, status_code=303)
        answer.set_cookie(COOKIE, self._session, httponly=True, samesite="strict")
        return answer


def _page(words: str, status: int) -> Response:
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Figma warehouse</title>'
    return HTMLResponse(f"{head}<p>{html.escape(words)}</p></html>", status_code=status)


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _cookie(headers: Headers) -> str:
    found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    return found.value if found else ""
