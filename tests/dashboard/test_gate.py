"""The gate: whom it answers, by requests over HTTP as browsers and strangers make them."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from figma_warehouse.dashboard.gate import Gate, read_key
from figma_warehouse.dashboard.server import Kept, serve_dashboard
from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure

TOKEN = "a-token-of-some-length"
SECONDS = 20


async def _greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("data")
    await socket.close()


@contextmanager
def gated(token: str | None) -> Iterator[str]:
    app = Starlette(
        routes=[
            Route("/page", lambda request: PlainTextResponse(str(request.query_params))),
            WebSocketRoute("/ws", _greet),
        ]
    )
    with served(Gate(app, token)) as host:
        yield host


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def open_house() -> Iterator[str]:
    with gated(None) as host:
        yield host


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    with gated(TOKEN) as host:
        yield host


def status(address: str, **headers: str) -> int:
    return requests.get(address, headers=headers, timeout=SECONDS, allow_redirects=False).status_code


def hears(host: str, **headers: str) -> bool:
    """Whether a WebSocket is answered with data."""
    try:
        with connect(f"ws://{host}/ws", additional_headers=headers) as heard:
            return heard.recv() == "data"
    except InvalidStatus:
        return False


def test_without_a_token_the_gate_answers_loopback_hosts_only(open_house: str) -> None:
    assert status(f"http://{open_house}/page") == requests.codes.ok
    assert status(f"http://{open_house}/page", Host="evil.example") == requests.codes.forbidden
    assert hears(open_house)


def test_requests_from_another_site_are_refused(open_house: str) -> None:
    assert status(f"http://{open_house}/page", Origin=f"http://{open_house}") == requests.codes.ok
    assert status(f"http://{open_house}/page", Origin="https://evil.example") == requests.codes.forbidden
    assert not hears(open_house, Origin="https://evil.example")


def test_malformed_headers_are_refused(open_house: str, locked: str) -> None:
    assert status(f"http://{open_house}/page", Origin="http://[") == requests.codes.forbidden
    assert status(f"http://{open_house}/page", Host="[") in (requests.codes.forbidden, requests.codes.bad_request)
    assert status(f"http://{locked}/page", Cookie='figma_warehouse="\xe9"') == requests.codes.unauthorized


def test_with_a_token_only_its_bearer_is_answered(locked: str) -> None:
    assert status(f"http://{locked}/page") == requests.codes.unauthorized
    assert status(f"http://{locked}/page?access_token=guess") == requests.codes.unauthorized
    assert status(f"http://{locked}/page", Cookie="figma_warehouse=guess") == requests.codes.unauthorized
    assert not hears(locked)


def test_the_token_opens_a_session_and_leaves_the_address(locked: str) -> None:
    session = requests.Session()

    answer = session.get(f"http://{locked}/page?team=t1&access_token={TOKEN}", timeout=SECONDS)

    assert (answer.url, answer.text) == (f"http://{locked}/page?team=t1", "team=t1")
    assert TOKEN not in str(session.cookies)
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    assert hears(locked, Cookie=cookie)


def test_links_from_other_sites_open_pages_of_an_open_session(locked: str) -> None:
    answer = requests.get(f"http://{locked}/page?access_token={TOKEN}", timeout=SECONDS, allow_redirects=False)

    # browsers send such a cookie along with a link, and not with a form, a picture or a script of another site
    assert "SameSite=lax" in answer.headers["set-cookie"]


def test_a_reader_without_the_token_in_the_address_can_type_it(locked: str) -> None:
    session, address = requests.Session(), f"http://{locked}/page?team=t1"
    form = session.get(address, timeout=SECONDS)
    wrong = session.post(address, {"access_token": "guess"}, timeout=SECONDS)
    elsewhere = {"Origin": "https://evil.example"}
    forged = session.post(address, {"access_token": TOKEN}, headers=elsewhere, timeout=SECONDS)
    right = session.post(address, {"access_token": TOKEN + "\n"}, timeout=SECONDS)

    assert [answer.status_code for answer in (form, wrong, forged, right)] == [401, 401, 403, 200]
    fields = re.findall(r'<form method="(.*?)">|<input .*? name="(.*?)"', form.text)
    assert fields == [("post", ""), ("", "access_token")]
    assert ["That is not the token." in answer.text for answer in (form, wrong)] == [False, True]
    assert (right.url, right.text) == (address, "team=t1")


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "dashboard.key"

    first, again = read_key(path), read_key(path)

    assert first == again == path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"short")
    assert read_key(path) not in (first, b"short")
    assert len(read_key(Path("/proc/nowhere/dashboard.key"))) == 32


def test_an_address_with_a_token_redirects_to_no_other_host(locked: str) -> None:
    address = f"http://{locked}//evil.example/?access_token={TOKEN}"

    answer = requests.get(address, timeout=SECONDS, allow_redirects=False)

    assert answer.headers["location"] == "/evil.example/"


def test_a_short_token_prevents_the_start(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_TOKEN", "short")

    with pytest.raises(UsageFailure, match="too short"):
        serve_dashboard(data, "0.0.0.0", 0, print, print)


def test_a_kept_page_is_requested_once_and_without_data_of_its_first_reader() -> None:
    requested: list[str] = []

    async def answer(request: Request) -> Response:
        requested.append(request.url.path)
        received = {"query": str(request.query_params), "cookie": request.headers.get("cookie", "")}
        return JSONResponse(received, 503 if requested == ["/kept"] else 200)

    app = Starlette(routes=[Route("/{name}", answer)])
    with served(Kept(app, ["/kept"])) as host:
        busy, first, again = (
            requests.get(f"http://{host}/kept?team={team}", cookies={"who": team}, timeout=SECONDS) for team in "abc"
        )
        other = requests.get(f"http://{host}/other?team=d", timeout=SECONDS)

    assert [busy.status_code, first.status_code, again.status_code] == [503, 200, 200]
    assert first.json() == again.json() == {"query": "", "cookie": ""}
    assert other.json()["query"] == "team=d"
    assert requested == ["/kept", "/kept", "/other"]
