"""Files and folders that the settings exclude."""

import pytest

from figma_warehouse.sandbox import Server
from figma_warehouse.source.resources import NODE_TABLES
from tests.fixtures.in_memory_organisation import (
    HOME,
    INNER,
    INNERMOST,
    OTHER,
    SHOP,
    TOP,
    InMemoryOrganisation,
    empty_answer,
    key_of,
)
from tests.fixtures.warehouse import CONTENT, Tables, Warehouse, fetched, looked_at

pytestmark = pytest.mark.slow


def test_an_excluded_file_leaves_the_current_tables_without_a_request_and_returns_with_the_setting(
    server: Server, loaded: Warehouse
) -> None:
    before, untouched = loaded.of(HOME, *CONTENT), loaded.of(SHOP, *CONTENT)
    loaded.load(server, exclude=[HOME])
    assert (fetched(server), looked_at(server)) == ([], [])
    gone: Tables = {name: [] for name in ("documents", *NODE_TABLES)}
    assert loaded.of(HOME, *CONTENT) == before | gone
    assert loaded.of(SHOP, *CONTENT) == untouched
    assert [row["removed_at"] is not None for row in loaded.of(HOME, "files")["files"]] == [True]
    assert ("documents", HOME, "removed", None) in loaded.last_outcomes("documents")
    (removed,) = loaded.query("select detail from outcomes where status = 'removed'")
    assert removed["detail"] == "excluded by the settings"

    loaded.load(server, exclude=[HOME])
    assert loaded.last_outcomes("documents") == [("documents", SHOP, "unchanged", None)]
    loaded.load(server)
    assert fetched(server) == [HOME]
    assert loaded.of(HOME, *NODE_TABLES) == {name: before[name] for name in NODE_TABLES}


def test_a_file_that_moves_into_an_excluded_folder_leaves_and_one_that_moves_out_returns(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.files_by_key[HOME].folder = OTHER
    loaded.load(server, exclude=[OTHER.id])
    # nobody asks the excluded folder: the metadata of the missing file names it
    assert (fetched(server), looked_at(server)) == ([], [HOME])
    assert {row["file_key"] for row in loaded.tables("nodes")["nodes"]} == {SHOP}
    drafts.files_by_key[HOME].folder = TOP
    loaded.load(server, exclude=[OTHER.id])
    assert fetched(server) == [HOME]


def test_a_branch_of_an_excluded_file_is_not_loaded_even_if_it_is_configured(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    warehouse.load(server, teams=[], files=[BRANCH, SHOP])
    assert fetched(server) == sorted([BRANCH, SHOP])
    warehouse.load(server, teams=[], files=[BRANCH, SHOP], exclude=[HOME])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}
    drafts.save(BRANCH, empty_answer())
    warehouse.load(server, teams=[], files=[BRANCH, SHOP], exclude=[HOME])
    assert fetched(server) == []


BRANCH = key_of("branch")


def test_the_files_of_a_folder_leave_the_current_tables_when_it_is_excluded_and_it_is_not_asked(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    inner, deep = key_of("inner"), key_of("deep")
    drafts.add(inner, INNER)
    drafts.add(deep, INNERMOST)
    warehouse.load(server)
    folders = warehouse.tables("folders")
    for _ in range(2):
        warehouse.load(server, exclude=[INNER.id])
        assert (fetched(server), looked_at(server)) == ([], [])
        assert not any(f"/{folder.id}/" in one.path for folder in (INNER, INNERMOST) for one in server.requests)
        assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {HOME, SHOP}
    assert warehouse.tables("folders") == folders
    warehouse.load(server)
    assert fetched(server) == sorted([inner, deep])
