"""Earlier refusals, and when their items are requested again."""

import errno
import json

import duckdb
import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.documents.unreadable import skip_file_on_error
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import read_stored_state
from tests.fixtures.in_memory_organisation import (
    HOME,
    OTHER,
    SHOP,
    TEAM,
    InMemoryOrganisation,
    full_answer,
    key_of,
    too_deep_answer,
)
from tests.fixtures.warehouse import (
    NOT_FOUND,
    Warehouse,
    fetched,
)

pytestmark = pytest.mark.slow


def test_a_permanent_refusal_is_requested_again_only_after_a_change(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    locked, slides = key_of("locked"), key_of("slides")
    drafts.add(locked, OTHER, is_exportable=False)
    drafts.add(slides, OTHER, editor_type="slides")
    refused = [
        ("documents", locked, "skipped", "not_exportable"),
        ("documents", slides, "skipped", "unsupported_type"),
    ]
    warehouse.load(server)
    assert fetched(server) == sorted([HOME, SHOP, locked, slides])
    assert [row for row in warehouse.last_outcomes("documents") if row[2] == "skipped"] == refused
    warehouse.load(server)
    assert fetched(server) == []
    assert [row for row in warehouse.last_outcomes("documents") if row[2] == "skipped"] == refused
    drafts.files_by_key[locked].is_exportable = True
    drafts.save(locked, full_answer())
    warehouse.load(server)
    assert fetched(server) == [locked]
    assert len(warehouse.of(locked, "nodes")["nodes"]) == 7


def test_a_document_with_an_unforeseen_error_is_skipped_until_it_changes_and_the_others_are_loaded(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    server.script(rf"/v1/files/{HOME}\?", HttpAnswer(200, too_deep_answer(), {"content-type": "application/json"}))
    warehouse.load(server)
    assert server.spent[1] == 2
    unreadable = [("documents", HOME, "skipped", "unreadable"), ("documents", SHOP, "loaded", None)]
    assert warehouse.last_outcomes("documents") == unreadable
    (said,) = warehouse.query("select detail from outcomes where reason = 'unreadable'")
    assert said["detail"].startswith("RecursionError (")
    assert len(warehouse.of(SHOP, "nodes")["nodes"]) == 7
    warehouse.load(server)
    assert fetched(server) == []
    drafts.save(HOME, full_answer())
    warehouse.load(server)
    assert fetched(server) == [HOME]
    assert len(warehouse.of(HOME, "nodes")["nodes"]) == 7


def test_a_document_that_an_older_flattening_could_not_read_is_requested_again(
    server: Server, warehouse: Warehouse
) -> None:
    server.script(rf"/v1/files/{HOME}\?", HttpAnswer(200, too_deep_answer(), {"content-type": "application/json"}))
    warehouse.load(server)
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("update figma.outcomes set detail = regexp_replace(detail, 'version [0-9]+', 'version 0')")
    warehouse.load(server)
    assert fetched(server) == [HOME]
    assert len(warehouse.of(HOME, "nodes")["nodes"]) == 7


def test_a_disk_that_is_full_still_ends_the_run() -> None:
    with pytest.raises(OSError, match="No space left"), skip_file_on_error(HOME):
        raise OSError(errno.ENOSPC, "No space left on device")


ODD_TEXT = HttpAnswer(403, b'{"status":403,"err":"no \\ud83d"}', {"content-type": "application/json"})


def test_half_an_emoji_in_an_error_message_skips_only_its_own_file(server: Server, warehouse: Warehouse) -> None:
    server.script(rf"/v1/files/{HOME}\?", ODD_TEXT)
    warehouse.load(server)
    assert warehouse.last_outcomes("documents") == [
        ("documents", HOME, "skipped", "no_access"),
        ("documents", SHOP, "loaded", None),
    ]
    assert [row["detail"] for row in warehouse.query("select detail from outcomes where reason = 'no_access'")] == [
        "no ?"
    ]


def refuse(server: Server, key: str, status: int, words: str) -> None:
    """Let Figma refuse a file once."""
    body = json.dumps({"status": status, "err": words}).encode()
    server.script(rf"/v1/files/{key}\?", HttpAnswer(status, body, {"content-type": "application/json"}))


def refusing(server: Server, warehouse: Warehouse, status: int, words: str) -> None:
    """Load once while Figma refuses one file."""
    refuse(server, HOME, status, words)
    warehouse.load(server)


def refused_days_ago(warehouse: Warehouse, days: float) -> None:
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute(f"update figma.outcomes set finished_at = now() - interval '{days} days'")


REFUSALS = {
    (403, "Not allowed"): True,
    (403, "Not available on your plan"): True,
    (404, "Not found"): True,
    (403, "File not exportable"): False,
    (400, "File type not supported by this endpoint"): False,
    (400, "Bad request"): False,
}


def test_a_liftable_refusal_is_requested_again_after_a_week(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    keys = {refusal: key_of(f"refused-{number}-") for number, refusal in enumerate(REFUSALS)}
    for (status, words), key in keys.items():
        drafts.add(key)
        refuse(server, key, status, words)
    allowed = sorted(keys[refusal] for refusal, is_asked in REFUSALS.items() if is_asked)
    warehouse.load(server)
    assert fetched(server) == sorted([HOME, SHOP, *keys.values()])
    refused_days_ago(warehouse, 6.9)
    warehouse.load(server)
    assert fetched(server) == []
    # what is remembered keeps its time: the run in between does not put it off
    (oldest,) = warehouse.query("select min(finished_at) = max(finished_at) as kept from outcomes where reason <> ''")
    assert oldest["kept"]
    refused_days_ago(warehouse, 7.1)
    warehouse.load(server)
    assert fetched(server) == allowed
    documents = {row["file_key"] for row in warehouse.tables("documents")["documents"]}
    assert documents == {HOME, SHOP, *allowed}


def test_a_refresh_with_asks_again_requests_every_refused_item(
    server: Server, api: FigmaClient, warehouse: Warehouse
) -> None:
    refusing(server, warehouse, 403, "File not exportable")
    known = read_stored_state(warehouse.pipeline())
    plans = [Refresh(api, Scope(teams=(TEAM.id,)), known, asks_again=again).plan for again in (False, True)]
    assert [[ref.key for ref in plan.changed] for plan in plans] == [[], [HOME]]


def test_a_refusal_from_a_clock_that_was_ahead_is_requested_again_now(
    server: Server, api: FigmaClient, warehouse: Warehouse
) -> None:
    refusing(server, warehouse, 403, "Not allowed")
    refused_days_ago(warehouse, -4000)
    plan = Refresh(api, Scope(teams=(TEAM.id,)), read_stored_state(warehouse.pipeline())).plan
    assert [ref.key for ref in plan.changed] == [HOME]


def test_a_refused_document_skips_only_its_own_file(server: Server, warehouse: Warehouse) -> None:
    server.script(rf"/v1/files/{HOME}\?", NOT_FOUND)
    warehouse.load(server)
    assert warehouse.last_outcomes("documents") == [
        ("documents", HOME, "skipped", "not_found"),
        ("documents", SHOP, "loaded", None),
    ]
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}
