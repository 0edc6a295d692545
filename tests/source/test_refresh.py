"""Several runs: what is fetched, what stays, and that the database holds the state."""

import pytest

from figma_warehouse.sandbox import Server
from figma_warehouse.source.resources import NODE_TABLES
from figma_warehouse.source.schema import TABLES
from tests.fixtures.in_memory_organisation import (
    HOME,
    SHOP,
    TEAM,
    InMemoryOrganisation,
    empty_answer,
    full_answer,
    unstyled_answer,
)
from tests.fixtures.warehouse import CONTENT, LISTED, Tables, Warehouse, fetched, looked_at

pytestmark = pytest.mark.slow


def test_a_first_load_fetches_every_file_once_with_its_branch_data(server: Server, warehouse: Warehouse) -> None:
    warehouse.load(server)
    assert fetched(server) == [HOME, SHOP]
    assert {request.query for request in server.requests if request.tier == 1} == {"branch_data=true"}
    loaded = warehouse.of(HOME, *CONTENT)
    counts = {name: len(rows) for name, rows in loaded.items()}
    assert counts == {
        "documents": 1,
        "nodes": 7,
        "node_styles": 2,
        "node_paints": 1,
        "node_variables": 1,
        "node_properties": 1,
        "node_overrides": 1,
        "text_ranges": 2,
        "node_effects": 1,
        "node_modes": 1,
        "file_components": 1,
        "file_component_sets": 1,
        "file_styles": 2,
        "file_snapshots": 1,
        "snapshot_components": 1,
        "snapshot_styles": 2,
        "file_versions": 1,
    }
    document = loaded["documents"][0]
    assert (document["name"], document["version"], document["parts"]) == ("File home", "2400000000000000000", 1)
    assert document["last_modified_at"] == document["listed_modified_at"]


def test_every_row_of_every_table_has_the_columns_of_its_schema(loaded: Warehouse) -> None:
    for name, rows in loaded.tables(*CONTENT, "files", "folders", "teams", without=()).items():
        expected = {column for column in TABLES[name].schema.names if column != "is_tombstone"}
        assert rows
        assert expected <= set(rows[0]) <= expected | {"is_tombstone"}
        assert all(row.get("is_tombstone") is None for row in rows)


def test_a_second_run_requests_no_document_and_changes_no_row(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("components", "Button")
    drafts.publish("styles", "Red")
    warehouse.load(server)
    before = warehouse.tables(*CONTENT, *LISTED)
    written = warehouse.load(server)
    assert server.spent[1] == 0
    assert not any(request.path.endswith(("/versions", "/meta")) for request in server.requests)
    assert warehouse.tables(*CONTENT, *LISTED) == before
    assert not written.keys() & set(CONTENT)
    assert warehouse.last_outcomes("documents") == [
        ("documents", HOME, "unchanged", None),
        ("documents", SHOP, "unchanged", None),
    ]


def test_only_the_file_that_changed_is_fetched(server: Server, loaded: Warehouse, drafts: InMemoryOrganisation) -> None:
    untouched = loaded.of(SHOP, *CONTENT, "files")
    drafts.save(HOME, full_answer("Buy"))
    loaded.load(server)
    assert fetched(server) == [HOME]
    assert loaded.of(SHOP, *CONTENT, "files") == untouched
    texts = {row["characters"] for row in loaded.of(HOME, "nodes")["nodes"]}
    assert texts == {None, "Buy"}
    assert len(loaded.of(HOME, "file_snapshots")["file_snapshots"]) == 2
    assert len(loaded.of(HOME, "file_versions")["file_versions"]) == 2


def test_an_emptied_file_leaves_no_rows_in_any_node_table(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    untouched = loaded.of(SHOP, *CONTENT)
    drafts.save(HOME, empty_answer())
    loaded.load(server)
    left = {name: len(rows) for name, rows in loaded.of(HOME, *NODE_TABLES).items()}
    assert left == dict.fromkeys(NODE_TABLES, 0) | {"nodes": 2}
    assert loaded.of(SHOP, *CONTENT) == untouched


def test_a_file_loses_its_last_style_reference_and_nothing_else(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *NODE_TABLES)
    drafts.save(HOME, unstyled_answer())
    loaded.load(server)
    unstyled = [row | {"text_style_id": None, "text_style_key": None} for row in before["text_ranges"]]
    assert loaded.of(HOME, *NODE_TABLES) == before | {"node_styles": [], "text_ranges": unstyled}


def test_an_edit_that_does_not_change_the_version_is_fetched(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, full_answer("Buy"), is_version=False)
    loaded.load(server)
    assert fetched(server) == [HOME]
    assert "Buy" in {row["characters"] for row in loaded.of(HOME, "nodes")["nodes"]}
    states = loaded.query("select version, last_modified_at from file_snapshots where file_key = ?", HOME)
    assert {(row["version"], row["last_modified_at"]) for row in states} == {
        (save.version, save.at) for save in drafts.files_by_key[HOME].saves
    }
    assert len({row["version"] for row in states}) == 1
    loaded.load(server)
    assert server.spent[1] == 0


def test_a_save_of_equal_content_writes_no_nodes(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *NODE_TABLES)
    drafts.save(HOME, full_answer())
    written = loaded.load(server)
    assert fetched(server) == [HOME]
    assert not written.keys() & set(NODE_TABLES)
    assert (written["documents"], written["file_snapshots"]) == (1, 1)
    assert loaded.of(HOME, *NODE_TABLES) == before
    assert loaded.of(HOME, "documents")["documents"][0]["version"] == drafts.files_by_key[HOME].saves[-1].version


def test_a_deleted_file_is_requested_directly_and_leaves_the_current_tables_but_keeps_its_history(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before, untouched = loaded.of(HOME, *CONTENT), loaded.of(SHOP, *CONTENT)
    drafts.files_by_key[HOME].is_deleted = True
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [HOME])
    gone: Tables = {name: [] for name in ("documents", *NODE_TABLES)}
    assert loaded.of(HOME, *CONTENT) == before | gone
    assert loaded.of(SHOP, *CONTENT) == untouched
    assert [row["removed_at"] is not None for row in loaded.of(HOME, "files")["files"]] == [True]
    assert ("documents", HOME, "removed", None) in loaded.last_outcomes("documents")
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [])


def test_a_file_that_returns_is_loaded_again(server: Server, loaded: Warehouse, drafts: InMemoryOrganisation) -> None:
    before = loaded.of(HOME, *CONTENT, "files")
    drafts.files_by_key[HOME].is_deleted = True
    loaded.load(server)
    drafts.files_by_key[HOME].is_deleted = False
    loaded.load(server)
    assert fetched(server) == [HOME]
    after = loaded.of(HOME, *CONTENT, "files")
    changing = ("loaded_at", "run_id")
    for tables in (before, after):
        for row in (*tables["documents"], *tables["file_snapshots"]):
            for column in changing:
                row.pop(column, None)
    assert after == before


def test_selecting_only_components_requests_only_components(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("components", "Button")
    warehouse.load(server, "components")
    assert (fetched(server), looked_at(server)) == ([], [])
    assert [request.path for request in server.requests if request.tier == 3] == [f"/v1/teams/{TEAM.id}/components"]
    assert [row["name"] for row in warehouse.tables("components")["components"]] == ["Button"]
    assert not any(warehouse.tables(*CONTENT, "files", "styles").values())


def test_selecting_only_the_listing_requests_no_document_and_no_library(server: Server, warehouse: Warehouse) -> None:
    warehouse.load(server, "teams", "folders", "files")
    assert server.spent == {1: 0, 2: 9, 3: 0}
    assert [row["file_key"] for row in warehouse.tables("files")["files"]] == sorted([HOME, SHOP])


def test_the_database_holds_the_state_so_nothing_is_fetched_again_without_the_working_folder(
    server: Server, loaded: Warehouse
) -> None:
    before = loaded.tables(*CONTENT, *LISTED)
    moved = Warehouse(loaded.folder / "elsewhere")
    moved.folder.mkdir()
    loaded.database.rename(moved.database)
    moved.load(server)
    assert server.spent[1] == 0
    assert moved.tables(*CONTENT, *LISTED) == before


def test_without_the_database_everything_is_fetched_again(server: Server, loaded: Warehouse) -> None:
    counts = {name: len(rows) for name, rows in loaded.tables(*CONTENT).items()}
    loaded.database.unlink()
    loaded.load(server)
    assert fetched(server) == [HOME, SHOP]
    assert {name: len(rows) for name, rows in loaded.tables(*CONTENT).items()} == counts
