"""Access to the dashboards: readers need the token if one is set, and no other site may make requests."""

import secrets
from http import HTTPStatus
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from figma_warehouse.dashboard.templating import render
from figma_warehouse.files import PRIVATE, write_whole
from figma_warehouse.logs import LOG
from figma_warehouse.source.api.safe_hosts import LOOPBACK

PARAMETER = "access_token"
COOKIE = "figma_warehouse"
KEY_BYTES = 32
MAX_FORM_BYTES = 4096


class Gate:
    """Passes a request on to the application, or refuses it.

    Without a token, the gate answers requests to loopback hosts only, because a foreign host name may resolve to this
    machine. With a token, an address that carries it, or a form that contains it, opens a session: the gate sets a
    cookie and redirects at once, so that the token does not stay in the browser's history. Links from other sites open
    pages of an open session. The gate refuses all other requests from pages of other sites.

    The cookie holds `session`; without one, all sessions end with this object.
    """

    def __init__(self, app: ASGIApp, token: str | None, session: str | None = None) -> None:
        self._app = app
        self._token = token
        self._session = session or secrets.token_urlsafe(KEY_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None and refusal.status_code == HTTPStatus.UNAUTHORIZED and _is_form(scope, headers):
            refusal = self._open_session(scope, await _typed_token(receive), is_typed=True)
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
        return self._open_session(scope, QueryParams(scope["query_string"]).get(PARAMETER, ""))

    def _open_session(self, scope: Scope, given: str, *, is_typed: bool = False) -> Response:
        query = QueryParams(scope["query_string"])
        if not secrets.compare_digest(given.encode(), (self._token or "").encode()):
            form = render("sign_in.html", parameter=PARAMETER, is_wrong=is_typed or bool(given))
            return HTMLResponse(form, HTTPStatus.UNAUTHORIZED, {"cache-control": "no-store"})
        kept = urlencode([pair for pair in query.multi_items() if pair[0] != PARAMETER])
        # a browser reads a path that begins with two slashes as another host
        path = "/" + scope["path"].lstrip("/") + (f"?{kept}" if kept else "")
        answer = RedirectResponse(path, status_code=303)
        answer.set_cookie(COOKIE, self._session, httponly=True, samesite="lax")
        return answer


def read_key(path: Path) -> bytes:
    """Return the key in a file that only its owner can read. It is made if it does not exist.

    If the file can be neither read nor written, this logs a warning and returns a key that is stored nowhere.
    """
    key = secrets.token_bytes(KEY_BYTES)
    try:
        if path.exists() and len(stored := path.read_bytes()) >= KEY_BYTES:
            path.chmod(PRIVATE)
            return stored
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, key)
    except OSError as error:
        LOG.warning("%s cannot be used (%s): sessions end with this server", path, error.strerror)
    return key


def _is_form(scope: Scope, headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(scope["type"] == "http" and scope["method"] == "POST" and kind == "application/x-www-form-urlencoded")


async def _typed_token(receive: Receive) -> str:
    """Return the token in the form of the sign-in page; "" if there is none."""
    body = b""
    while len(body) < MAX_FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return QueryParams(body[:MAX_FORM_BYTES]).get(PARAMETER, "").strip()


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
