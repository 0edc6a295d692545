"""Tokens: the header they go into, their renewal, and that no request follows a refused token."""

import json
import stat
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from figma_warehouse.sandbox import AcceptedTokens, HttpAnswer, Server, SimulatedClock
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused, TokenRefused, Unreachable
from figma_warehouse.source.api.tokens import FixedToken, OAuthToken, TokenAbout
from tests.fixtures.in_memory_organisation import HOME, TEAM, InMemoryOrganisation
from tests.fixtures.paths import at, unregistered
from tests.fixtures.stub_server import ReceivedRequest, Reply, json_reply, stub_server

WHO, FOLDERS = unregistered("/v1/me", 3), at(f"/v2/teams/{TEAM.id}/folders")
REFRESH = "/v1/oauth/refresh"
DAYS_90 = 90 * 86_400


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_795_000_000_000)


@pytest.fixture
def tokens(server: Server, drafts: InMemoryOrganisation, clock: SimulatedClock) -> Iterator[AcceptedTokens]:
    """The server's tokens, fresh for this test, on the simulated clock."""
    before = server.tokens
    server.tokens = AcceptedTokens(drafts.token, clock)
    yield server.tokens
    server.tokens = before


@pytest.fixture
def oauth(server: Server, tokens: AcceptedTokens, clock: SimulatedClock, tmp_path: Path) -> Callable[..., OAuthToken]:
    """The OAuth token of an app, stored in a file."""

    def make(**other: str) -> OAuthToken:
        given = {
            "client_id": tokens.client_id,
            "client_secret": tokens.client_secret,
            "refresh_token": tokens.refresh_token,
        }
        return OAuthToken(
            **(given | other), base_url=server.base_url, path=tmp_path / "oauth.json", backoff=0.01, clock=clock
        )

    return make


def connect(server: Server, token: OAuthToken) -> FigmaClient:
    return FigmaClient(token, server.base_url, backoff=0.01)


def refreshes(server: Server) -> int:
    return sum(request.path == REFRESH for request in server.requests)


def test_an_access_token_is_requested_once_stored_for_its_owner_only_and_reused(
    server: Server, oauth: Callable[..., OAuthToken], tmp_path: Path, clock: SimulatedClock
) -> None:
    for _ in range(2):
        assert connect(server, oauth()).get(WHO)["handle"] == "warehouse-bot"
    assert refreshes(server) == 1
    path = tmp_path / "oauth.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"oauth.json", "oauth.json.lock"}
    obtained_at = datetime.fromtimestamp(clock.now() / 1000, UTC)
    assert oauth().about() == TokenAbout(
        "OAuth access token", 90, obtained_at, obtained_at + timedelta(seconds=DAYS_90)
    )
    assert set(json.loads(path.read_text())) == {"app", "access_token", "obtained_at", "expires_at"}


def test_an_access_token_is_renewed_before_it_expires(
    server: Server, oauth: Callable[..., OAuthToken], clock: SimulatedClock
) -> None:
    api = connect(server, oauth())
    api.get(WHO)
    clock.sleep(DAYS_90 - 7_200)
    api.get(WHO)
    assert refreshes(server) == 1
    clock.sleep(7_200 - 1_800)
    api.get(WHO)
    assert refreshes(server) == 2
    assert [request.status for request in server.requests] == [200] * 5


def test_a_short_lived_token_is_not_renewed_with_every_request(
    server: Server, tokens: AcceptedTokens, oauth: Callable[..., OAuthToken], clock: SimulatedClock
) -> None:
    tokens.expires_in = 600
    api = connect(server, oauth())
    for _ in range(5):
        api.get(WHO)
        clock.sleep(100)
    assert refreshes(server) == 1
    clock.sleep(60)
    api.get(WHO)
    assert refreshes(server) == 2


def test_a_refused_access_token_is_renewed_once_and_the_request_repeated(
    server: Server, tokens: AcceptedTokens, oauth: Callable[..., OAuthToken]
) -> None:
    api = connect(server, oauth())
    api.get(WHO)
    tokens.expire()
    assert api.get(FOLDERS)["name"] == TEAM.name
    assert [(request.path, request.status) for request in server.requests[2:]] == [
        (str(FOLDERS), 403),
        (REFRESH, 200),
        (str(FOLDERS), 200),
    ]
    assert api.meter.wait_seconds == 0


def test_threads_renew_a_refused_token_together(
    server: Server, tokens: AcceptedTokens, oauth: Callable[..., OAuthToken]
) -> None:
    api = connect(server, oauth())
    api.get(WHO)
    tokens.expire()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                api.get(FOLDERS)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert refreshes(server) == 2


def test_a_token_that_another_process_renewed_is_taken_from_the_file(
    server: Server, oauth: Callable[..., OAuthToken], clock: SimulatedClock
) -> None:
    one, other = connect(server, oauth()), connect(server, oauth())
    one.get(WHO)
    other.get(WHO)
    clock.sleep(DAYS_90 - 1)
    one.get(WHO)
    other.get(WHO)
    assert refreshes(server) == 2


def test_a_renewed_token_that_is_refused_too_ends_the_run(server: Server, oauth: Callable[..., OAuthToken]) -> None:
    api = connect(server, oauth())
    server.script(f"{WHO}$", *[HttpAnswer(403, b'{"status":403,"err":"Invalid token"}')] * 2)
    with pytest.raises(TokenRefused, match="refused the token"):
        api.get(WHO)
    spent = len(server.requests)
    with pytest.raises(TokenRefused):
        api.get(FOLDERS)
    assert len(server.requests) == spent == 4


def test_a_token_that_other_runs_keep_replacing_is_renewed_each_time(
    server: Server, tokens: AcceptedTokens, oauth: Callable[..., OAuthToken]
) -> None:
    """Other runs with the same app and user do that: each renewal there invalidates the token here."""
    api = connect(server, oauth())
    for _ in range(4):
        assert api.get(WHO)["handle"] == "warehouse-bot"
        tokens.expire()
    assert refreshes(server) == 4


def test_a_stored_token_that_others_have_replaced_too_is_renewed(
    server: Server, tokens: AcceptedTokens, oauth: Callable[..., OAuthToken]
) -> None:
    one, other = connect(server, oauth()), connect(server, oauth())
    one.get(WHO)
    other.get(WHO)
    tokens.expire()
    other.get(WHO)
    tokens.expire()
    assert one.get(WHO)["handle"] == "warehouse-bot"
    assert refreshes(server) == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"refresh_token": "figur_wrong-secret"}, "Invalid refresh token"),
        ({"client_secret": "wrong-secret"}, "Invalid client credentials"),
        ({"client_id": "wrong-secret"}, "Invalid client credentials"),
    ],
)
def test_a_wrong_client_or_refresh_token_is_named_and_ends_the_run(
    server: Server, oauth: Callable[..., OAuthToken], wrong: dict[str, str], words: str
) -> None:
    api = connect(server, oauth(**wrong))
    with pytest.raises(TokenRefused, match=words) as raised:
        api.get(WHO)
    with pytest.raises(TokenRefused):
        api.get(FOLDERS)
    assert [request.path for request in server.requests] == [REFRESH]
    assert api.meter.total == 0
    assert "client_id, client_secret and refresh_token" in str(raised.value)
    assert "wrong-secret" not in "".join(traceback.format_exception(raised.value))


def test_a_token_refresh_that_fails_temporarily_is_retried(server: Server, oauth: Callable[..., OAuthToken]) -> None:
    faults = [HttpAnswer(502, b"<html>"), HttpAnswer(200, b"{}"), HttpAnswer(200, b"{"), HttpAnswer(202, b"")]
    server.script(REFRESH, *faults)
    assert connect(server, oauth()).get(WHO)["handle"] == "warehouse-bot"
    assert refreshes(server) == len(faults) + 1
    server.script(REFRESH, *[HttpAnswer(500)] * 5)
    other = oauth(client_id="other")
    with pytest.raises(Unreachable, match="HTTP 500"):
        connect(server, other).get(WHO)


def test_a_token_refresh_that_fails_is_not_retried_after_a_stop() -> None:
    def answer(_: ReceivedRequest) -> Reply:
        api.stop.trigger("SIGTERM")
        return Reply(502)

    began = time.monotonic()
    with stub_server(answer) as figma:
        api = FigmaClient(OAuthToken("a", "b", "c", figma.base_url, backoff=600), figma.base_url)
        with pytest.raises(Refused, match="put off: ended early: SIGTERM"):
            api.get(WHO)
    assert figma.paths == [REFRESH]
    assert time.monotonic() - began < 20, "it waited for the next try"


def test_a_token_refresh_goes_to_the_base_url_and_its_failures_contain_no_secret() -> None:
    with stub_server(lambda _: json_reply({"access_token": "figu_1", "expires_in": 900})) as government:
        token = OAuthToken("app", "client-secret", "refresh-secret", f"{government.base_url}/gov/", backoff=0.01)
        FigmaClient(token, f"{government.base_url}/gov/").get(WHO)
    assert government.paths == ["/gov/v1/oauth/refresh", "/gov/v1/me"]
    assert government.requests[1].headers["Authorization"] == "Bearer figu_1"
    nowhere = OAuthToken("app", "client-secret", "refresh-secret", "http://127.0.0.1:1", backoff=0.001)
    with pytest.raises(Unreachable) as raised:
        FigmaClient(nowhere, "http://127.0.0.1:1").get(WHO)
    shown = "".join(traceback.format_exception(raised.value)) + repr(nowhere) + repr(vars(FixedToken("a-secret")))
    assert "-secret" not in shown.replace("a-secret", "")


def test_a_refused_token_refresh_shows_none_of_the_secrets_that_it_repeats() -> None:
    words = f"{'x' * 480} refresh-secret {'y' * 9} client-secret"
    with (
        stub_server(lambda _: json_reply({"error": True, "message": words}, 400)) as figma,
        pytest.raises(TokenRefused) as raised,
    ):
        FigmaClient(OAuthToken("app", "client-secret", "refresh-secret", figma.base_url), figma.base_url).get(WHO)
    assert "xxx (a token) yyy" in str(raised.value)
    assert "refresh-" not in str(raised.value)
    assert "client-" not in str(raised.value)


def test_a_redirected_token_refresh_is_not_followed() -> None:
    with stub_server(lambda _: json_reply({"access_token": "stolen"})) as thief:
        moved = json_reply({}, 307, Location=f"{thief.base_url}{REFRESH}")
        with stub_server(lambda _: moved) as figma, pytest.raises(Unreachable):
            FigmaClient(OAuthToken("a", "b", "c", figma.base_url, backoff=0.001), figma.base_url).get(WHO)
        assert thief.requests == []


@pytest.mark.parametrize("token", ["figu_secret\nX: y", "figu_secret\u2713", "", None, 5])
def test_an_invalid_access_token_is_neither_stored_nor_shown(tmp_path: Path, token: object) -> None:
    path = tmp_path / "oauth.json"
    with stub_server(lambda _: json_reply({"access_token": token, "expires_in": 100})) as figma:
        oauth = OAuthToken("app", "b", "c", figma.base_url, path, backoff=0.001)
        with pytest.raises(Unreachable) as raised:
            FigmaClient(oauth, figma.base_url).get(WHO)
    assert set(figma.paths) == {REFRESH}
    assert not path.exists()
    assert "figu_secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("life", ["1e999", "NaN", "1e300", "-1e999", "-5", "1" + "0" * 400, "400000000"])
def test_a_token_with_an_impossible_life_is_not_stored(tmp_path: Path, life: str) -> None:
    answer = Reply(200, b'{"access_token":"figu_1","expires_in":%s}' % life.encode())
    with stub_server(lambda _: answer) as figma:
        oauth = OAuthToken("app", "b", "c", figma.base_url, tmp_path / "oauth.json", backoff=0.001)
        with pytest.raises(Unreachable):
            FigmaClient(oauth, figma.base_url).get(WHO)
    assert oauth.about() == TokenAbout("OAuth access token", 90)


@pytest.mark.parametrize(
    "odd",
    [
        {"access_token": "figu_1\nX: y"},
        {"access_token": 5},
        {"expires_at": float("inf")},
        {"expires_at": float("nan")},
        {"obtained_at": 1e300, "expires_at": 1e300},
        {"obtained_at": 10**400, "expires_at": 10**400},
        {"obtained_at": "long ago"},
    ],
)
def test_a_malformed_token_in_the_file_is_ignored(
    server: Server, oauth: Callable[..., OAuthToken], tmp_path: Path, odd: dict[str, object]
) -> None:
    connect(server, oauth()).get(WHO)
    path = tmp_path / "oauth.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | odd))
    assert oauth().about() == TokenAbout("OAuth access token", 90)
    connect(server, oauth()).get(WHO)
    assert refreshes(server) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"app": "x"}'])
def test_a_broken_token_file_is_ignored(
    server: Server, oauth: Callable[..., OAuthToken], tmp_path: Path, content: str
) -> None:
    (tmp_path / "oauth.json").write_text(content)
    assert oauth().about() == TokenAbout("OAuth access token", 90)
    connect(server, oauth()).get(WHO)
    assert refreshes(server) == 1


def test_the_access_token_of_another_app_is_not_used(server: Server, oauth: Callable[..., OAuthToken]) -> None:
    connect(server, oauth()).get(WHO)
    with pytest.raises(TokenRefused):
        connect(server, oauth(client_id="other")).get(WHO)


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("figd_abc", "personal access token"),
        ("figu_abc", "OAuth access token"),
        ("12-abc", "plan access token, or an old personal one"),
    ],
)
def test_the_kind_of_a_token_is_known_by_its_prefix(secret: str, kind: str) -> None:
    assert FixedToken(secret).about().kind == kind


def test_after_a_refused_token_no_thread_sends_another_request() -> None:
    """Three requests are in progress when the first is refused; those that still wait are not sent."""
    under_way = threading.Barrier(3)

    def answer(_: ReceivedRequest) -> Reply:
        under_way.wait(timeout=10)
        return json_reply({"status": 403, "err": "Invalid token"}, 403)

    failures: list[BaseException] = []
    with stub_server(answer) as figma:
        api = FigmaClient("figd_x", figma.base_url, backoff=0.01)

        def work() -> None:
            for _ in range(4):
                try:
                    api.get(at(f"/v1/files/{HOME}"))
                except TokenRefused as error:
                    failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(failures) == 12
    assert len(figma.requests) == api.meter.total == 3


def test_a_netrc_file_adds_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with stub_server(lambda _: json_reply({})) as figma:
        FigmaClient("figd_x", figma.base_url).get(WHO)
    assert figma.requests[0].headers["X-Figma-Token"] == "figd_x"
    assert "Authorization" not in figma.requests[0].headers
