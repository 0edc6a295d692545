"""Tokens, limits, retries, refusals and links, over real connections."""

import email.utils
import gzip
import json
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from dlt.common.configuration.utils import get_resolved_traces

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused, TokenRefused, Unreachable
from figma_warehouse.source.documents.fetch import fetch_document
from figma_warehouse.source.endpoints import EndpointPath
from figma_warehouse.source.pictures.rendering import fetch_fill_addresses
from tests.fixtures.in_memory_organisation import HOME, TEAM
from tests.fixtures.paths import at, unregistered
from tests.fixtures.stub_server import ReceivedRequest, Reply, json_reply, stub_server

Connect = Callable[..., FigmaClient]

TRIES = 5
ME = "/v1/me"
WHO = unregistered(ME, 3)
STYLES = f"/v1/teams/{TEAM.id}/styles"
HTML = b"<!DOCTYPE html><html><body>Sorry</body></html>"
HTML_TYPE = {"content-type": "text/html"}
CHALLENGE = {"content-type": "text/html", "x-amzn-waf-action": "challenge"}


def client_of(base_url: str, token: str = "figd_secret-9f86d081") -> FigmaClient:
    return FigmaClient(token, base_url, backoff=0.01)


def err(status: int, words: str) -> HttpAnswer:
    return HttpAnswer(status, json.dumps({"status": status, "err": words}).encode())


def refusal_of(api: FigmaClient, path: EndpointPath = WHO) -> Refused:
    with pytest.raises(Refused) as raised:
        api.get(path)
    return raised.value


@pytest.mark.parametrize(
    ("token", "header", "value"),
    [
        ("figd_abc", "X-Figma-Token", "figd_abc"),
        ("1234-of-another-kind", "X-Figma-Token", "1234-of-another-kind"),
        ("figu_abc", "Authorization", "Bearer figu_abc"),
    ],
)
def test_a_token_goes_into_the_header_of_its_kind_and_no_other(token: str, header: str, value: str) -> None:
    with stub_server(lambda _: json_reply({"id": "1"})) as figma:
        client_of(figma.base_url, token).get(WHO)
        list(client_of(figma.base_url, token).pages_by_cursor(at("/v1/teams/1/styles"), page_size=1000))
    assert len(figma.requests) == 2
    for request in figma.requests:
        sent = {name: text for name, text in request.headers.items() if token in text}
        assert sent == {header: value}
        assert token not in request.target


def test_every_request_accepts_gzip_and_has_a_user_agent() -> None:
    with stub_server(lambda _: json_reply({"id": "1"})) as figma:
        api = client_of(figma.base_url)
        api.get(WHO)
        list(api.pages_by_link(at("/v1/files/abc/versions")))
    for request in figma.requests:
        assert "gzip" in request.headers["Accept-Encoding"]
        assert "figma-warehouse" in request.headers["User-Agent"]
        assert "python-requests" not in request.headers["User-Agent"]


def test_a_compressed_answer_is_read_and_counted_uncompressed() -> None:
    body = json.dumps({"id": "x" * 5000}).encode()
    packed = Reply(200, gzip.compress(body), {"Content-Encoding": "gzip", "Content-Type": "application/json"})
    with stub_server(lambda _: packed) as figma:
        api = client_of(figma.base_url)
        assert api.get(WHO) == {"id": "x" * 5000}
        assert api.meter.bytes_received == len(body)


@pytest.mark.parametrize("token", ["figd_verysecret", "figu_verysecret", "plain-verysecret"])
def test_no_message_repr_or_log_record_shows_the_token(token: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        Reply(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'),
        Reply(302, b"", {"Location": "http://127.0.0.1:1/elsewhere"}),
        Reply(429, b"", {"Retry-After": "999999"}),
        *[Reply(500, HTML)] * TRIES,
        *[Reply(200, HTML)] * TRIES,
        Reply(403, b'{"status":403,"err":"Invalid token"}'),
    ]
    texts: list[str] = []
    with stub_server(lambda _: answers.pop(0)) as figma:
        api = client_of(figma.base_url, token)
        for tier in (2, 2, 3, 2, 2, 2):
            with pytest.raises((Refused, TokenRefused)) as raised:
                api.get(unregistered("/v2/a", tier))
            texts += [repr(raised.value), *traceback.format_exception(raised.value)]
        texts += [repr(api), repr(api.meter), repr(vars(api)), repr(vars(api._session)), repr(vars(api._traffic))]
    assert answers == []
    with pytest.raises(Unreachable) as unreachable:
        client_of("http://127.0.0.1:1", token).get(WHO)
    texts += [repr(unreachable.value), *traceback.format_exception(unreachable.value)]
    texts += [record.getMessage() for record in caplog.records] + [repr(vars(record)) for record in caplog.records]
    assert [text for text in texts if "verysecret" in text] == []


@pytest.mark.parametrize("token", ["figd_verysecret", "figu_verysecret", "plain-verysecret"])
def test_a_message_that_repeats_the_token_is_shown_without_it(token: str) -> None:
    echoes = [
        json_reply({"status": 403, "err": f"no: {token} was sent"}, 403),
        json_reply({"status": 404, "err": "x" * 495 + token}, 404),
        json_reply(
            {"status": 429, "err": token}, 429, **{"Retry-After": "999999", "X-Figma-Plan-Tier": f"{token}-plan"}
        ),
        *[json_reply({"err": f"no map, but {token}"})] * TRIES,
    ]
    with stub_server(lambda _: echoes.pop(0)) as figma:
        api = client_of(figma.base_url, token)
        refusals = [refusal_of(api, unregistered("/v2/a", tier)) for tier in (2, 2, 3)]
        with pytest.raises(Refused) as raised:
            fetch_fill_addresses(api, "K")
    assert [one.detail for one in refusals] == ["no: (a token) was sent", "x" * 495 + "(a to", "(a token)"]
    assert refusals[2].quota.plan == "(a token)-plan"
    assert raised.value.detail == "no map of images: no map, but (a token)"


def test_a_short_429_is_waited_out_and_each_attempt_is_counted(server: Server, api: FigmaClient) -> None:
    limited = HttpAnswer(429, b'{"status":429,"err":"Rate limit exceeded"}', {"Retry-After": "0"})
    server.script(ME, limited, HttpAnswer(429, limited.body, {"Retry-After": "1"}))
    assert api.get(WHO)["handle"] == "warehouse-bot"
    assert [request.status for request in server.requests] == [429, 429, 200]
    assert api.meter.requests == {1: 0, 2: 0, 3: 3}
    assert api.meter.wait_seconds == 1.0


def test_a_retry_after_that_is_a_date_is_waited_out(server: Server, api: FigmaClient) -> None:
    moment = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    server.script(ME, HttpAnswer(429, b"", {"Retry-After": past}), HttpAnswer(429, b"", {"Retry-After": moment}))
    assert api.get(WHO)["handle"] == "warehouse-bot"
    assert api.meter.requests[3] == 3
    assert 0 < api.meter.wait_seconds <= 2


def test_five_short_429s_in_a_row_become_rate_limited(server: Server, api: FigmaClient) -> None:
    server.script(ME, *[HttpAnswer(429, b'{"status":429,"err":"Slow down"}', {"Retry-After": "0"})] * TRIES)
    refusal = refusal_of(api)
    assert (refusal.reason, refusal.status, refusal.detail) == ("rate_limited", 429, "Slow down")
    assert refusal.retry_at is not None
    assert len(server.requests) == api.meter.requests[3] == TRIES


@pytest.mark.parametrize("as_date", [False, True])
def test_a_429_of_several_days_is_refused_at_once_with_retry_at(
    server: Server, api: FigmaClient, as_date: bool
) -> None:
    soonest = datetime.now(UTC) + timedelta(seconds=396_156)
    header = email.utils.format_datetime(soonest, usegmt=True) if as_date else "396156"
    server.script(ME, HttpAnswer(429, b"", {"Retry-After": header}))
    refusal = refusal_of(api)
    assert (refusal.reason, len(server.requests)) == ("rate_limited", 1)
    assert refusal.retry_at is not None
    slack = timedelta(seconds=2)
    assert soonest - slack <= refusal.retry_at <= datetime.now(UTC) + timedelta(seconds=396_156) + slack
    assert api.meter.wait_seconds == 0


def test_a_used_up_tier_gets_no_more_requests_and_the_others_do(server: Server, api: FigmaClient) -> None:
    server.script(f"/v1/files/{HOME}", HttpAnswer(429, b"", {"Retry-After": "396156"}))
    first = refusal_of(api, at(f"/v1/files/{HOME}"))
    server.reset_requests()
    for path in (f"/v1/files/{HOME}", "/v1/files/other", "/v1/files/other/nodes", "/v1/images/other"):
        refusal = refusal_of(api, at(path))
        assert (refusal.reason, refusal.retry_at) == ("rate_limited", first.retry_at)
    assert server.requests == []
    assert api.meter.requests == {1: 1, 2: 0, 3: 0}
    api.get(WHO)
    api.get(at(f"/v2/teams/{server.org.team_ids[0]}/folders"))
    assert server.spent == {1: 0, 2: 1, 3: 1}


def test_a_used_up_tier_opens_again_at_retry_at(server: Server, connect: Connect) -> None:
    api = connect(server, budget=Budget(longest_wait=0.5))
    server.script(ME, HttpAnswer(429, b"", {"Retry-After": "1"}))
    first = refusal_of(api)
    while first.retry_at is not None and datetime.now(UTC) < first.retry_at:
        pass
    assert api.get(WHO)["handle"] == "warehouse-bot"


@pytest.mark.parametrize("header", ["soon", "", "-5", "1.5", "Wed, 99 Foo 2026", "12 seconds"])
def test_a_malformed_retry_after_is_ignored(server: Server, api: FigmaClient, header: str) -> None:
    server.script(ME, HttpAnswer(429, b"", {"Retry-After": header}), HttpAnswer(429, b""))
    assert api.get(WHO)["handle"] == "warehouse-bot"
    assert api.meter.requests[3] == 3
    assert api.meter.wait_seconds < 1


@pytest.mark.parametrize("header", ["99999999999999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_huge_retry_after_is_still_a_refusal(server: Server, api: FigmaClient, header: str) -> None:
    server.script(ME, *[HttpAnswer(429, b"", {"Retry-After": header})] * TRIES)
    assert refusal_of(api).reason == "rate_limited"


TRANSIENT = [
    pytest.param(HttpAnswer(500, HTML, HTML_TYPE), "server_error", 500, id="500 with HTML"),
    pytest.param(HttpAnswer(502, HTML, HTML_TYPE), "server_error", 502, id="502 with HTML"),
    pytest.param(HttpAnswer(503), "server_error", 503, id="503 without a body"),
    pytest.param(HttpAnswer(504, b'{"status":504,"err":"timeout"}'), "server_error", 504, id="504"),
    pytest.param(HttpAnswer(cut=True), "connection_lost", None, id="cut connection"),
    pytest.param(HttpAnswer(202, b"", CHALLENGE), "waf_challenge", 202, id="202 challenge"),
    pytest.param(HttpAnswer(202, b"", HTML_TYPE), "waf_challenge", 202, id="202 without its header"),
    pytest.param(HttpAnswer(200, HTML, CHALLENGE), "waf_challenge", 200, id="200 challenge"),
    pytest.param(HttpAnswer(200, HTML, HTML_TYPE), "bad_body", 200, id="200 with HTML"),
    pytest.param(HttpAnswer(200, b""), "bad_body", 200, id="200 without a body"),
    pytest.param(HttpAnswer(204), "bad_body", 204, id="204"),
    pytest.param(HttpAnswer(200, b'{"id":"1","handle":"war'), "bad_body", 200, id="truncated JSON"),
    pytest.param(HttpAnswer(200, b"[]"), "bad_body", 200, id="a list"),
    pytest.param(HttpAnswer(200, b"null"), "bad_body", 200, id="null"),
    pytest.param(HttpAnswer(200, b'{"a":"\xff"}'), "bad_body", 200, id="no UTF-8"),
    pytest.param(HttpAnswer(200, b"[" * 100_000), "bad_body", 200, id="nested beyond measure"),
    pytest.param(
        HttpAnswer(500, b'{"err":' + b"[" * 100_000), "server_error", 500, id="a failure nested beyond measure"
    ),
]


@pytest.mark.parametrize(("answer", "reason", "status"), TRANSIENT)
def test_transient_failures_are_retried(
    server: Server, api: FigmaClient, answer: HttpAnswer, reason: str, status: int | None
) -> None:
    server.script(ME, *[answer] * (TRIES - 1))
    assert api.get(WHO)["handle"] == "warehouse-bot"
    assert len(server.requests) == api.meter.requests[3] == TRIES
    server.script(ME, *[answer] * TRIES)
    refusal = refusal_of(api)
    assert (refusal.reason, refusal.status) == (reason, status)
    assert len(server.requests) == api.meter.requests[3] == 2 * TRIES


@pytest.mark.parametrize(("answer", "reason", "status"), TRANSIENT)
def test_a_page_of_a_list_is_retried_like_any_response(
    server: Server, api: FigmaClient, answer: HttpAnswer, reason: str, status: int | None
) -> None:
    server.script(STYLES, answer)
    assert [page["meta"] for page in api.pages_by_cursor(at(STYLES), page_size=1000)] == [{"styles": [], "cursor": {}}]
    server.script(STYLES, *[answer] * TRIES)
    with pytest.raises(Refused) as raised:
        list(api.pages_by_cursor(at(STYLES), page_size=1000))
    assert (raised.value.reason, raised.value.status) == (reason, status)


IMAGES = {
    f"/v1/images/{HOME}": b'{"err":null,"images":{"1:2":"https://x/y.png"}}',
    f"/v1/files/{HOME}/images": b'{"error":false,"status":200,"meta":{"images":{"ref":"https://x/y.png"}}}',
}


@pytest.mark.parametrize("path", IMAGES)
@pytest.mark.parametrize(("answer", "reason", "status"), TRANSIENT[5:12])
def test_renders_are_retried_like_any_response(
    server: Server, api: FigmaClient, path: str, answer: HttpAnswer, reason: str, status: int
) -> None:
    server.script(path, answer, HttpAnswer(200, IMAGES[path]))
    assert api.get(at(path), ids="1:2") == json.loads(IMAGES[path])
    server.script(path, *[answer] * TRIES)
    refusal = refusal_of(api, at(path))
    assert (refusal.reason, refusal.status) == (reason, status)
    assert sum(api.meter.requests.values()) == len(server.requests) == 2 + TRIES


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"status":500,"err":"Internal"}',
        b'{"name":"x","version":"1"}',
        b'{"document":null}',
        b'{"document":{"id":"0:0","type":"DOCUMENT","children":[',
        HTML,
        b"",
    ],
)
def test_a_response_without_a_document_is_a_bad_body(server: Server, api: FigmaClient, body: bytes) -> None:
    path = f"/v1/files/{HOME}"
    server.script(path, *[HttpAnswer(200, body)] * (TRIES - 1))
    assert fetch_document(api, HOME).version == "2400000000000000000"
    server.script(path, *[HttpAnswer(200, body)] * TRIES)
    with pytest.raises(Refused) as raised:
        fetch_document(api, HOME)
    assert raised.value.reason == "bad_body"
    assert server.spent == {1: 2 * TRIES, 2: 0, 3: 0}


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (403, "File not exportable", "not_exportable"),
        (403, "You don't have permission to view this team.", "no_access"),
        (403, "", "no_access"),
        (401, "Unauthorized", "no_access"),
        (404, "Not found", "not_found"),
        (400, "Request too large. If applicable, filter by query params.", "too_large"),
        (413, "", "too_large"),
        (400, "File type not supported by this endpoint", "unsupported_type"),
        (400, "'page_size' must be a valid number", "bad_request"),
    ],
)
@pytest.mark.parametrize("envelope", ["err", "message"])
def test_a_refusal_is_not_retried_and_has_its_reason(
    server: Server, api: FigmaClient, status: int, words: str, reason: str, envelope: str
) -> None:
    server.script(ME, HttpAnswer(status, json.dumps({"status": status, envelope: words}).encode()))
    refusal = refusal_of(api)
    assert (refusal.reason, refusal.status, refusal.detail, refusal.retry_at) == (reason, status, words, None)
    assert len(server.requests) == 1
    assert words in str(refusal)


def test_a_refusal_in_html_has_the_reason_of_its_status(server: Server, api: FigmaClient) -> None:
    server.script(ME, HttpAnswer(403, HTML, HTML_TYPE), HttpAnswer(413, HTML, HTML_TYPE))
    assert [refusal_of(api).reason for _ in range(2)] == ["no_access", "too_large"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "body", [b"", HTML, b"[]", b'{"message":"no route"}', b'{"status":404}', b'{"status":200,"err":"Not found"}']
)
def test_a_404_that_is_not_figmas_is_retried_and_does_not_mean_not_found(
    server: Server, api: FigmaClient, body: bytes
) -> None:
    server.script(ME, *[HttpAnswer(404, body)] * TRIES)
    refusal = refusal_of(api)
    assert (refusal.reason, refusal.status, len(server.requests)) == ("bad_body", 404, TRIES)


@pytest.mark.parametrize(
    ("status", "words"), [(403, "Invalid token"), (403, "Token has expired"), (401, "The token was revoked")]
)
def test_an_invalid_token_raises_at_once(server: Server, api: FigmaClient, status: int, words: str) -> None:
    server.script(ME, err(status, words))
    with pytest.raises(TokenRefused, match="refused the token"):
        api.get(WHO)
    assert len(server.requests) == 1


def test_a_wrong_token_is_refused_by_the_sandbox_too(server: Server) -> None:
    with pytest.raises(TokenRefused):
        client_of(server.base_url, "figd_wrong").get(WHO)


def test_an_api_at_another_base_url_gets_the_same_requests() -> None:
    with stub_server(lambda _: json_reply({"id": "1"})) as government:
        client_of(f"{government.base_url}/gov/").get(at("/v1/files/abc"), depth=1)
    assert [request.target for request in government.requests] == ["/gov/v1/files/abc?depth=1"]


def test_waits_are_reported_before_they_begin(server: Server, api: FigmaClient) -> None:
    waits: list[tuple[int, float, str]] = []
    api.on_wait(lambda *about: waits.append(about))
    server.script(ME, HttpAnswer(429, b"", {"Retry-After": "1"}), HttpAnswer(500))
    api.get(WHO)
    assert waits[0] == (3, 1.0, "retry_after")
    assert [(tier, why) for tier, _, why in waits[1:]] == [(3, "backoff")]
    assert api.meter.waits == {1: 0, 2: 0, 3: pytest.approx(sum(seconds for _, seconds, _ in waits))}


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(Unreachable, match=base_url):
        client_of(base_url).get(WHO)
    with pytest.raises(Unreachable, match=base_url):
        list(client_of(base_url).pages_by_cursor(at("/v1/teams/1/styles")))


def test_a_connection_that_fails_for_its_certificate_proxy_or_name_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _untrusted_host(tmp_path) as base_url, pytest.raises(Unreachable, match="set REQUESTS_CA_BUNDLE to the file"):
        client_of(base_url).get(WHO)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(Unreachable, match="that REQUESTS_CA_BUNDLE names does not exist"):
        client_of("https://127.0.0.1:9").get(WHO)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Unreachable, match=r"the name nowhere\.invalid cannot be resolved \(DNS\)"):
        client_of("http://nowhere.invalid").get(WHO)
    with stub_server(lambda _: Reply()) as proxy:
        messages = {
            f"me:verysecret@{urlsplit(proxy.base_url).netloc}": r"the proxy refuses it \(501 Unsupported method",
            "me:verysecret@127.0.0.1:9": r"the proxy cannot be reached\. Is HTTPS_PROXY right",
        }
        for address, words in messages.items():
            monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
            with pytest.raises(Unreachable, match=words) as raised:
                client_of("https://figma.example").get(WHO)
            assert "verysecret" not in str(raised.value)


@contextmanager
def _untrusted_host(folder: Path) -> Iterator[str]:
    """The URL of a server with a self-signed certificate."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2"
    line = ["openssl", *kind.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(line, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(status: int) -> None:
    with stub_server(lambda _: json_reply({"id": "stolen"})) as thief:
        moved = Reply(status, b"", {"Location": f"{thief.base_url}{ME}"})
        with stub_server(lambda _: moved) as figma:
            api = client_of(figma.base_url)
            assert refusal_of(api).status == status
            styles, versions = at("/v1/teams/1/styles"), at("/v1/files/abc/versions")
            for pages in (api.pages_by_cursor(styles), api.pages_by_link(versions)):
                with pytest.raises(Refused) as raised:
                    list(pages)
                assert raised.value.reason == "redirected"
        assert len(figma.requests) == 3
        assert thief.requests == []


def linked(first: str) -> Callable[[ReceivedRequest], Reply]:
    """A list of two pages; the first has this link to the second."""

    def answer(request: ReceivedRequest) -> Reply:
        is_first = "before" not in request.query
        return json_reply({"versions": [], "pagination": {"next_page": first} if is_first else {}})

    return answer


def test_a_next_page_link_to_another_host_changes_only_the_query() -> None:
    path = "/v1/files/abc/versions"
    query = "page_size=30&column=date&before=2026-05-22 20:10:33 UTC&secondary_before=2356506860085774014&empty="
    with (
        stub_server(lambda _: json_reply({})) as thief,
        stub_server(linked(f"{thief.base_url}{path}?{query}")) as figma,
    ):
        pages = list(client_of(figma.base_url).pages_by_link(at(path), page_size=50))
        assert thief.requests == []
    assert len(pages) == 2
    assert figma.paths == [path, path]
    assert figma.requests[0].query == {"page_size": "50"}
    assert figma.requests[1].query == {
        "page_size": "30",
        "column": "date",
        "before": "2026-05-22 20:10:33 UTC",
        "secondary_before": "2356506860085774014",
    }
    assert " " not in figma.requests[1].target


@pytest.mark.parametrize(
    "link",
    [
        "https://api.figma.com/v1/files/other/versions?before=1",
        "https://api.figma.com/v1/files/abc/versions/../../me?before=1",
        "/v1/me?before=1",
        "file:///etc/passwd?before=1",
        "http://[?before=1",
    ],
)
def test_a_next_page_link_to_another_path_is_refused(link: str) -> None:
    with stub_server(linked(link)) as figma, pytest.raises(Refused):
        list(client_of(figma.base_url).pages_by_link(at("/v1/files/abc/versions")))
    assert figma.paths == ["/v1/files/abc/versions"]


def test_pages_follow_links_under_a_base_url_that_has_a_path() -> None:
    link = "https://api.figma.com/v1/files/abc/versions?before=1"
    with stub_server(linked(link)) as proxy:
        pages = list(client_of(f"{proxy.base_url}/figma/").pages_by_link(at("/v1/files/abc/versions")))
    assert len(pages) == 2
    assert proxy.paths == ["/figma/v1/files/abc/versions"] * 2


def test_a_list_whose_next_page_leads_to_itself_ends() -> None:
    path = "/v1/files/abc/versions"
    with stub_server(
        lambda _: json_reply({"pagination": {"next_page": f"https://api.figma.com{path}?before=1"}})
    ) as figma:
        list(client_of(figma.base_url).pages_by_link(at(path)))
    assert len(figma.requests) == 2


@pytest.mark.parametrize("cursor", [5, "abc"])
def test_a_list_that_repeats_its_cursor_is_refused(cursor: Any) -> None:
    page = {"meta": {"cursor": {"after": cursor}, "styles": []}}
    with stub_server(lambda _: json_reply(page)) as figma, pytest.raises(Refused, match="repeats itself") as raised:
        list(client_of(figma.base_url).pages_by_cursor(at("/v1/teams/1/styles"), page_size=1000))
    assert raised.value.reason == "bad_body"
    assert [request.query for request in figma.requests] == [
        {"page_size": "1000"},
        {"page_size": "1000", "after": str(cursor)},
    ]


def test_a_list_whose_cursors_form_a_cycle_is_refused() -> None:
    def answer(request: ReceivedRequest) -> Reply:
        following = {"1": 2, "2": 3, "3": 1}[request.query.get("after", "3")]
        return json_reply({"meta": {"cursor": {"after": following}}})

    with stub_server(answer) as figma, pytest.raises(Refused, match="repeats itself"):
        list(client_of(figma.base_url).pages_by_cursor(at("/v1/teams/1/styles")))
    assert len(figma.requests) == 4


def test_a_list_whose_pages_do_not_end_is_refused() -> None:
    def answer(request: ReceivedRequest) -> Reply:
        return json_reply({"meta": {"cursor": {"after": int(request.query.get("after", "0")) + 1}}})

    with stub_server(answer) as figma, pytest.raises(Refused, match="does not end") as raised:
        list(FigmaClient("figd_x", figma.base_url, max_pages=7).pages_by_cursor(at("/v1/teams/1/styles")))
    assert (raised.value.reason, len(figma.requests)) == ("bad_body", 7)


@pytest.mark.parametrize("meta", [[], "x", {"cursor": []}, {"cursor": "5"}, {"cursor": {"after": None}}, None])
def test_a_page_without_a_next_page_is_the_last(meta: Any) -> None:
    with stub_server(lambda _: json_reply({"meta": meta, "pagination": meta})) as figma:
        api = client_of(figma.base_url)
        assert len(list(api.pages_by_cursor(at("/v1/teams/1/styles")))) == 1
        assert len(list(api.pages_by_link(at("/v1/files/abc/versions")))) == 1


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "none-such"])
def test_a_wrong_charset_garbles_no_page(charset: str) -> None:
    answer = {"meta": {"styles": [{"name": "Größe → 大"}], "cursor": {}}}
    body = json.dumps(answer, ensure_ascii=False).encode()
    wrong = Reply(200, body, {"Content-Type": f"application/json; charset={charset}"})
    with stub_server(lambda _: wrong) as figma:
        api = client_of(figma.base_url)
        assert list(api.pages_by_cursor(at("/v1/teams/1/styles"))) == [answer]
        assert list(api.pages_by_link(at("/v1/files/abc/versions"))) == [answer]


def test_reading_pages_leaves_no_dlt_log_entries_in_the_thread() -> None:
    """dlt logs each lookup of a setting per thread, and clears the log in the main thread only."""
    logged: list[int] = []

    def work() -> None:
        api = client_of(figma.base_url)
        for _ in range(3):
            list(api.pages_by_link(at("/v1/files/abc/versions")))
            list(api.pages_by_cursor(at("/v1/teams/1/styles")))
        logged.append(len(get_resolved_traces().all_traces))

    with stub_server(lambda _: json_reply({})) as figma:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert logged == [0]


def test_true_and_false_are_sent_as_the_api_writes_them() -> None:
    with stub_server(lambda _: json_reply({})) as figma:
        client_of(figma.base_url).get(WHO, branch_data=True, other=False, depth=2)
    assert figma.requests[0].query == {"branch_data": "true", "other": "false", "depth": "2"}
