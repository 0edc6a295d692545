"""Whole answers that are no document, and a gateway that never answers in time: what they cost, and for how long."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.client import TRIES, FigmaClient
from figma_warehouse.source.api.limits import Allowance, Limit
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.documents.fetch import fetch_document
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation, full_answer, key_of
from tests.fixtures.paths import at
from tests.fixtures.warehouse import Warehouse, fetched

HTML = {"content-type": "text/html"}
CANNED = {
    "a JSON error with status 200": HttpAnswer(200, b'{"status":404,"err":"Not found"}'),
    "a page that asks to sign in": HttpAnswer(200, b"<html>Sign in</html>", HTML),
    "a list": HttpAnswer(200, b"[]"),
    "a document that is null": HttpAnswer(200, b'{"document":null,"name":"x","version":"1"}'),
    "words": HttpAnswer(200, b"upstream connect error", {"content-type": "text/plain"}),
    "a number": HttpAnswer(200, b"0"),
    "no UTF-8": HttpAnswer(200, b'{"document":"\xff"}'),
    "the 404 of a gateway": HttpAnswer(404, b"<html>no such route</html>", HTML),
}
CUT = {
    "nothing": HttpAnswer(200, b""),
    "an object without anything in it": HttpAnswer(200, b"{}"),
    "a document that breaks off": HttpAnswer(200, b'{"document":{"id":"0:0","children":[{"id":"1:1"}'),
}
LATE = HttpAnswer(504, b'{"status":504,"err":"timeout"}')
ALWAYS = 100


@contextmanager
def answering(server: Server, path: str, answer: HttpAnswer) -> Iterator[None]:
    """Let the server answer so for as long as the block lasts."""
    server.script(path, *[answer] * ALWAYS)
    yield
    while server.take_script(path.replace("\\", "").replace("$", "")):
        pass


def refusal_of(api: FigmaClient) -> Refused:
    with pytest.raises(Refused) as raised:
        fetch_document(api, HOME)
    return raised.value


@pytest.mark.parametrize("name", CANNED)
def test_a_whole_answer_that_is_no_document_is_asked_for_once_more(server: Server, api: FigmaClient, name: str) -> None:
    path = f"/v1/files/{HOME}"
    server.script(path, CANNED[name])
    assert fetch_document(api, HOME).version == "2400000000000000000"
    assert server.spent == {1: 2, 2: 0, 3: 0}
    with answering(server, path, CANNED[name]):
        refusal = refusal_of(api)
    assert (refusal.reason, refusal.status) == ("bad_body", CANNED[name].status)
    assert server.spent == {1: 4, 2: 0, 3: 0}


@pytest.mark.parametrize("name", CUT)
def test_an_answer_that_breaks_off_is_asked_for_as_often_as_any(server: Server, api: FigmaClient, name: str) -> None:
    path = f"/v1/files/{HOME}"
    server.script(path, *[CUT[name]] * (TRIES - 1))
    assert fetch_document(api, HOME).version == "2400000000000000000"
    with answering(server, path, CUT[name]):
        refusal = refusal_of(api)
    assert (refusal.reason, refusal.retry_at) == ("bad_body", None)
    assert server.spent == {1: 2 * TRIES, 2: 0, 3: 0}


def test_the_words_in_place_of_a_document_are_told(server: Server, api: FigmaClient) -> None:
    with answering(server, f"/v1/files/{HOME}", CANNED["a JSON error with status 200"]):
        assert refusal_of(api).detail == "the answer holds no document: Not found"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a JSON error with status 200", "a page that asks to sign in"])
def test_a_whole_answer_that_is_no_document_is_remembered_until_the_file_changes_or_a_week_is_over(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, name: str
) -> None:
    path = rf"/v1/files/{HOME}\?"
    skipped = [("documents", HOME, "skipped", "bad_body"), ("documents", SHOP, "loaded", None)]
    server.script(path, CANNED[name], CANNED[name])
    warehouse.load(server)
    assert fetched(server) == [HOME, HOME, SHOP]
    assert warehouse.last_outcomes("documents") == skipped
    warehouse.load(server)
    assert fetched(server) == []
    assert warehouse.last_outcomes("documents") == [skipped[0], ("documents", SHOP, "unchanged", None)]
    drafts.save(HOME, full_answer("Buy"))
    server.script(path, CANNED[name], CANNED[name])
    warehouse.load(server)
    warehouse.load(server)
    assert fetched(server) == []
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("update figma.outcomes set retry_at = retry_at - interval 7 days")
    warehouse.load(server)
    assert fetched(server) == [HOME]
    assert len(warehouse.of(HOME, "nodes")["nodes"]) == 7


def test_pictures_that_are_answered_with_a_page_are_asked_for_once_more(server: Server, api: FigmaClient) -> None:
    with answering(server, f"/v1/images/{HOME}", CANNED["a page that asks to sign in"]), pytest.raises(Refused):
        api.get(at(f"/v1/images/{HOME}"), ids="1:2")
    assert server.spent == {1: 2, 2: 0, 3: 0}


def test_a_gateway_that_never_answers_in_time_costs_a_file_four_requests_whole_and_in_parts(
    server: Server, api: FigmaClient
) -> None:
    with answering(server, f"/v1/files/{HOME}", LATE):
        refusal = refusal_of(api)
    assert (refusal.reason, refusal.status, refusal.retry_at) == ("server_error", 504, None)
    assert server.spent == {1: 4, 2: 0, 3: 0}


def test_a_server_that_always_fails_is_not_asked_for_the_parts_as_often_as_for_the_whole(
    server: Server, api: FigmaClient
) -> None:
    with answering(server, f"/v1/files/{HOME}", HttpAnswer(500)):
        assert refusal_of(api).reason == "server_error"
    assert server.spent == {1: TRIES + 2, 2: 0, 3: 0}


SIX_A_MONTH = Allowance(own={1: Limit(6, "month")})
FAULTS = CANNED | CUT | {"504": LATE, "503": HttpAnswer(503), "no answer": HttpAnswer(drop=True)}


@pytest.mark.parametrize("name", FAULTS)
def test_of_six_documents_a_month_no_fault_of_one_file_takes_more_than_two(
    server: Server, tmp_path: Any, drafts: InMemoryOrganisation, name: str
) -> None:
    del drafts.files_by_key[SHOP]
    server.script(rf"/v1/files/{HOME}\?", *[FAULTS[name]] * 2)
    api = FigmaClient(drafts.token, server.base_url, 0.01, Budget(SIX_A_MONTH, "x", tmp_path / "budget"))
    first = Refresh(api, Scope(teams=(TEAM.id,)))
    (loaded,) = first.loads
    assert (loaded.status, server.spent[1]) == ("skipped", 2)
    (row,) = [row for row in loaded.tables["outcomes"].to_pylist() if row["resource"] == "documents"]
    known = StoredState(skips={("documents", HOME): row})
    assert Refresh(api, first.scope, known).plan.changed == []
    is_settled = name in CANNED or name == "504"
    for days, is_asked in ((6.9, False), (7.1, not is_settled), (29.9, not is_settled), (30.1, True)):
        later = Refresh(api, first.scope, known, started_at=datetime.now(UTC) + timedelta(days=days))
        assert bool(later.plan.changed) is is_asked


def test_a_file_that_is_forbidden_is_asked_for_once_a_month_where_the_limit_is_of_a_month(
    server: Server, tmp_path: Any, drafts: InMemoryOrganisation
) -> None:
    del drafts.files_by_key[SHOP]
    server.script(rf"/v1/files/{HOME}\?", HttpAnswer(403, b'{"status":403,"err":"Not allowed"}'))
    api = FigmaClient(drafts.token, server.base_url, 0.01, Budget(SIX_A_MONTH, "x", tmp_path / "budget"))
    (loaded,) = Refresh(api, Scope(teams=(TEAM.id,))).loads
    (row,) = loaded.tables["outcomes"].to_pylist()
    known = StoredState(skips={("documents", HOME): row})
    for days, is_asked in ((7.1, False), (29.9, False), (30.1, True)):
        later = Refresh(api, Scope(teams=(TEAM.id,)), known, started_at=datetime.now(UTC) + timedelta(days=days))
        assert bool(later.plan.changed) is is_asked


def test_files_that_were_refused_the_last_time_are_asked_for_last(
    api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("third"))
    refused = {"reason": "no_access", "last_modified_at": None}
    known = StoredState(skips={("documents", HOME): refused})
    changed = Refresh(api, Scope(teams=(TEAM.id,)), known).plan.changed
    assert [ref.key for ref in changed] == [SHOP, key_of("third"), HOME]
