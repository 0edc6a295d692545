"""An outage of Figma: its requests, the files that are deferred, and those that are still requested."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import HttpAnswer, Server, SizeLimits
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import TRIES, FigmaClient
from figma_warehouse.source.api.refusals import Refused, connection_failure
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.documents.outage import MAX_FAILURES_IN_A_ROW, Outage
from figma_warehouse.source.read_ahead import DOWNLOADS
from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation, key_of

FAILURES = {
    "server_error": HttpAnswer(503, b"<html>", {"content-type": "text/html"}),
    "connection_lost": HttpAnswer(drop=True),
    "waf_challenge": HttpAnswer(202, b"", {"x-amzn-waf-action": "challenge"}),
    "bad_body": HttpAnswer(200, b"<html>welcome to the airport</html>", {"content-type": "text/html"}),
}
TEAMS = Scope(teams=(TEAM.id,))
CONTENT = r"/v1/files/[^/]+(/nodes)?\?"


def refresh(api: FigmaClient, *skips: tuple[str, str]) -> Refresh:
    """A refresh of all files, some of which failed the last time."""
    known = StoredState(
        skips={("documents", key): {"reason": reason, "last_modified_at": None} for key, reason in skips}
    )
    return Refresh(api, TEAMS, known)


def outcomes(loads: list[Loaded]) -> list[dict[str, Any]]:
    return [row for one in loads for row in one.tables["outcomes"].to_pylist() if row["resource"] == "documents"]


@pytest.mark.parametrize("reason", sorted(reasons_that(lambda reason: reason.is_service_failure)))
def test_an_outage_is_detected_after_three_documents_and_the_rest_is_deferred(
    server: Server, connect: Callable[..., FigmaClient], reason: str
) -> None:
    org = InMemoryOrganisation(*(key_of(f"file{number:02}") for number in range(30)))
    org.publish("styles", "Red")
    server.org = org
    most = (MAX_FAILURES_IN_A_ROW + DOWNLOADS - 1) * TRIES
    server.script(CONTENT, *[FAILURES[reason]] * most)
    ours = refresh(connect(server))
    loads = list(ours.loads)
    assert server.spent[1] <= most
    counted = Counter((row["status"], row["reason"]) for row in outcomes(loads))
    assert counted.keys() == {("skipped", reason), ("skipped", "put_off")}
    assert counted.total() == 30
    assert counted["skipped", reason] == server.spent[1] / TRIES
    assert {one.status for one in loads} == {"skipped", "put_off"}
    put_off = {row["detail"] for row in outcomes(loads) if row["reason"] == "put_off"}
    assert all(detail.startswith("Figma is failing: ") for detail in put_off)
    assert [row["name"] for row in ours.published("styles")[0]] == ["Red"]
    while server.take_script(f"/v1/files/{HOME}?"):
        pass


def fail(outage: Outage, refusal: Refused) -> None:
    with pytest.raises(Refused), outage.counting():
        raise refusal


def test_a_document_that_succeeds_in_between_shows_that_figma_answers() -> None:
    outage = Outage()
    for _ in range(5):
        for _ in range(MAX_FAILURES_IN_A_ROW - 1):
            fail(outage, Refused("server_error", 503))
        with outage.counting():
            pass
    for reason in ("not_exportable", "no_access", "too_large", "rate_limited"):
        for _ in range(MAX_FAILURES_IN_A_ROW):
            fail(outage, Refused(reason))
    with outage.counting():
        pass


def test_a_single_document_that_fails_is_requested_in_parts_only_by_the_next_run(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    del drafts.files_by_key[SHOP]
    server.script(rf"/v1/files/{HOME}\?branch_data", *[FAILURES["server_error"]] * 2 * TRIES)
    assert [one.status for one in refresh(api).loads] == ["skipped"]
    assert server.spent[1] == TRIES
    (loaded,) = refresh(api, (HOME, "server_error")).loads
    assert (loaded.status, loaded.parts > 1) == ("loaded", True)


def test_a_document_that_fails_while_others_succeed_is_requested_in_parts_at_once(
    server: Server, api: FigmaClient
) -> None:
    server.script(rf"/v1/files/{HOME}\?branch_data", *[HttpAnswer(500, delay=0.3)] * TRIES)
    loads = {one.ref.key: one for one in refresh(api).loads}
    assert (loads[HOME].status, loads[HOME].parts > 1, loads[SHOP].parts) == ("loaded", True, 1)


def test_a_document_that_figma_calls_too_large_is_requested_in_parts_at_once(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    del drafts.files_by_key[SHOP]
    server.size_limits = SizeLimits(answer_bytes=len(drafts.document(HOME, None) or b"") - 1)
    (loaded,) = refresh(api).loads
    assert loaded.status == "loaded"
    assert loaded.parts > 1


def test_files_that_failed_last_time_are_requested_last(api: FigmaClient, drafts: InMemoryOrganisation) -> None:
    drafts.add(key_of("third"))
    changed = refresh(api, (HOME, "bad_body"), (SHOP, "put_off")).plan.changed
    assert [ref.key for ref in changed] == [SHOP, key_of("third"), HOME]


@contextmanager
def stalling(sent: bytes) -> Iterator[str]:
    """A server that sends these bytes to each client, and nothing after them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def serve() -> None:
            connection, _ = listener.accept()
            taken.append(connection)
            connection.recv(65_536)
            connection.sendall(sent)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1/files/K"
        thread.join()
        taken[0].close()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_timeout_may_be_caused_by_the_size(sent: bytes) -> None:
    with stalling(sent) as url, requests.Session() as session:
        request = session.prepare_request(requests.Request("GET", url))
        with pytest.raises(requests.RequestException) as raised:
            session.send(request, timeout=0.2)
    refusal = connection_failure(request, raised.value).refusal
    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.is_timeout) == ("connection_lost", True)
    assert Outage().may_be_size(refusal)
