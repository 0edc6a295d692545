"""Files that are missing from the listing: gone, moved, or unknown."""

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import read_stored_state
from tests.fixtures.in_memory_organisation import (
    HOME,
    INNER,
    SHOP,
    TEAM,
    TOP,
    InMemoryOrganisation,
    empty_answer,
    key_of,
)
from tests.fixtures.warehouse import CONTENT, NOT_FOUND, Warehouse, fetched, looked_at

GATEWAY_404 = HttpAnswer(404, b"<html><h1>404 no such route</h1></html>", {"content-type": "text/html"})


def test_a_missing_file_whose_metadata_is_refused_stays(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *CONTENT, "files")
    drafts.files_by_key[HOME].is_listed = False
    server.script(f"/v1/files/{HOME}/meta", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'))
    loaded.load(server)
    assert loaded.of(HOME, *CONTENT, "files") == before


def test_a_file_that_left_its_folder_and_still_exists_stays_and_is_refreshed(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *CONTENT)
    drafts.files_by_key[HOME].is_listed = False
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [HOME])
    assert loaded.of(HOME, *CONTENT) == before
    drafts.save(HOME, empty_answer())
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([HOME], [HOME])
    assert len(loaded.of(HOME, "nodes")["nodes"]) == 2


def test_a_missing_file_that_still_exists_was_seen_in_this_run(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.files_by_key[HOME].is_listed = False
    loaded.load(server)
    seen = {row["file_key"]: row["last_seen_at"] for row in loaded.query("select * from files")}
    assert seen[HOME] == seen[SHOP]


@pytest.mark.parametrize("path", [f"/v2/folders/{INNER.id}/files", f"/v2/folders/{TOP.id}/folders"])
def test_a_file_whose_folder_could_not_be_listed_is_neither_requested_nor_removed(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, path: str
) -> None:
    drafts.add(key_of("inner"), INNER)
    warehouse.load(server)
    before = warehouse.of(key_of("inner"), *CONTENT, "files")
    folders = warehouse.tables("folders")
    drafts.files_by_key[key_of("inner")].is_deleted = True
    server.script(path, NOT_FOUND)
    drafts.save(HOME, empty_answer())
    warehouse.load(server)
    assert looked_at(server) == []
    assert fetched(server) == [HOME]
    assert warehouse.of(key_of("inner"), *CONTENT, "files") == before
    assert warehouse.tables("folders") == folders


def test_a_file_that_is_configured_and_deleted_leaves_the_current_tables(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], files=[HOME, SHOP])
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], files=[HOME, SHOP])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}


@pytest.mark.parametrize("scope", [Scope(files=(HOME, SHOP)), Scope(teams=(TEAM.id,))])
def test_a_404_from_a_gateway_removes_nothing(
    server: Server, api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation, scope: Scope
) -> None:
    drafts.files_by_key[HOME].is_listed = drafts.files_by_key[SHOP].is_listed = False
    server.script("/v1/files/.*/meta", *[GATEWAY_404] * 10)
    plan = Refresh(api, scope, read_stored_state(loaded.pipeline())).plan
    assert plan.gone == []
    assert [(row["item_id"], row["reason"]) for row in plan.outcomes] == [(HOME, "bad_body"), (SHOP, "bad_body")]


def test_a_file_deleted_from_a_configured_folder_leaves_the_current_tables(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], folders=[TOP.id])
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], folders=[TOP.id])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}


def test_a_configured_file_that_does_not_exist_keeps_no_deleted_file_of_a_configured_folder(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], folders=[TOP.id], files=[key_of("nowhere")])
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], folders=[TOP.id], files=[key_of("nowhere")])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}
