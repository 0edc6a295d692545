"""Tokens, envelopes, scripted answers, and the recorded requests."""

from __future__ import annotations

import gzip
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import HttpAnswer, Request, SampleOrganisation, Server, serve
from tests.fixtures.sample_organisations import sample_organisation

Get = Callable[..., tuple[int, Any]]


def test_a_wrong_token_is_refused_with_403(get: Get, server: Server) -> None:
    assert get(server, "/v1/me", token="figd_other") == (403, {"status": 403, "err": "Invalid token"})


def test_a_token_without_a_scope_is_refused_where_the_scope_is_needed_and_nowhere_else(
    get: Get, own_server: Server
) -> None:
    key = own_server.org.published("components")[0].key
    own_server.missing_scopes = {"library_assets:read"}
    refused, answer = get(own_server, f"/v1/components/{key}")
    passed = get(own_server, "/v1/me")[0]
    own_server.missing_scopes = set()

    assert (refused, passed) == (403, 200)
    own, _, needed = answer["err"].partition(". ")
    assert own.startswith("Invalid scope(s): current_user:read, file_comments:read, file_content:read, ")
    assert "library_assets:read" not in own
    assert needed == "This endpoint requires the library_assets:read scope"
    assert get(own_server, f"/v1/components/{key}")[0] == 200


def test_a_bearer_token_is_accepted(server: Server) -> None:
    headers = {"Authorization": f"Bearer {server.org.token}"}
    assert requests.get(f"{server.base_url}/v1/me", headers=headers, timeout=10).json()["handle"] == "warehouse-bot"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/files/unknown", (404, {"status": 404, "err": "Not found"})),
        ("/v1/files/unknown/meta", (404, {"status": 404, "err": "Not found"})),
        ("/v1/files/unknown/versions", (404, {"status": 404, "err": "Not found"})),
        ("/v2/folders/1/files", (404, {"status": 404, "err": "Not found"})),
        ("/v1/teams/1/components", (404, {"error": True, "status": 404, "message": "Not found", "i18n": None})),
        ("/v1/components/abc", (404, {"error": True, "status": 404, "message": "Not found", "i18n": None})),
        ("/v1/files/unknown/styles", (404, {"error": True, "status": 404, "message": "Not found", "i18n": None})),
        (
            "/v2/teams/1200000000000000999/folders",
            (403, {"status": 403, "err": "You don't have permission to view this team."}),
        ),
        ("/v1/nothing/here", (404, {"status": 404, "err": "Not found"})),
    ],
)
def test_each_group_of_endpoints_refuses_in_its_envelope(get: Get, server: Server, path: str, expected: object) -> None:
    assert get(server, path) == expected


@pytest.mark.parametrize("query", ["page_size=30.0", "page_size=51", "page_size=0", "before=yesterday", "after=x"])
def test_a_bad_number_in_the_query_of_versions_is_a_400(
    get: Get, server: Server, keys: dict[str, str], query: str
) -> None:
    status, body = get(server, f"/v1/files/{keys['Checkout flow']}/versions?{query}")
    assert (status, body["status"]) == (400, 400)


def test_a_bad_depth_is_a_400(get: Get, server: Server, keys: dict[str, str]) -> None:
    assert get(server, f"/v1/files/{keys['Checkout flow']}?depth=0")[0] == 400


def test_slides_and_locked_files_answer_why_they_cannot_be_read(get: Get, server: Server, keys: dict[str, str]) -> None:
    slides, locked = keys["Design review June"], keys["Board material"]
    assert get(server, f"/v1/files/{slides}") == (
        400,
        {"status": 400, "err": "File type not supported by this endpoint"},
    )
    assert get(server, f"/v1/files/{locked}") == (403, {"status": 403, "err": "File not exportable"})
    assert get(server, f"/v1/files/{slides}/meta")[1]["file"]["editorType"] == "slides"


def test_without_v2_folders_answer_404_and_projects_answer(get: Get, org: SampleOrganisation) -> None:
    with serve(org, v2=False) as server:
        assert get(server, f"/v2/teams/{org.team_ids[0]}/folders")[0] == 404
        status, answer = get(server, f"/v1/teams/{org.team_ids[0]}/projects")
        assert (status, [project["name"] for project in answer["projects"]]) == (200, ["Libraries", "Explorations"])


def test_requests_are_recorded_in_order_with_their_tier(get: Get, org: SampleOrganisation) -> None:
    with serve(org) as server:
        get(server, "/v1/me")
        get(server, "/v1/files/none?depth=1")
        get(server, f"/v2/teams/{org.team_ids[1]}/folders")
        assert server.requests == [
            Request("GET", "/v1/me", "", 200, 3),
            Request("GET", "/v1/files/none", "depth=1", 404, 1),
            Request("GET", f"/v2/teams/{org.team_ids[1]}/folders", "", 200, 2),
        ]
        assert server.spent == {1: 1, 2: 1, 3: 1}
        server.reset_requests()
        assert server.spent == {1: 0, 2: 0, 3: 0}


def test_scripted_answers_come_once_each_and_in_order(get: Get, org: SampleOrganisation) -> None:
    with serve(org) as server:
        server.script(
            r"^/v1/me",
            HttpAnswer(429, b'{"status":429}', {"Retry-After": "7"}),
            HttpAnswer(passthrough=True, delay=0.01),
        )
        first = requests.get(f"{server.base_url}/v1/me", headers={"X-Figma-Token": org.token}, timeout=10)
        assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
        assert [get(server, "/v1/me")[0] for _ in range(2)] == [200, 200]
        assert [request.status for request in server.requests] == [429, 200, 200]


def test_a_cut_answer_ends_in_the_middle(org: SampleOrganisation, keys: dict[str, str]) -> None:
    with serve(org) as server:
        server.script("/v1/files", HttpAnswer(cut=True), HttpAnswer(cut=True, body=b"x" * 100))
        for _ in range(2):
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                requests.get(
                    f"{server.base_url}/v1/files/{keys['Wishlist']}", headers={"X-Figma-Token": org.token}, timeout=10
                )


def test_an_empty_scripted_202_stays_empty(org: SampleOrganisation) -> None:
    with serve(org) as server:
        server.script("/v1/me$", HttpAnswer(202, b"", {"content-type": "text/html", "x-amzn-waf-action": "challenge"}))
        answer = requests.get(f"{server.base_url}/v1/me", timeout=10)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (202, b"", "text/html")


def test_answers_are_compressed_only_for_clients_that_accept_it(server: Server, keys: dict[str, str]) -> None:
    url = f"{server.base_url}/v1/files/{keys['Wishlist']}"
    headers = {"X-Figma-Token": server.org.token}
    packed = requests.get(url, headers={**headers, "Accept-Encoding": "gzip"}, stream=True, timeout=10)
    plain = requests.get(url, headers={**headers, "Accept-Encoding": "identity"}, timeout=10)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert len(gzip.decompress(packed.raw.read())) == len(plain.content)


def test_every_answer_carries_a_request_id_of_its_own(server: Server) -> None:
    ids = {requests.get(f"{server.base_url}/v1/x", timeout=10).headers["x-figma-rest-api-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_request_moves_the_clock(get: Get) -> None:
    org = sample_organisation(3)
    with serve(org) as server:
        moved = requests.post(f"{server.base_url}/sandbox/advance?weeks=2", timeout=10).json()
        assert (moved["week"], moved["weeks"], moved["at"]) == (5, 26, "2026-06-08T00:00:00Z")
        assert get(server, "/sandbox/state")[1] == moved
        assert requests.post(f"{server.base_url}/sandbox/advance?weeks=x", timeout=10).status_code == 400
        assert server.requests == []


def test_a_stopped_server_leaves_no_threads_and_frees_its_port(get: Get, org: SampleOrganisation) -> None:
    before = threading.active_count()
    with serve(org) as server:
        get(server, "/v1/me")
        port = int(server.base_url.rsplit(":", 1)[1])
    assert threading.active_count() == before
    with serve(org, port=port) as again:
        assert get(again, "/v1/me")[0] == 200


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_forever_prints_nothing_and_stops_on_a_signal(number: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = f"from figma_warehouse.sandbox import *; run_forever(SampleOrganisation(week=1), {port})"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        for _ in range(400):
            try:
                state = requests.get(f"http://127.0.0.1:{port}/sandbox/state", timeout=10).json()
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        running.send_signal(number)
        output, _ = running.communicate(timeout=20)
    assert (state["week"], output, running.returncode) == (1, b"", 0)
