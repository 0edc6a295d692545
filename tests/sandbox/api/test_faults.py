"""Each fault as a client meets it, and a schedule that depends on its seed only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import (
    TRANSIENT_FAULTS,
    ChangingOrganisation,
    FaultSchedule,
    HttpAnswer,
    SampleOrganisation,
    Server,
    serve,
)

Get = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def path(keys: dict[str, str]) -> str:
    return f"/v1/files/{keys['Wishlist']}"


def always(kind: str, **more: Any) -> FaultSchedule:
    return FaultSchedule(1, {kind: 1.0}, **more)


def fetch(server: Server, path: str) -> requests.Response:
    return requests.get(server.base_url + path, headers={"X-Figma-Token": server.org.token}, timeout=20)


@pytest.mark.parametrize(
    ("kind", "status", "headers", "body"),
    [
        ("challenge", 202, {"x-amzn-waf-action": "challenge", "content-type": "text/html"}, b""),
        ("limited", 429, {"Retry-After": "1", "X-Figma-Rate-Limit-Type": "high", "X-Figma-Plan-Tier": "pro"}, None),
        ("limited_malformed", 429, {"Retry-After": "soon"}, None),
        ("limited_long", 429, {"Retry-After": "396749", "X-Figma-Rate-Limit-Type": "low"}, None),
        ("server_error", 500, {}, b'{"status":500,"err":"Internal server error"}'),
        ("empty_object", 200, {}, b"{}"),
        (
            "too_large",
            400,
            {},
            b'{"status":400,"err":"Request too large. If applicable, filter by query params."}',
        ),
    ],
)
def test_a_fault_answers_as_figma_did_in_recordings(
    own_server: Server, path: str, kind: str, status: int, headers: dict[str, str], body: bytes | None
) -> None:
    own_server.fault_schedule = always(kind)
    answer = fetch(own_server, path)
    assert answer.status_code == status
    assert headers.items() <= {name: answer.headers.get(name) for name in headers}.items()
    assert body is None or answer.content == body


@pytest.mark.parametrize(
    ("kind", "suffix", "status"), [("bad_gateway", "", 502), ("too_many_ids", "/nodes?ids=1:2,1:3", 413)]
)
def test_a_gateway_in_front_of_the_api_answers_in_html(
    own_server: Server, path: str, kind: str, suffix: str, status: int
) -> None:
    own_server.fault_schedule = always(kind)
    answer = fetch(own_server, path + suffix)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    assert answer.text.startswith("<html>")


def test_a_retry_after_as_a_date_is_in_the_future(own_server: Server, path: str) -> None:
    own_server.fault_schedule = always("limited_date", retry_after=60)
    named = parsedate_to_datetime(fetch(own_server, path).headers["Retry-After"])
    assert 50 < named.timestamp() - time.time() <= 60


@pytest.mark.parametrize("kind", ["cut_before", "cut_within"])
def test_a_cut_connection_gives_no_answer(own_server: Server, path: str, kind: str) -> None:
    own_server.fault_schedule = always(kind, max_per_path=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        fetch(own_server, path)
    assert fetch(own_server, path).status_code == 200


def test_a_truncated_answer_is_half_of_the_real_one_and_says_200(own_server: Server, path: str) -> None:
    own_server.fault_schedule = None
    whole = fetch(own_server, path)
    own_server.fault_schedule = always("truncated")
    half = fetch(own_server, path)
    assert half.status_code == 200
    assert len(half.content) == len(whole.content) // 2
    assert half.content[:100] == whole.content[:100]


def test_a_slow_answer_is_whole(own_server: Server, path: str) -> None:
    own_server.fault_schedule = always("slow", slow_seconds=0.05)
    assert fetch(own_server, path).json()["document"]["id"] == "0:0"


def test_null_nodes_hides_nodes_that_exist(own_server: Server, path: str) -> None:
    own_server.fault_schedule = always("null_nodes", max_per_path=1)
    assert fetch(own_server, f"{path}/nodes?ids=0:0").json()["nodes"] == {"0:0": None}
    assert fetch(own_server, f"{path}/nodes?ids=0:0").json()["nodes"]["0:0"]["document"]["id"] == "0:0"


def test_an_expired_token_is_accepted_again_after_its_renewal(org: SampleOrganisation, path: str) -> None:
    with serve(org, fault_schedule=always("expired", max_per_path=1)) as server:
        assert [fetch(server, path).json().get("err") for _ in range(2)] == ["Invalid token"] * 2
        server.tokens.renew()
        assert fetch(server, path).status_code == 200


def test_a_change_shows_in_the_listing_the_history_and_the_document(org: SampleOrganisation, path: str) -> None:
    shifting = ChangingOrganisation(org)
    key = path.rsplit("/", 1)[1]
    info = org.file(key)
    assert info
    with serve(shifting) as server:
        before, versions_before = fetch(server, path).json(), fetch(server, f"{path}/versions").json()["versions"]
        server.fault_schedule = always("changed", max_per_path=2)
        first, second = fetch(server, path).json(), fetch(server, path).json()
        listed = fetch(server, f"/v2/folders/{info.folder_id}/files").json()["files"]
        versions_after = fetch(server, f"{path}/versions").json()["versions"]
        old = fetch(server, f"{path}?version={first['version']}").json()
    pages = [answer["document"]["children"][0]["children"] for answer in (before, first, second, old)]
    assert [len(page) - len(pages[0]) for page in pages] == [0, 1, 2, 1]
    assert [row["id"] for row in versions_after[:3]] == [second["version"], first["version"], versions_before[0]["id"]]
    assert next(row["last_modified"] for row in listed if row["key"] == key) == second["lastModified"]
    assert before["lastModified"] < first["lastModified"] < second["lastModified"]


def test_a_file_that_vanishes_is_neither_listed_nor_found(org: SampleOrganisation, path: str) -> None:
    info = org.file(path.rsplit("/", 1)[1])
    assert info
    with serve(ChangingOrganisation(org), fault_schedule=always("vanished")) as server:
        assert fetch(server, path).status_code == 404
        listed = fetch(server, f"/v2/folders/{info.folder_id}/files").json()["files"]
    assert listed
    assert info.key not in [row["key"] for row in listed]


def test_every_fault_is_recorded_with_its_path_and_in_the_request(own_server: Server, path: str) -> None:
    own_server.fault_schedule = always("server_error", max_per_path=2)
    own_server.reset_requests()
    for _ in range(3):
        fetch(own_server, path)
    assert [(fault.kind, fault.path) for fault in own_server.injected_faults] == [("server_error", path)] * 2
    assert [(request.status, request.fault, request.is_whole) for request in own_server.requests] == [
        (500, "server_error", False),
        (500, "server_error", False),
        (200, "", True),
    ]


def test_a_path_meets_no_more_faults_than_the_schedule_allows() -> None:
    faults = FaultSchedule(3, {"server_error": 1.0}, max_per_path=4)
    assert [faults.draw(f"/v1/me?try={number % 2}") for number in range(6)] == ["server_error"] * 4 + [None] * 2


def test_a_seed_draws_the_same_faults_whatever_the_order_of_requests() -> None:
    targets = [f"/v1/files/{number}?" for number in range(50)]
    forwards, backwards, other = (FaultSchedule.transient(seed, 0.5) for seed in (7, 7, 8))
    forwards_drawn = {(target, n): forwards.draw(target) for target in targets for n in range(4)}
    backwards_drawn = {(target, n): backwards.draw(target) for n in range(4) for target in reversed(targets)}
    assert forwards_drawn == backwards_drawn
    assert forwards_drawn != {(target, n): other.draw(target) for target in targets for n in range(4)}


def test_transient_faults_hit_the_given_share_of_requests_with_every_kind() -> None:
    faults = FaultSchedule.transient(7, 0.3)
    met = Counter(faults.draw(f"/v1/files/{number}?") for number in range(6000))
    assert 0.27 < 1 - met[None] / 6000 < 0.33
    assert all(met[kind] > 100 for kind in TRANSIENT_FAULTS)


@pytest.mark.parametrize("rates", [{"thunder": 0.1}, {"limited": 0.6, "slow": 0.6}])
def test_a_schedule_of_unknown_kinds_or_of_rates_above_one_is_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"rates|kinds"):
        FaultSchedule(1, rates)


def test_a_scripted_answer_comes_before_the_schedule(own_server: Server, path: str) -> None:
    own_server.fault_schedule = always("server_error")
    own_server.script(path, HttpAnswer(passthrough=True))
    assert [fetch(own_server, path).status_code for _ in range(2)] == [200, 500]
