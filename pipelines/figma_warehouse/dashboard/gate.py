"""Access to the dashboards: readers need the token if one is set, and no other site may make requests."""

import secrets
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from figma_warehouse.dashboard.templating import render
from figma_warehouse.source.api.safe_hosts import LOOPBACK

PARAMETER = "access_token"
COOKIE = "figma_warehouse"


class Gate:
    """Passes a request on to the application, or refuses it.

    Without a token, the gate answers requests to loopback hosts only, because a foreign host name may resolve to this
    machine. With a token, an address that carries it opens a session: the gate sets a cookie and redirects at once, so
    that the token does not stay in the browser's history. The gate refuses requests from pages of other sites.
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
        if origin is not None and _origin_host(origin) != host:
            return _refusal_page("This request comes from another site.", 403)
        if self._token is None:
            is_local = _host_name(host) in LOOPBACK
            return None if is_local else _refusal_page("Open the address that the command printed.", 403)
        if secrets.compare_digest(_session_cookie(headers).encode(), self._session.encode()):
            return None
        return self._open_session(scope, self._token)

    def _open_session(self, scope: Scope, token: str) -> Response:
        query = QueryParams(scope["query_string"])
        if not secrets.compare_digest(query.get(PARAMETER, "").encode(), token.encode()):
            return _refusal_page("Open the address that the command printed: it contains the token.", 401)
        kept = urlencode([pair for pair in query.multi_items() if pair[0] != PARAMETER])
        # a browser reads a path that begins with two slashes as another host
        path = "/" + scope["path"].lstrip("/") + (f"?{kept}" if kept else "")
        answer = RedirectResponse(path, status_code=303)
        answer.set_cookie(COOKIE, self._session, httponly=True, samesite="strict")
        return answer


def _refusal_page(reason: str, status: int) -> Response:
    return HTMLResponse(render("refusal.html", reason=reason), status_code=status)


def _origin_host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _session_cookie(headers: Headers) -> str:
    found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    return found.value if found else ""
