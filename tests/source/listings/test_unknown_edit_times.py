"""Listings that do not say when a file was edited: its metadata (tier 3) does, before its document is requested."""

import json
from typing import Any

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from tests.fixtures.in_memory_organisation import (
    HOME,
    SHOP,
    TOP,
    InMemoryOrganisation,
    full_answer,
)
from tests.fixtures.warehouse import Warehouse, fetched, looked_at

pytestmark = pytest.mark.slow

LISTING = f"/v2/folders/{TOP.id}/files"
SCOPELESS = HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}')


def list_without_times(server: Server, *keys: str, **odd: Any) -> None:
    """Let the next listing of the folder show these files, without a time or with an odd one."""
    files = [{"key": key, "name": key} | odd for key in keys]
    server.script(LISTING, HttpAnswer(200, json.dumps({"name": "Apps", "files": files}).encode()))


@pytest.mark.parametrize("odd", [{}, {"last_modified": None}, {"last_modified": "soon"}])
def test_a_file_without_a_time_of_its_edit_is_fetched_only_if_its_metadata_says_that_it_changed(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation, odd: dict[str, Any]
) -> None:
    list_without_times(server, HOME, SHOP, **odd)
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [HOME, SHOP])
    assert loaded.last_outcomes("documents") == [
        ("documents", HOME, "unchanged", None),
        ("documents", SHOP, "unchanged", None),
    ]
    drafts.save(HOME, full_answer("Buy"))
    list_without_times(server, HOME, SHOP, **odd)
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([HOME], [HOME, SHOP])
    times = {row["file_key"]: row["last_modified_at"] for row in loaded.query("select * from files")}
    assert times == {key: drafts.files_by_key[key].saves[-1].at for key in (HOME, SHOP)}


def test_a_file_that_was_never_loaded_is_fetched_without_a_look_at_its_metadata(
    server: Server, warehouse: Warehouse
) -> None:
    list_without_times(server, HOME, SHOP)
    warehouse.load(server)
    assert (fetched(server), looked_at(server)) == ([HOME, SHOP], [])


def test_metadata_with_the_stored_version_and_no_time_tells_of_no_change(server: Server, loaded: Warehouse) -> None:
    list_without_times(server, HOME, SHOP)
    same = HttpAnswer(200, b'{"file":{"name":"x","editorType":"figma","version":"2400000000000000000"}}')
    server.script("/meta", same, same)
    loaded.load(server)
    assert fetched(server) == []


def test_without_the_scope_for_metadata_it_is_asked_once_and_the_documents_are_fetched(
    server: Server, loaded: Warehouse
) -> None:
    list_without_times(server, HOME, SHOP)
    server.script("/meta", SCOPELESS)
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([HOME, SHOP], [HOME])


def test_metadata_that_cannot_be_read_for_now_leaves_the_document_to_the_next_run(
    server: Server, loaded: Warehouse
) -> None:
    list_without_times(server, HOME, SHOP)
    server.script(f"/v1/files/{HOME}/meta", HttpAnswer(429, b"", {"Retry-After": "400000"}))
    loaded.load(server)
    assert fetched(server) == []
    assert loaded.last_outcomes("documents") == [
        ("documents", HOME, "skipped", "rate_limited"),
        ("documents", SHOP, "skipped", "rate_limited"),
    ]


def test_a_refused_document_of_an_unknown_state_is_asked_for_again_after_a_week(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.files_by_key[HOME].is_exportable = False
    for is_asked in (True, False):
        list_without_times(server, HOME, SHOP)
        server.script("/meta", SCOPELESS)
        warehouse.load(server)
        assert (HOME in fetched(server)) is is_asked
