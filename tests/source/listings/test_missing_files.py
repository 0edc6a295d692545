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
    OTHER,
    SHOP,
    TEAM,
    TOP,
    InMemoryOrganisation,
    empty_answer,
    key_of,
)
from tests.fixtures.warehouse import CONTENT, NOT_FOUND, Warehouse, fetched, looked_at

pytestmark = pytest.mark.slow

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


REFUSED = HttpAnswer(403, b'{"status":403,"err":"You don\'t have permission to view this folder."}')


@pytest.mark.parametrize("refused", [f"/v2/folders/{OTHER.id}/files", f"/v2/folders/{OTHER.id}/(files|folders)"])
def test_a_folder_that_is_refused_does_not_hide_that_a_file_of_another_one_is_gone(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, refused: str
) -> None:
    private = key_of("private")
    drafts.add(private, OTHER)
    warehouse.load(server)
    drafts.files_by_key[HOME].is_deleted = drafts.files_by_key[private].is_deleted = True
    server.script(refused, REFUSED, REFUSED)
    warehouse.load(server)
    assert looked_at(server) == [HOME]
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP, private}
    assert {row[1:] for row in warehouse.last_outcomes("folders")} == {(OTHER.id, "skipped", "no_access")}


def test_a_folder_that_is_refused_and_excluded_costs_nothing(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("private"), OTHER)
    server.script(f"/v2/folders/{OTHER.id}/", REFUSED, REFUSED)
    warehouse.load(server, exclude=[OTHER.id])
    assert warehouse.last_outcomes("folders") == []
    assert fetched(server) == [HOME, SHOP]
    assert not any(f"/{OTHER.id}/" in request.path for request in server.requests)
    while server.take_script(f"/v2/folders/{OTHER.id}/files"):
        pass


def test_a_file_of_a_folder_that_is_gone_is_looked_at_below_a_configured_folder_too(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("inner"), INNER)
    warehouse.load(server, teams=[], folders=[TOP.id])
    drafts.files_by_key[key_of("inner")].is_deleted = True
    none = HttpAnswer(200, b'{"name":"Apps","folders":[]}')
    server.script(f"/v2/folders/{TOP.id}/folders", none)
    warehouse.load(server, teams=[], folders=[TOP.id])
    assert looked_at(server) == [key_of("inner")]
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {HOME, SHOP}


def test_a_file_that_left_a_configured_folder_is_looked_at_until_it_is_gone(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], folders=[TOP.id])
    drafts.files_by_key[HOME].folder = OTHER
    for _ in range(2):
        warehouse.load(server, teams=[], folders=[TOP.id])
        assert looked_at(server) == [HOME]
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], folders=[TOP.id])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}
