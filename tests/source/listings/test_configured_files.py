"""Files and branches that the settings name, and how they are stored."""

import pytest

from figma_warehouse.sandbox import Server
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.figma import given_tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import read_stored_state
from tests.fixtures.in_memory_organisation import (
    HOME,
    SHOP,
    TOP,
    InMemoryOrganisation,
    empty_answer,
    full_answer,
    key_of,
)
from tests.fixtures.warehouse import Warehouse, fetched

pytestmark = pytest.mark.slow


def test_configured_files_are_loaded_and_refreshed_like_listed_ones(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    files = [f"https://www.figma.com/design/{HOME}/Home?node-id=1-2", SHOP]
    warehouse.load(server, teams=[], files=files)
    assert fetched(server) == [HOME, SHOP]
    drafts.save(HOME, empty_answer())
    warehouse.load(server, teams=[], files=files)
    assert fetched(server) == [HOME]


def test_a_branch_is_loaded_as_a_file_with_its_main_file(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("branch"), TOP, full_answer("Trial"), main_key=HOME)
    warehouse.load(server)
    assert fetched(server) == sorted([HOME, SHOP, key_of("branch")])
    mains = {row["file_key"]: row["main_file_key"] for row in warehouse.tables("files")["files"]}
    assert mains == {HOME: None, SHOP: None, key_of("branch"): HOME}
    assert len(warehouse.of(key_of("branch"), "nodes")["nodes"]) == 7


def test_a_branch_that_is_configured_by_its_key_is_stored_as_a_branch_by_a_load_of_one_package(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    warehouse.load(server, teams=[], files=[BRANCH])
    assert [row["main_file_key"] for row in warehouse.tables("files")["files"]] == [HOME]


def published_lists_asked(server: Server) -> set[str]:
    """Keys of the files whose published lists were requested."""
    return {request.path.split("/")[3] for request in server.requests if request.path.endswith("/styles")}


BRANCH = key_of("branch")


def test_a_branch_that_is_configured_by_its_url_is_stored_as_a_branch_and_its_lists_are_not_requested(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    for _ in range(2):
        warehouse.load(server, teams=[], files=[f"https://www.figma.com/design/{HOME}/branch/{BRANCH}/Home"])
        assert published_lists_asked(server) == set()
        assert warehouse.query("select file_key, main_file_key from files") == [
            {"file_key": BRANCH, "main_file_key": HOME}
        ]
    assert warehouse.query("select count(*) as skips from outcomes where status = 'skipped'") == [{"skips": 0}]


def test_a_branch_that_is_configured_by_its_key_is_known_as_a_branch_once_its_document_is_loaded(
    server: Server, api: FigmaClient, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    first = Refresh(api, Scope(files=(BRANCH, SHOP)))
    loads = {one.ref.key: one.tables for one in first.loads}
    assert "files" not in loads[SHOP]
    (row,) = loads[BRANCH]["files"].to_pylist()
    listed = {one["file_key"]: one for one in first.listing_tables()["files"].to_pylist()}
    assert row == listed[BRANCH] | {"main_file_key": HOME}
    warehouse.pipeline().run(given_tables({"files": loads[BRANCH]["files"]}))
    server.reset_requests()
    later = Refresh(api, Scope(files=(BRANCH, SHOP)), read_stored_state(warehouse.pipeline()))
    later.published("styles")
    assert published_lists_asked(server) == {SHOP}
    stored = {one["file_key"]: one["main_file_key"] for one in later.listing_tables()["files"].to_pylist()}
    assert stored == {BRANCH: HOME, SHOP: None}
